// Package heartbeat runs many BFD sessions, each with its sockets inside a
// network namespace of its own. It is the I/O around package bfd: sockets and
// goroutines are here, the rules of the protocol are there. What is to happen
// when a neighbour is gone is the handler's business.
//
// What may surprise:
//
//   - A session is one goroutine, which sleeps in the read of its socket until
//     a packet or the machine's deadline comes.
//   - The handler runs on that goroutine, and must not take its time: a
//     neighbour is sent nothing meanwhile.
//   - The end of Run does not end sessions. It asks neighbours to be patient,
//     since this process will be back (bfd.Session.Pause), and the next one goes
//     on where this one was. A process that is killed cannot ask; it has what
//     is left of a detection time to be back.
//   - There is one session for each local address of a namespace.
package heartbeat
