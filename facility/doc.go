// Package facility is the building: which locations, devices and ports there
// are, who has which port, the letter of authority that lets the owner of the
// building act (LOA-CFA), and the cross-connects that it patches.
//
// It is not the connection, which is the right to use a port: what a patched
// fibre means for it is told in package connection, whose Patch is the whole
// act.
//
// Ports and jacks are held by claims: "port/<port id>" and
// "jack/<router>/<interface>", both held by a connection's id. So two orders
// can never be given the same port, whatever their transactions saw.
package facility
