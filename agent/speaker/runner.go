package speaker

import (
	"context"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"demarc/bgp"
)

// A runner owns one session: its machine, its connections and its timer. All
// methods without a word about it run on the runner's goroutine.
type runner struct {
	key    string
	peer   Peer
	log    *slog.Logger
	handle func(Event)

	session *bgp.Session
	inbox   *inbox
	conns   map[bgp.Conn]*conn
	live    int // goroutines of connections
	leaving bool
	status  atomic.Pointer[bgp.Status]
	// left is closed when the session has ended and its place at the listener is
	// free. Connections may still deliver their last words.
	left chan struct{}
	gone chan struct{} // closed when they have, too
}

func newRunner(log *slog.Logger, handle func(Event), key string, peer Peer) (*runner, error) {
	session, err := bgp.New(peer.Session, maphash.Comparable(seed, key))
	if err != nil {
		return nil, err
	}
	r := &runner{
		key: key, peer: peer, handle: handle, session: session,
		log:   log.With(peer.attributes()...),
		inbox: newInbox(), conns: map[bgp.Conn]*conn{}, left: make(chan struct{}), gone: make(chan struct{}),
	}
	r.publish()
	return r, nil
}

// seed makes the jitter of one process differ from that of another.
var seed = maphash.MakeSeed()

// run works until leave, calls left, and waits for every connection's end. A
// peer that is gone takes its time over that, and must not hold up whoever
// comes after.
func (r *runner) run(left func()) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !r.leaving {
		r.step(timer)
	}
	left()
	for r.live > 0 {
		r.step(timer)
	}
	close(r.gone)
	r.inbox.close()
	r.work() // connections accepted too late are closed here
}

// step does what is to be done next.
func (r *runner) step(timer *time.Timer) {
	r.wind(timer)
	select {
	case <-r.inbox.ready:
	case <-timer.C:
		r.take(r.session.Tick(time.Now()))
	}
	r.work()
}

func (r *runner) work() {
	for _, f := range r.inbox.take() {
		f()
	}
}

func (r *runner) wind(timer *time.Timer) {
	at := r.session.Deadline()
	if at.IsZero() {
		timer.Stop()
		return
	}
	timer.Reset(time.Until(at))
}

// take does what the machine asks.
func (r *runner) take(actions []bgp.Action) {
	r.publish() // before the handler, which may ask
	for _, action := range actions {
		switch a := action.(type) {
		case bgp.Dial:
			r.dial(a.Conn)
		case bgp.Send:
			r.send(a)
		case bgp.Close:
			r.close(a.Conn)
		default:
			r.note(action)
			r.handle(Event{Key: r.key, What: action})
		}
	}
}

func (r *runner) publish() {
	st := r.session.Status()
	old := r.status.Load()
	if old != nil && *old == st {
		return
	}
	r.status.Store(&st)
	if old != nil && (old.State != st.State || old.LastReason != st.LastReason) {
		r.handle(Event{Key: r.key, Status: &st})
	}
}

func (r *runner) note(action bgp.Action) {
	switch a := action.(type) {
	case bgp.Up:
		r.log.Info("session came up", "hold", a.Negotiated.HoldTime, "stale", a.Stale)
	case bgp.Down:
		r.log.Info("session went down", "reason", a.Reason.String(), "kept", a.Keep)
	case bgp.Update:
		if a.Problem != "" {
			r.log.Warn("update was not taken whole", "reason", a.Problem)
		}
	}
}

// spawn starts a goroutine that run waits for.
func (r *runner) spawn(f func()) {
	r.live++
	go func() {
		f()
		r.inbox.post(func() { r.live-- })
	}()
}

func (r *runner) dial(id bgp.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	c := r.add(id, cancel)
	r.spawn(func() {
		defer cancel()
		sock, err := r.peer.dial(ctx)
		if err != nil {
			r.inbox.post(func() { r.forgetDial(id, err) })
			return
		}
		if !c.attach(sock) {
			_ = sock.Close()
			return
		}
		r.inbox.post(func() { r.take(r.session.Dialed(time.Now(), id)) })
		r.read(c, sock)
	})
}

func (r *runner) forgetDial(id bgp.Conn, err error) {
	delete(r.conns, id)
	r.take(r.session.DialFailed(time.Now(), id, err))
}

// accepted takes in a connection the peer opened.
func (r *runner) accepted(sock *net.TCPConn) {
	if r.leaving {
		_ = sock.Close()
		return
	}
	_ = control(sock, func(fd int) error { return setTTL(fd, r.peer.Session.LocalAddr, r.peer.ttl()) })
	id, actions := r.session.Accepted(time.Now())
	c := r.add(id, func() {})
	c.attach(sock)
	r.spawn(func() { r.read(c, sock) })
	r.take(actions)
}

func (r *runner) add(id bgp.Conn, cancel context.CancelFunc) *conn {
	patience := r.peer.Session.HoldTime
	if patience == 0 {
		patience = 90 * time.Second
	}
	c := &conn{id: id, cancel: cancel, patience: patience}
	r.conns[id] = c
	return c
}

// read runs on the connection's goroutine until it ends.
func (r *runner) read(c *conn, sock *net.TCPConn) {
	handled := make(chan struct{})
	err := c.read(sock, func(octets []byte) {
		r.inbox.post(func() {
			r.take(r.session.Receive(time.Now(), c.id, octets))
			handled <- struct{}{}
		})
		<-handled
	})
	_ = sock.Close()
	r.inbox.post(func() { r.lost(c.id, err) })
}

func (r *runner) lost(id bgp.Conn, err error) {
	delete(r.conns, id)
	r.take(r.session.Closed(time.Now(), id, err))
}

func (r *runner) send(a bgp.Send) {
	c := r.conns[a.Conn]
	if c == nil {
		return // lost; the machine is about to hear of it
	}
	c.send(a.Bytes, r.spawn, func(err error) {
		r.inbox.post(func() { r.lost(a.Conn, err) })
	})
}

func (r *runner) close(id bgp.Conn) {
	if c := r.conns[id]; c != nil {
		c.close()
	}
	delete(r.conns, id)
}

func (r *runner) start() {
	if !r.leaving {
		r.take(r.session.Start(time.Now(), r.peer.Restarting))
	}
}

// leave ends the session for good; why nil: without a word to the peer.
func (r *runner) leave(why *bgp.Cease) {
	r.leaving = true
	if why == nil {
		r.take(r.session.Vanish(time.Now()))
		return
	}
	r.take(r.session.Stop(time.Now(), *why))
}

func (r *runner) advertise(f bgp.Family, routes map[netip.Prefix]bgp.Attributes) {
	actions, err := r.session.Advertise(time.Now(), f, routes)
	if err != nil { // Speaker.Advertise has checked the same
		r.log.Error("routes were refused", "err", err)
	}
	r.take(actions)
}

// reconfigure changes a running session in place.
func (r *runner) reconfigure(config bgp.Config) {
	actions, _ := r.session.Reconfigure(time.Now(), config)
	r.take(actions)
}
