// Package bfd is one BFD session as a machine (RFC 5880, asynchronous mode; RFC
// 5881, one hop): packets and the time go in, packets to send, changes of state
// and the next deadline come out.
//
//	                   ┌───── received Down ─────┐   received Init or Up
//	┌──────┐  received │ ┌──────┐                ├──────────────────────┐
//	│ Down │ ──────────┴►│ Init │────────────────┘                      ▼
//	│      │    Down     └──────┘                                    ┌────┐
//	│      │ ────────────────── received Init ─────────────────────► │ Up │
//	└──────┘ ◄──── received Down or AdminDown, or nothing in time ── └────┘
//
// It has no socket, no timer and no goroutine, and it is not safe for
// concurrent use: one owner feeds it. There is no authentication, no echo
// (echo packets are refused by asking for none) and no demand mode of our own.
//
// What may surprise:
//
//   - A passive session is silent until the neighbour speaks, and again once it
//     has not been heard for a detection time.
//   - Not every end of Up says that the path failed. A neighbour may be taken
//     out of service, or may have forgotten us and begin anew; Changed.Failed
//     tells these from a failure, as RFC 5882 asks.
//   - A process that comes back can resume: a neighbour that says Up, with our
//     discriminator, has heard us within its detection time, so the session is
//     up, and going through Down would make it give up a path that works
//     (Config.Resume). How to leave so that there is time for it is [Session.Pause].
package bfd
