package speaker

import (
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// reopenPause comes before a listener that failed is tried again.
	reopenPause = 200 * time.Millisecond
	// look is how often a listener bound to an interface checks that it is
	// still the same one.
	look = time.Second
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
	log  *slog.Logger
	like Peer // any of the peers: all agree in what makes the address
	stop chan struct{}

	mu    sync.Mutex
	open  *net.TCPListener       // nil while it cannot be opened; guarded by mu
	peers map[netip.Addr]*runner // by remote address; guarded by mu
	// strangers counts connections from addresses that are no peer's; guarded by
	// mu.
	strangers uint64
}

func newListener(log *slog.Logger, like Peer) *listener {
	return &listener{log: log, like: like, stop: make(chan struct{}), peers: map[netip.Addr]*runner{}}
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
	if l.open == nil {
		return
	}
	if err := control(l.open, func(fd int) error { return l.set(fd, p, key) }); err != nil {
		// A socket in an unknown state must not answer anybody.
		l.log.Error("peer could not be admitted, listener is opened anew", "peer", p.Session.PeerAddr, "err", err)
		_ = l.open.Close()
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

func control(c syscall.Conn, f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// run listens until close, opening the socket as often as needed.
func (l *listener) run() {
	complained := false
	for {
		ln, index, err := l.reopen()
		switch {
		case err == nil:
			complained = false
			l.serve(ln, index)
		case !complained:
			complained = true
			l.log.Warn("listener waits for its interface", "peer", l.like.Session.PeerAddr, "err", err)
		}
		select {
		case <-l.stop:
			return
		case <-time.After(reopenPause):
		}
	}
}

// reopen opens the socket with every peer's key on it before it listens, and
// under mu, so that no peer is ever heard without its key.
func (l *listener) reopen() (ln *net.TCPListener, index int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln, index, err = l.like.listen(func(fd int) error {
		for _, r := range l.peers {
			if err := l.set(fd, r.peer, r.peer.Key); err != nil {
				return err
			}
		}
		return nil
	})
	l.open = ln
	return ln, index, err
}

// serve accepts until the socket fails, is closed, or has lost its interface.
func (l *listener) serve(ln *net.TCPListener, index int) {
	defer l.forget(ln)
	for !l.closed() {
		if index != 0 {
			_ = ln.SetDeadline(time.Now().Add(look))
		}
		sock, err := ln.AcceptTCP()
		if err == nil {
			l.hand(sock)
			continue
		}
		timeout, _ := err.(net.Error)
		if timeout == nil || !timeout.Timeout() || !l.sameDevice(ln) {
			return
		}
	}
}

func (l *listener) forget(ln *net.TCPListener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = nil
	_ = ln.Close()
}

func (l *listener) closed() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// sameDevice asks the socket for the name of the interface that it is bound to,
// which has none when it is gone: of a thousand listeners, each looks every
// second, and entering its namespace for that would be most of the work.
func (l *listener) sameDevice(ln *net.TCPListener) (same bool) {
	err := control(ln, func(fd int) error {
		name, err := unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
		same = strings.TrimRight(name, "\x00") == l.like.device()
		return err
	})
	return err == nil && same
}

// hand gives a connection to the peer whose address it comes from.
func (l *listener) hand(sock *net.TCPConn) {
	remote, _ := netip.AddrFromSlice(sock.RemoteAddr().(*net.TCPAddr).IP)
	l.mu.Lock()
	r := l.peers[remote.Unmap().WithZone("")]
	if r == nil {
		l.strangers++
	}
	l.mu.Unlock()
	if r == nil || !r.inbox.post(func() { r.accepted(sock) }) {
		_ = sock.Close()
	}
}

func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.stop)
	if l.open != nil {
		_ = l.open.Close()
	}
}
