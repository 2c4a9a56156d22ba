// Package agent is the program on every machine that carries traffic. It makes
// an intent true, whatever kind of node that is for, and reports what it sees.
// How intents come and reports go is the caller's business.
//
// It needs nobody: the last intent is kept on disk, so a machine that starts
// while the control plane is away carries on as before. Stopping, crashing and
// being killed are the same to it, and leave everything in place; the next run
// finds it. To take things down, say so in the intent or call [Teardown].
//
// What is wanted is compared with what is there at each place that knows what
// is ours: routes and nexthops in package router, tags in vlan, links and their
// settings in linux, namespaces in device and vpchost. What is looked at when,
// and again after a failure, is kept in worklist; crew does the looking for both
// kinds of node.
package agent
