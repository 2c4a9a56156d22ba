// Package speaker runs many BGP sessions, each with its sockets inside a
// network namespace of its own. It is the I/O around package bgp: sockets,
// timers and goroutines are here, the rules of the protocol are there.
//
// It knows nothing of how namespaces are made, and holds no routes: what peers
// announce goes to the handler it was made with, and what they should be told
// comes from Advertise.
//
// What may surprise:
//
//   - A session at rest has no goroutine: one waits for all sockets (package
//     poll), and work that comes for a session, from its sockets, its timer or a
//     caller, is done by a goroutine that ends with it.
//   - Listeners are bound before their address exists (IP_FREEBIND), so a
//     session can be configured before its interface. A listener bound to an
//     interface is opened anew when the interface is replaced.
//   - The handler runs in the session's turn. While it works, that
//     session reads nothing and sends no keepalive; other sessions do not
//     notice. It may call any method of Speaker, for any session.
//   - Ending Run with ErrRestart as the context's cause leaves without a word,
//     so that peers with graceful restart keep our routes.
package speaker
