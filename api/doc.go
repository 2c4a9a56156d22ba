// Package api is the front door: one port for everything that may be asked of
// a control process.
//
//	POST /        AWS's services; which one is said by the signature's scope
//	/…share…      RAM, each operation at a path of its own
//	/desk/        the desk, signed for the service "demarc"
//	GET /metrics  Prometheus, unsigned
//	GET /healthz  200 while healthy, unsigned
//
// It authenticates, limits, counts and logs. It decides nothing about what is
// asked: operations are packages below, and what they may do is decided in the
// rooms from who owns what.
//
// What may surprise:
//   - A request to the desk whose signature is missing or wrong is passed on all
//     the same. The desk has public pages, and refuses the rest in its own
//     form when [Caller] says that nobody is known.
//   - A request to AWS's services is told apart by its form before its
//     signature is checked, only to refuse it in a form that its client reads.
//     Where it goes is decided by what was signed.
package api
