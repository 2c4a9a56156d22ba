// Package lossy judges whether a line loses packets, and when others should
// carry what it carries. It has no socket and no timer: the numbers of requests
// and answers and the time go in, numbers to ask with and a verdict come out.
//
// An answer that does not come says little by itself. So a line is called lossy
// only after it has lost a tenth of what was asked at a rate that hardly any
// router minds, and about as much of what was then asked four times as fast:
// a router that limits its answers gives as many as before, which is a quarter.
// Of one that answers nothing, or limits, or of a line that is full, nothing is
// known; and a line of which nothing is known is not lossy.
//
// A line that is drained stays so until it has lost nothing for a while, which
// doubles with each time, so that one that comes and goes is moved seldom.
package lossy
