package speaker

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"demarc/bgp"
	"demarc/internal/poll"
	"demarc/internal/sparing"
)

// A runner owns one session: its machine, its connections and its timer. All
// methods without a word about it run in the runner's turn, one after the other.
type runner struct {
	key    string
	peer   Peer
	log    *slog.Logger
	handle func(Event)
	poller *poll.Poller // from begin on

	session *bgp.Session
	inbox   *inbox
	conns   map[bgp.Conn]*conn // that the machine knows
	live    int                // connections that are not closed yet, known or not
	timer   *time.Timer
	wound   time.Time // when timer goes off; zero: never
	leaving bool
	voice   sparing.Voice
	status  atomic.Pointer[bgp.Status]
	// left is closed when the session has ended and its place at the listener is
	// free. Connections may still deliver their last words.
	left     chan struct{}
	gone     chan struct{} // closed when they have, too
	unlisten func()        // has left closed; nil once it was called
	ended    func()        // the last thing that is called
}

func newRunner(log *slog.Logger, handle func(Event), key string, peer Peer) (*runner, error) {
	session, err := bgp.New(peer.Session, maphash.Comparable(seed, key))
	if err != nil {
		return nil, err
	}
	r := &runner{
		key: key, peer: peer, handle: handle, session: session,
		log:   log.With(peer.attributes()...),
		conns: map[bgp.Conn]*conn{}, left: make(chan struct{}), gone: make(chan struct{}),
	}
	r.inbox = newInbox(r.turn)
	r.publish()
	return r, nil
}

// seed makes the jitter of one process differ from that of another.
var seed = maphash.MakeSeed()

// begin starts the session. Once it has left, unlisten is called, and ended when
// every connection is closed, too: a peer that is gone takes its time over that,
// and must not hold up whoever comes after.
func (r *runner) begin(poller *poll.Poller, unlisten, ended func()) {
	r.poller, r.unlisten, r.ended = poller, unlisten, ended
	r.inbox.post(r.start)
	r.inbox.open()
}

// turn does what is to be done now. Then there is nobody until somebody posts
// work, or the time comes.
func (r *runner) turn() {
	for work := r.inbox.take(); len(work) > 0; work = r.inbox.take() {
		for _, f := range work {
			f()
		}
		r.wind()
		if r.leaving && r.end() {
			return
		}
	}
}

// end gives the session's place away, and is true when nothing of it is left.
func (r *runner) end() (all bool) {
	if r.unlisten != nil {
		r.unlisten()
		r.unlisten = nil
	}
	if r.live > 0 {
		return false
	}
	close(r.gone)
	for _, f := range r.inbox.close() {
		f() // connections accepted too late are closed here
	}
	r.ended()
	return true
}

// wind sets the timer for the machine's next deadline.
func (r *runner) wind() {
	at := r.session.Deadline()
	switch {
	case at.Equal(r.wound):
		return
	case r.timer == nil:
		r.timer = time.AfterFunc(time.Until(at), func() { r.inbox.post(r.tick) })
	case at.IsZero():
		r.timer.Stop()
	default:
		r.timer.Reset(time.Until(at))
	}
	r.wound = at
}

func (r *runner) tick() {
	r.wound = time.Time{} // the timer is down
	r.take(r.session.Tick(time.Now()))
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
		r.say(slog.LevelInfo, "session came up", "hold", a.Negotiated.HoldTime, "stale", a.Stale)
	case bgp.Down:
		r.say(slog.LevelInfo, "session went down", "reason", a.Reason.String(), "kept", a.Keep)
	case bgp.Update:
		if a.Problem != "" {
			r.say(slog.LevelWarn, "update was not taken whole", "reason", a.Problem)
		}
	}
}

// say logs what the peer has brought about: it may connect and leave, or send
// broken updates, as fast as it likes, and would fill the disk of all.
func (r *runner) say(level slog.Level, what string, more ...any) {
	if unsaid, speaks := r.voice.Speaks(time.Now()); speaks {
		r.log.Log(context.Background(), level, what, append(more, unsaid...)...)
	}
}

