// Package wrongclock sets the clock of one process wrong, for tests of what a
// program does whose machine's clock jumps. The machine's clock stays as it is.
//
// A program reads the time of day from the vDSO, code that the kernel maps into
// each process. Here that of one process is replaced: its clock_gettime asks the
// kernel and adds an offset to CLOCK_REALTIME, whatever that is at the moment.
// CLOCK_MONOTONIC, timers and everything else are as after a step of the
// machine's clock, which moves the time of day and nothing else. [Take] does so
// with a process that runs, [Start] with one before its first instruction.
//
// What is not shown: the kernel's own stamps (of files, of packets), the
// processes that the program starts, and programs that read the time by a system
// call or by gettimeofday, which Go's runtime does not. It needs the right to
// trace the process, and amd64; elsewhere it is [errors.ErrUnsupported].
package wrongclock
