// Package pki is a small certificate authority of one's own, for programs that
// must recognise each other: a server, and nodes that connect to it. It is not
// a public PKI: there is one root, no intermediate, no revocation list. A node
// is shut out by whoever decides what its id may do.
//
// An [Authority] lives in a directory and is made there at first use. Its
// certificate and its key are one file, so that no reader and no crash ever
// sees the one without the other; the same holds for a node's. Whoever can
// read the authority's file can be anybody.
//
// What would surprise you: a server's certificate is never written down. It is
// issued when the program starts and again when two thirds of its life have
// passed, in the running process. A node's lies in its bundle, which
// [Authority.WriteNode] renews and which [ClientConfig] reads again for every
// handshake; so nothing has to be restarted for a certificate.
//
// Everything here may be done twice, and by two processes at once: the first
// authority in a directory wins and the other process takes it up.
package pki
