package speaker

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"demarc/bgp"
	"demarc/internal/poll"
)

const (
	// farewell is how long a closing connection may take to deliver its last
	// words; a peer that is gone must not hold up the session's next attempt.
	farewell = time.Second
	// A reader's buffer holds one message of the greatest length.
	readSize = 4096
)

// errDeaf ends a connection whose peer reads nothing for a hold time, which
// breaks the protocol (RFC 9687).
var errDeaf = errors.New("the peer reads nothing")

// A conn is one TCP connection of a session, from dial to close. It belongs to
// a runner and is touched in its turn only, so nothing of it is guarded.
type conn struct {
	id bgp.Conn
	// patience is how long a write may block: a hold time, after which the peer
	// has broken the protocol anyway.
	patience time.Duration
	expired  func() // is called when the timer goes off

	fd      int // -1 while there is none
	watch   *poll.Watch
	pending bool   // dialled, and not connected yet
	queue   []byte // to be written, once there is room
	closing bool
	timer   *time.Timer // of a write that waits, or of the farewell; nil before the first
}

// attach gives the connection its socket.
func (c *conn) attach(fd int, p *poll.Poller, ready func()) {
	c.fd = fd
	c.watch = p.Watch(fd, ready)
}

// await has the poller tell when there is something to do.
func (c *conn) await() error {
	what := uint32(poll.Read)
	if c.pending {
		what = poll.Write
	} else if len(c.queue) > 0 {
		what |= poll.Write
	}
	return c.watch.Await(what)
}

// send writes octets, those for which there is no room later.
func (c *conn) send(octets []byte) error {
	if len(c.queue) > 0 {
		c.queue = append(c.queue, octets...)
		return nil
	}
	c.queue = slices.Clip(octets)
	if err := c.flush(); err != nil || len(c.queue) == 0 {
		return err
	}
	c.wind(c.patience)
	return c.await()
}

// flush writes what there is room for. Every octet that is taken is a sign of
// life.
func (c *conn) flush() error {
	for len(c.queue) > 0 {
		n, err := unix.Write(c.fd, c.queue)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil:
			return fmt.Errorf("write: %w", err)
		}
		c.queue = c.queue[n:]
		if !c.closing && c.timer != nil {
			c.wind(c.patience)
		}
	}
	c.queue = nil
	if !c.closing && c.timer != nil {
		c.timer.Stop()
	}
	return nil
}

// close ends the connection after what is queued. It says good-bye in order:
// closing a socket with unread data would send a reset, and the peer might lose
// our NOTIFICATION with it. So the socket is closed when the peer has closed, or
// the time is up.
func (c *conn) close() {
	c.closing = true
	c.wind(farewell)
	c.finishIfWritten()
}

func (c *conn) finishIfWritten() {
	if len(c.queue) == 0 {
		_ = unix.Shutdown(c.fd, unix.SHUT_WR)
	}
}

func (c *conn) wind(d time.Duration) {
	if c.timer == nil {
		c.timer = time.AfterFunc(d, c.expired)
		return
	}
	c.timer.Reset(d)
}

// release closes the socket, whatever is left to say.
func (c *conn) release() {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.watch.Forget()
	_ = unix.Close(c.fd)
	c.fd = -1
}

// buffers are for reading. A connection has one while it reads: of a thousand
// sessions nearly all wait.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// receive reads what is there, at least an octet.
func receive(fd int, buffer []byte) (n int, err error) {
	for {
		switch n, err = unix.Read(fd, buffer); {
		case errors.Is(err, unix.EINTR):
		case err == nil && n == 0:
			return 0, io.EOF
		default:
			return n, err
		}
	}
}
