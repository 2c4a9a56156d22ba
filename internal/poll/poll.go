// Package poll tells when sockets are ready, for those who have thousands of
// them: the runtime's own poller wants a goroutine that waits in each, and its
// stack is most of what a quiet connection costs. Here one goroutine waits for
// all.
//
// A socket is asked about once at a time: [Watch.Await] says what for, and
// nothing more is told until it is called again. So an owner that is slow is
// not told the same again and again, and its peer is slowed down by TCP.
package poll

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// What a socket can be ready for. That it failed or was closed by the peer is
// told whatever was asked for.
const (
	Read  = unix.EPOLLIN | unix.EPOLLRDHUP
	Write = unix.EPOLLOUT
)

// A Poller is made with New. It is safe for concurrent use.
type Poller struct {
	// file is the epoll descriptor, which is ready itself when one of its own is:
	// so Run waits as any reader of a file does, and takes no thread.
	file   *os.File
	fd     int
	closed atomic.Bool

	mu      sync.Mutex
	last    uint64            // guarded by mu
	watches map[uint64]*Watch // by what the kernel is told of each; guarded by mu
}

// A Watch is one socket's.
type Watch struct {
	poller *Poller
	fd     int
	// token is never used again, unlike fd: news of a socket that was closed
	// meanwhile are nobody else's.
	token uint64
	ready func()
	added bool // the kernel knows it; its owner's alone
}

// New makes a poller that tells nothing before Run. The caller closes it.
func New() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, fmt.Errorf("make a poller: %w", err)
	}
	return &Poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, watches: map[uint64]*Watch{}}, nil
}

// Close ends Run. Watches are not to be used after it.
func (p *Poller) Close() error {
	p.closed.Store(true)
	return p.file.Close()
}

// batch is how many sockets are taken from the kernel at once.
const batch = 128

// Run tells of sockets that are ready, until Close.
func (p *Poller) Run() error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return fmt.Errorf("wait for sockets: %w", err)
	}
	events := make([]unix.EpollEvent, batch)
	for {
		n, failed := 0, error(nil)
		err := raw.Read(func(fd uintptr) bool {
			n, failed = unix.EpollWait(int(fd), events, 0)
			return n > 0 || failed != nil
		})
		switch {
		case p.closed.Load():
			return nil
		case errors.Is(failed, unix.EINTR):
			continue
		case err != nil || failed != nil:
			return fmt.Errorf("wait for sockets: %w", errors.Join(err, failed))
		}
		for _, event := range events[:n] {
			p.tell(event)
		}
	}
}

func (p *Poller) tell(event unix.EpollEvent) {
	p.mu.Lock()
	w := p.watches[uint64(uint32(event.Fd))|uint64(uint32(event.Pad))<<32]
	p.mu.Unlock()
	if w != nil {
		w.ready()
	}
}

// Watch prepares to be told about fd, which must not block: ready is called in
// Run's goroutine, and must not block either. Before fd is closed, call Forget.
func (p *Poller) Watch(fd int, ready func()) *Watch {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	w := &Watch{poller: p, fd: fd, token: p.last, ready: ready}
	p.watches[w.token] = w
	return w
}

// Await has ready called once when the socket is ready for one of what (Read,
// Write), maybe at once. A second call replaces the first. It is not for use by
// several goroutines at a time.
func (w *Watch) Await(what uint32) error {
	op := unix.EPOLL_CTL_MOD
	if !w.added {
		op, w.added = unix.EPOLL_CTL_ADD, true
	}
	event := unix.EpollEvent{Events: what | unix.EPOLLONESHOT, Fd: int32(w.token), Pad: int32(w.token >> 32)}
	if err := unix.EpollCtl(w.poller.fd, op, w.fd, &event); err != nil {
		return fmt.Errorf("watch a socket: %w", err)
	}
	return nil
}

// Forget ends the watch. A call of ready that has begun goes on.
func (w *Watch) Forget() {
	w.poller.mu.Lock()
	defer w.poller.mu.Unlock()
	delete(w.poller.watches, w.token)
	if w.added {
		// The kernel would forget it with the socket, unless a child of ours has a
		// copy; that it has already is no matter.
		_ = unix.EpollCtl(w.poller.fd, unix.EPOLL_CTL_DEL, w.fd, nil)
	}
}