func (r *runner) dial(id bgp.Conn) {
	c := r.add(id)
	go func() {
		fd, err := r.peer.dial()
		r.inbox.post(func() { r.dialling(c, fd, err) })
	}()
}

// dialling takes the socket of a connection that is being dialled, or why there
// is none.
func (r *runner) dialling(c *conn, fd int, err error) {
	switch {
	case err != nil:
		r.undone(c, err)
	case c.closing: // meanwhile
		_ = unix.Close(fd)
		r.live--
	default:
		c.pending = true
		r.attach(c, fd)
	}
}

// undone ends a connection that never was one.
func (r *runner) undone(c *conn, err error) {
	r.live--
	delete(r.conns, c.id)
	r.take(r.session.DialFailed(time.Now(), c.id, err))
}

// accepted takes in a connection the peer opened.
func (r *runner) accepted(fd int) {
	if r.leaving {
		_ = unix.Close(fd)
		return
	}
	_ = setTTL(fd, r.peer.Session.LocalAddr, r.peer.ttl())
	id, actions := r.session.Accepted(time.Now())
	r.attach(r.add(id), fd)
	r.take(actions)
}

func (r *runner) add(id bgp.Conn) *conn {
	patience := r.peer.Session.HoldTime
	if patience == 0 {
		patience = 90 * time.Second
	}
	c := &conn{id: id, patience: patience, fd: -1}
	c.expired = func() { r.inbox.post(func() { r.lose(c, errDeaf) }) }
	r.conns[id] = c
	r.live++
	return c
}

func (r *runner) attach(c *conn, fd int) {
	c.attach(fd, r.poller, func() { r.inbox.post(func() { r.ready(c) }) })
	if err := c.await(); err != nil {
		r.lose(c, err)
	}
}

// ready does what a connection's socket is ready for, and asks for the next
// time. What is read is digested first: a peer that sends faster than that is
// slowed down by TCP.
func (r *runner) ready(c *conn) {
	if c.fd < 0 || c.pending && !r.connected(c) {
		return
	}
	err := r.exchange(c)
	if err == nil && c.fd >= 0 {
		err = c.await()
	}
	if err != nil {
		r.lose(c, err)
	}
}

// connected looks at what became of a dial; false if there is nothing more to
// do now.
func (r *runner) connected(c *conn) bool {
	done, err := connected(c.fd)
	if !done {
		err = c.await()
	}
	if err != nil {
		c.release()
		r.undone(c, err)
		return false
	}
	if done {
		c.pending = false
		r.take(r.session.Dialed(time.Now(), c.id))
	}
	return done && c.fd >= 0
}

// exchange writes what waits and reads once.
func (r *runner) exchange(c *conn) error {
	if len(c.queue) > 0 {
		if err := c.flush(); err != nil {
			return err
		}
		if c.closing {
			c.finishIfWritten()
		}
	}
	buffer := buffers.Get().(*[readSize]byte)
	defer buffers.Put(buffer)
	n, err := receive(c.fd, buffer[:])
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	if err == nil && !c.closing {
		r.take(r.session.Receive(time.Now(), c.id, buffer[:n]))
	}
	return err
}

// lose closes a connection that has come to its end, if it is not closed yet.
func (r *runner) lose(c *conn, err error) {
	if c.fd < 0 {
		return
	}
	c.release()
	r.live--
	delete(r.conns, c.id)
	r.take(r.session.Closed(time.Now(), c.id, err))
}

func (r *runner) send(a bgp.Send) {
	c := r.conns[a.Conn]
	if c == nil {
		return // lost; the machine is about to hear of it
	}
	if err := c.send(a.Bytes); err != nil {
		r.inbox.post(func() { r.lose(c, err) }) // after what the machine asks now
	}
}

// close ends a connection; one that is no connection yet, at once.
func (r *runner) close(id bgp.Conn) {
	c := r.conns[id]
	if c == nil {
		return
	}
	delete(r.conns, id)
	switch {
	case c.fd < 0:
		c.closing = true // for dialling to see
	case c.pending:
		c.release()
		r.live--
	default:
		c.close()
	}
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
