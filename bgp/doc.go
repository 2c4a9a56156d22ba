// Package bgp is one BGP session as a machine (RFC 4271): bytes, events and
// the time go in; bytes to send, things that happened and the next deadline
// come out.
//
//	        Start / automatic start            dial refused
//	┌──────┐ ───────────────────► ┌─────────┐ ────────────► ┌────────┐
//	│ Idle │                      │ Connect │ ◄──────────── │ Active │
//	└──────┘ ◄──┐                 └─────────┘   retry timer └────────┘
//	            │ any error            │ connected               │ accepted
//	            │                      ▼                         ▼
//	┌─────────────┐  KEEPALIVE  ┌─────────────┐   OPEN    ┌──────────┐
//	│ Established │ ◄────────── │ OpenConfirm │ ◄──────── │ OpenSent │
//	└─────────────┘             └─────────────┘           └──────────┘
//
// It has no socket, no timer and no goroutine, and it is not safe for
// concurrent use: one owner feeds it. It holds no routing table and no policy.
// It remembers which prefixes the peer has announced (to count them) and what
// its owner wants announced (to send the difference); choosing among routes is
// somebody else's job.
//
// What may surprise:
//
//   - The first three states belong to the session, the last three to a
//     connection. Both ends may open at once, so a session may for a moment
//     have two connections; section 6.8 decides which one stays.
//   - There is no damping. After an error the session is Idle for about a
//     second and tries again, whatever the error was, because the peers are
//     customers' routers being configured by hand. Only the prefix limit
//     holds a session down, for Config.IdleHold.
//   - End-of-RIB for a family is sent after the first Advertise for it, even
//     an empty one; without it a restarting speaker would make its peer drop
//     routes that it is still collecting.
//   - Messages are written by GoBGP's packet library and read by our own
//     decoder. RFC 7606 asks the reader to find the prefixes of an UPDATE whose
//     attributes are broken, which needs the raw attributes; and a decoder that
//     knows fourteen attributes has less to go wrong than one that knows them
//     all. In the tests each checks the other.
package bgp
