// Package cutover moves an environment from the hosted interfaces on its virtual
// private gateway to a Transit Gateway of its customer's: it rehearses, flips
// prefix by prefix, measures, puts everything back when the measure is not met,
// and ends the hosted interfaces when a gate is open (procedure, section 1.4).
//
// It has no hands of its own. The way to the customer is turned by a static
// route in the environment's route tables, which beats what the virtual private
// gateway propagates, as the platform would with CreateRoute. The way back is
// turned by allowed prefixes that are longer than the environment's range, as
// the customer would with UpdateDirectConnectGatewayAssociation: every router
// prefers them, whatever else it prefers. Where the customer turns its routers
// itself, the way back is only watched. The parties have agreed to both.
//
// Nothing is turned that is not measured. The host of the VPC asks an address of
// each prefix for an echo, from the address of the VPC's router (intent.Probe),
// and so knows which way the request went, which way the answer came, and what
// was lost. It is the sum of both directions that is lost there; what is lost on
// one of them alone is seen by nobody but the ends.
//
// At another Direct Connect the same row and states are moved by each party's own
// machine, which asks what is wanted of it and says what it sees ([Tell]); the
// customer's counts echoes from behind its router, and the desk does nothing there
// in anybody's name (docs/elsewhere.md).
//
// What to do next is derived each time ([Conduct]) from the row and from the
// objects: whoever finds a cut-over goes on with it. While no control runs
// nothing moves and nothing is put back; traffic goes on as it was turned.
package cutover
