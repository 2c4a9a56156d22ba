// Package support is AWS Support in front of the desk's cases, so that the
// stock clients open, read, answer and resolve them: JSON 1.1, nine of its
// fourteen operations. What a case is about is its category; what its kind
// needs is YAML in the body of the communication, the same file that
// demarc case open -f takes.
//
// There is one service, direct-connect. Trusted Advisor does not exist here,
// and nobody is mailed: ccEmailAddresses is refused. The shapes are written by
// hand; see docs/decisions.md.
package support
