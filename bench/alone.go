package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// alone measures what one client gets that sends a request when it has the
// answer to the last, on one processor for the client and all servers: of them
// only one has something to do at a time. On two, what is measured most is how
// long a virtual machine's processor takes to wake another that sleeps.
func alone(measure func(context.Context, *setting) (figures, error)) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		back, err := stayHere()
		defer func() { err = errors.Join(err, back()) }()
		if err != nil {
			return f, err
		}
		return measure(ctx, s)
	}
}

// stayHere keeps this process, and all that it starts, on the first processor
// that it may use, until back is called.
func stayHere() (back func() error, err error) {
	var before, one unix.CPUSet
	back = func() error { return nil }
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return back, err
	}
	for cpu := range len(before) * 64 {
		if before.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	return func() error { return moveThreads(&before) }, moveThreads(&one)
}

// moveThreads has all threads of this process on these processors. Those that
// begin meanwhile inherit from one that was moved, or are found the second time.
func moveThreads(to *unix.CPUSet) error {
	var errs []error
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		errs = append(errs, err)
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err == nil {
				err = unix.SchedSetaffinity(id, to)
			}
			if !errors.Is(err, unix.ESRCH) { // one that has ended
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// A rawConn is a blocking socket whose reads and writes the Go runtime does not
// know of. It takes a thread's place from it that is in the kernel for twenty
// microseconds, about what an answer takes, and then runs to and fro between
// threads: a third of the answers came ten to thirty microseconds later by it.
//
// A client that waits holds a place meanwhile, so it is for one that is alone.
type rawConn struct{ *os.File }

func (c rawConn) Read(p []byte) (int, error) {
	n, err := c.call(unix.SYS_READ, p)
	if n == 0 && err == nil && len(p) > 0 {
		return 0, io.EOF
	}
	return n, err
}

func (c rawConn) Write(p []byte) (int, error) {
	n, err := c.call(unix.SYS_WRITE, p)
	if err == nil && n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, err
}

func (c rawConn) call(number uintptr, p []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(number, c.Fd(), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno == 0 {
			return int(n), nil
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}
