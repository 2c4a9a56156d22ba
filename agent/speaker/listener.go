package speaker

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"demarc/internal/poll"
)

const (
	// reopenPause comes before a listener that failed is tried again.
	reopenPause = 200 * time.Millisecond
	// lookPause is how often a listener bound to an interface checks that it is
	// still the same one.
	lookPause = time.Second
	// acceptMost is how many connections are taken before others have a turn.
	acceptMost = 8
)

// An address is where a listener is: at most one socket can be bound to it.
type address struct {
	namespace Namespace
	local     netip.Addr
	device    string
}

func (p Peer) address() address {
	return address{namespace: p.Namespace, local: p.Session.LocalAddr, device: p.device()}
}

// A listener takes connections to one address and hands each to the peer it
// comes from.
type listener struct {
	log    *slog.Logger
	like   Peer // any of the peers: all agree in what makes the address
	poller *poll.Poller

	mu    sync.Mutex
	fd    int                    // -1 while it cannot be opened; guarded by mu
	watch *poll.Watch            // of fd; guarded by mu
	peers map[netip.Addr]*runner // by remote address; guarded by mu
	// strangers counts connections from addresses that are no peer's; guarded by
	// mu.
	strangers uint64
	// due is when to look at it, or to open it; guarded by mu.
	due        time.Time
	closed     bool // guarded by mu
	complained bool // guarded by mu
}

func newListener(log *slog.Logger, like Peer, poller *poll.Poller) *listener {
	return &listener{log: log, like: like, poller: poller, fd: -1, peers: map[netip.Addr]*runner{}}
}

// add lets r's peer in. Its key is set before a SYN of it can be answered.
func (l *listener) add(r *runner) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peers[r.peer.Session.PeerAddr] = r
	l.admit(r.peer, r.peer.Key)
}

// remove shuts r's peer out, and tells whether it was the last.
func (l *listener) remove(r *runner) (last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peers[r.peer.Session.PeerAddr] == r { // not its successor
		delete(l.peers, r.peer.Session.PeerAddr)
		l.admit(r.peer, "")
	}
	return len(l.peers) == 0
}

// admit sets a peer's key and TTL on the open socket. Called with mu held.
func (l *listener) admit(p Peer, key Key) {
	if l.fd < 0 {
		return
	}
	if err := l.set(l.fd, p, key); err != nil {
		// A socket in an unknown state must not answer anybody.
		l.log.Error("peer could not be admitted, listener is opened anew", "peer", p.Session.PeerAddr, "err", err)
		l.shut()
	}
}

func (l *listener) set(fd int, p Peer, key Key) error {
	if err := setTTL(fd, p.Session.LocalAddr, l.ttl()); err != nil {
		return err
	}
	return setKey(fd, p.Session.PeerAddr, key)
}

// ttl answers a SYN of any of the peers. Called with mu held.
func (l *listener) ttl() int {
	ttl := 1
	for _, r := range l.peers {
		ttl = max(ttl, r.peer.ttl())
	}
	return ttl
}

// look sees, when it is time, that the listener has not lost its interface, and
// is true if it has to be opened. It does not wait for who is at work on it.
func (l *listener) look(now time.Time) (shut bool) {
	if !l.mu.TryLock() {
		return false
	}
	defer l.mu.Unlock()
	switch {
	case l.closed || now.Before(l.due):
	case l.fd < 0:
		return true
	case l.like.device() != "" && !l.sameDevice():
		l.shut()
	default:
		l.due = now.Add(lookPause)
	}
	return false
}

// open opens the socket with every peer's key on it before it listens, and
// under mu, so that no peer is ever heard without its key. One that is open or
// closed for good is left alone.
func (l *listener) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.fd >= 0 {
		return
	}
	fd, err := l.like.listen(func(fd int) error {
		for _, r := range l.peers {
			if err := l.set(fd, r.peer, r.peer.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		l.fd, l.watch, l.due = fd, l.poller.Watch(fd, l.accept), time.Now().Add(lookPause)
		if err = l.watch.Await(poll.Read); err != nil {
			l.shut()
		}
	}
	if err != nil {
		l.due = time.Now().Add(reopenPause)
		if !l.complained {
			l.log.Warn("listener waits for its interface", "peer", l.like.Session.PeerAddr, "err", err)
		}
	}
	l.complained = err != nil
}

// shut closes the socket, to be opened anew. Called with mu held.
func (l *listener) shut() {
	if l.fd < 0 {
		return
	}
	l.watch.Forget()
	_ = unix.Close(l.fd)
	l.fd, l.due = -1, time.Now().Add(reopenPause)
}

// sameDevice asks the socket for the name of the interface that it is bound to,
// which has none when it is gone: of a thousand listeners, each looks every
// second, and entering its namespace for that would be most of the work. Called
// with mu held.
func (l *listener) sameDevice() bool {
	name, err := unix.GetsockoptString(l.fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
	return err == nil && strings.TrimRight(name, "\x00") == l.like.device()
}

// accept hands on connections that wait, and asks for the next time. It is
// called by the poller, and so takes a few only: who connects all the time must
// not keep it from other sessions.
func (l *listener) accept() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range acceptMost {
		if !l.acceptOne() {
			break
		}
	}
	if l.fd >= 0 && l.watch.Await(poll.Read) != nil {
		l.shut()
	}
}

// acceptOne reports whether there may be more. Called with mu held.
func (l *listener) acceptOne() (more bool) {
	if l.fd < 0 {
		return false
	}
	fd, from, err := unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	switch {
	case err == nil:
		l.hand(fd, from)
	case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
	case errors.Is(err, unix.EAGAIN):
		return false
	default:
		l.shut()
	}
	return true
}

// hand gives a connection to the peer whose address it comes from. Called with
// mu held.
func (l *listener) hand(fd int, from unix.Sockaddr) {
	r := l.peers[sender(from)]
	if r == nil {
		l.strangers++
	}
	if r == nil || !r.inbox.post(func() { r.accepted(fd) }) {
		_ = unix.Close(fd)
	}
}

func sender(from unix.Sockaddr) netip.Addr {
	switch sa := from.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr)
	case *unix.SockaddrInet6:
		return netip.AddrFrom16(sa.Addr).Unmap()
	}
	return netip.Addr{}
}

func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut()
	l.closed = true
}
