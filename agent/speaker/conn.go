package speaker

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"demarc/bgp"
)

const (
	// farewell is how long a closing connection may take to deliver its last
	// words; a peer that is gone must not hold up the session's next attempt.
	farewell = time.Second
	// A reader's buffer holds one message of the greatest length.
	readSize = 4096
)

// A conn is one TCP connection of a session, from dial to close.
type conn struct {
	id     bgp.Conn
	cancel context.CancelFunc // ends the dial
	// patience is how long a write may block: a hold time, after which the peer
	// has broken the protocol anyway.
	patience time.Duration

	mu      sync.Mutex
	sock    *net.TCPConn // nil while dialling; guarded by mu
	queue   []byte       // to be written; guarded by mu
	writing bool         // a goroutine writes; guarded by mu
	closing bool         // guarded by mu
}

// send queues octets and sees that somebody writes them. failed is called if
// that goes wrong.
func (c *conn) send(octets []byte, spawn func(func()), failed func(error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, octets...)
	if !c.writing {
		c.writing = true
		spawn(func() { c.write(failed) })
	}
}

// write writes until the queue is empty.
func (c *conn) write(failed func(error)) {
	for {
		octets := c.next()
		if octets == nil {
			return
		}
		_ = c.sock.SetWriteDeadline(time.Now().Add(c.patienceNow()))
		if _, err := c.sock.Write(octets); err != nil {
			c.abandon()
			failed(err)
			return
		}
	}
}

// next takes the whole queue; nil if there is none, after which nobody writes.
func (c *conn) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	octets := c.queue
	c.queue = nil
	if octets == nil {
		c.writing = false
		c.finishIfClosing()
	}
	return octets
}

func (c *conn) patienceNow() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return farewell
	}
	return c.patience
}

// close ends the connection after what is queued. It does not wait.
func (c *conn) close() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	if c.sock == nil {
		return
	}
	_ = c.sock.SetWriteDeadline(time.Now().Add(farewell))
	if !c.writing {
		c.finishIfClosing()
	}
}

// finishIfClosing says good-bye in order: closing a socket with unread data
// would send a reset, and the peer might lose our NOTIFICATION with it. The
// reader closes the socket when the peer has closed or the time is up. Called
// with mu held.
func (c *conn) finishIfClosing() {
	if !c.closing {
		return
	}
	_ = c.sock.CloseWrite()
	_ = c.sock.SetReadDeadline(time.Now().Add(farewell))
}

// abandon makes the reader end after a write error.
func (c *conn) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing, c.queue = false, nil
	_ = c.sock.SetReadDeadline(time.Unix(1, 0))
}

// attach gives the connection its socket; false if it was closed meanwhile.
func (c *conn) attach(sock *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.sock = sock
	return true
}

// buffers are for reading. A connection has one while it has something to read:
// of a thousand sessions nearly all wait.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// read hands what arrives to taken, which returns when the machine has had it:
// a peer that sends faster than we digest is slowed down by TCP.
func (c *conn) read(sock *net.TCPConn, taken func([]byte)) error {
	raw, err := sock.SyscallConn()
	if err != nil {
		return err
	}
	for {
		var buffer *[readSize]byte
		var n int
		var refused error
		err := raw.Read(func(fd uintptr) (done bool) {
			buffer = buffers.Get().(*[readSize]byte)
			if n, refused = receive(int(fd), buffer[:]); errors.Is(refused, unix.EAGAIN) {
				buffers.Put(buffer)
				return false
			}
			return true
		})
		if err = errors.Join(err, refused); err != nil {
			return err
		}
		taken(buffer[:n])
		buffers.Put(buffer)
	}
}

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
