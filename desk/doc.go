// Package desk is the procedure between the parties: a customer asks for a
// link, the parties ask each other questions in cases, and everyone sees which
// step has been reached and whose move is next.
//
// It stores only what no other object can tell: that a link was wanted, and
// what was asked and answered. How far a link has come is read from the real
// objects each time ([Steps]), and so is whether a case about an interface is
// settled: an interface that the platform has accepted answers its own case.
//
// It orders, patches, allocates and accepts nothing itself; those are the
// rooms that it looks into. Its functions take the caller's account, and what
// the caller may not see is answered exactly as if it did not exist.
package desk
