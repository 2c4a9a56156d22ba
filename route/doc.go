// Package route decides between routes: which rows of a VPC's route table are
// in use and which are shadowed, which of several BGP paths is best, which
// prefixes pass a filter. It is pure: routes go in, verdicts with their reasons
// come out. It speaks no protocol and installs nothing; the agents put its
// verdicts into the kernel, the desk shows them.
//
// Two rules surprise. A VPC's local routes win against everything inside them,
// even against a longer propagated prefix. And an internet gateway's 0.0.0.0/0
// beats a learned 0.0.0.0/0 not because its prefix is shorter but because
// static beats propagated at equal length: 0.0.0.0/1 with 128.0.0.0/1 is longer
// and would win.
package route
