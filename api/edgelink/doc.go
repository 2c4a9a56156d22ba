// Package edgelink is the channel between the control plane and the machines
// that carry traffic: control sends each node what it must make true
// ([intent.Node]), the node sends back what it sees ([intent.Report]). Both
// ends are here, [Server] and [Client]. What an intent says is the intent
// package's, how it becomes true the agent's, and what a sighting means for a
// connection or an interface the rooms', handed in as an [Observer].
//
// It is one gRPC method, Attach, a stream in both directions that a node holds
// open. What is handed in and out is whole: an intent replaces the one before,
// and so does a report. So nothing is queued, nothing is acknowledged, and what
// a lost stream took with it is made good by the next. Nothing polls: a commit
// wakes whoever compiles the intents it may touch.
//
// On the stream itself only the first document is whole, and each after it is
// what differs from the one before ([intent.NodeDifference]): of a thousand
// interfaces one is new, and routes are as they were. Whoever does not say that
// it can put differences together is sent whole documents.
//
// # Who is who
//
// Both ends have certificates of the site's own authority, by TLS 1.3. A node
// is who its certificate says, never who its message says; a report that claims
// another name ends the stream, and a line about an object that is not the
// node's is refused and logged. One agent at a time is attached under a node's
// name, per control process: the second is refused until the first is gone,
// which for a frozen one takes three seconds.
//
// # Why JSON and no protobuf
//
// An intent is JSON already, on the node's disk and in what an operator prints.
// A second description of the same fifty fields would have to be kept equal by
// hand, and one node's intent is small. gRPC is here for its streams, flow
// control and keepalive, not for its encoding. Unknown fields are ignored, so
// that control and nodes can be of different versions.
//
// # What would surprise you
//
// A node that goes away marks nothing down: it goes on forwarding, and only a
// report says otherwise. Whether it is attached, [Server.Attached] tells.
//
// An intent's version is the store's revision at which it was compiled. When a
// node attaches, control first makes sure that its copy of the store is current
// and then always sends an intent, so a node never goes back, whichever control
// process it finds.
//
// Counters alone are written every two seconds at most, since they change with
// every report and each write costs an fsync. The age is kept in memory.
//
// A store transaction is not atomic over a whole report. Lines are written in
// batches, and a line that fails is left out and tried again with the next
// report, so one customer's bad row never blocks another's.
package edgelink
