package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// A scripted is a customer's router that says the same always: an OPEN, the
// prefixes in one UPDATE, and keepalives. It costs next to nothing, so that a
// thousand of them leave the machine to what is measured.
type scripted struct {
	namespace     *linux.Namespace
	local, remote netip.Addr
	key           string
	prefixes      []netip.Prefix
	// longer is how many times more than once its own AS is in the path.
	longer int

	mu   sync.Mutex
	conn net.Conn // guarded by mu; nil while there is none
	done bool     // guarded by mu
}

const (
	bgpOpen         = 1
	bgpUpdate       = 2
	bgpNotification = 3
	bgpKeepalive    = 4
	// dialAgain is how soon a router that was refused tries again.
	dialAgain = 20 * time.Millisecond
)

// dial connects as soon as it is let in, says everything, and goes on in the
// background until hangUp.
func (p *scripted) dial() error {
	p.mu.Lock()
	p.done = false
	p.mu.Unlock()
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := p.connect()
		if err == nil {
			if err = p.speak(conn); err == nil {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("session with %s: %w", p.remote, err)
		}
		time.Sleep(dialAgain)
	}
}

// listen waits for the other side to connect, once.
func (p *scripted) listen() (net.Listener, error) {
	fd, err := p.socket(179)
	if err == nil {
		err = unix.Listen(fd, 4)
	}
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "bgp")
	defer file.Close()
	return net.FileListener(file)
}

func (p *scripted) connect() (net.Conn, error) {
	fd, err := p.socket(0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "bgp")
	defer file.Close()
	// A blocking connect: a second is enough on one machine.
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: 1})
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: 179, Addr: p.remote.As4()}); err != nil {
		return nil, err
	}
	return net.FileConn(file)
}

// socket is bound to the router's address and signs what it sends (RFC 2385).
func (p *scripted) socket(port int) (fd int, err error) {
	err = p.namespace.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
		return err
	})
	if err != nil {
		return -1, err
	}
	signature := unix.TCPMD5Sig{Keylen: uint16(len(p.key))}
	copy(signature.Key[:], p.key)
	to := (*unix.RawSockaddrInet4)(unsafe.Pointer(&signature.Addr))
	to.Family, to.Addr = unix.AF_INET, p.remote.As4()
	err = errors.Join(
		unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &signature),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TTL, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: p.local.As4()}),
	)
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// speak opens the session on a connection and announces the prefixes.
func (p *scripted) speak(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err := conn.Write(p.open())
	for err == nil {
		var kind byte
		if kind, err = readMessage(conn); err != nil {
			break
		}
		switch kind {
		case bgpOpen:
			_, err = conn.Write(message(bgpKeepalive, nil))
		case bgpKeepalive:
			if _, err = conn.Write(p.everything()); err == nil {
				p.keep(conn)
				return nil
			}
		case bgpNotification:
			err = errors.New("the other side closed the session")
		}
	}
	return errors.Join(err, conn.Close())
}

// keep answers until the connection ends.
func (p *scripted) keep(conn net.Conn) {
	_ = conn.SetDeadline(time.Time{})
	p.mu.Lock()
	p.conn = conn
	p.mu.Unlock()
	go func() {
		defer p.forget(conn)
		for {
			kind, err := readMessage(conn)
			if err == nil && kind == bgpKeepalive {
				_, err = conn.Write(message(bgpKeepalive, nil))
			}
			if err != nil || kind == bgpNotification {
				return
			}
		}
	}()
}

// forget closes a connection that ended.
func (p *scripted) forget(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == conn {
		p.conn = nil
	}
}

// lost reports whether there is no session.
func (p *scripted) lost() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn == nil
}

// hangUp ends the session, with a word.
func (p *scripted) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil {
		return
	}
	_ = p.conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = p.conn.Write(message(bgpNotification, []byte{6, 2}))
	_ = p.conn.Close()
	p.conn = nil
}

// readMessage reads one message and gives its type.
func readMessage(r io.Reader) (kind byte, err error) {
	var header [19]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, err
	}
	_, err = io.CopyN(io.Discard, r, int64(binary.BigEndian.Uint16(header[16:]))-19)
	return header[18], err
}

func message(kind byte, body []byte) []byte {
	m := make([]byte, 16, 19+len(body))
	for i := range m {
		m[i] = 0xff
	}
	m = binary.BigEndian.AppendUint16(m, uint16(19+len(body)))
	return append(append(m, kind), body...)
}

// open offers IPv4 unicast and four-octet AS numbers, and nothing else.
func (p *scripted) open() []byte {
	id := p.local.As4()
	body := binary.BigEndian.AppendUint16([]byte{4}, benchASN)
	body = binary.BigEndian.AppendUint16(body, 90)
	body = append(append(body, id[:]...), 14, 2, 12, 1, 4, 0, 1, 0, 1, 65, 4)
	return message(bgpOpen, binary.BigEndian.AppendUint32(body, benchASN))
}

// everything is the prefixes in one UPDATE, and that this was all (RFC 4724,
// section 2).
func (p *scripted) everything() []byte {
	path := []byte{2, byte(1 + p.longer)}
	for range 1 + p.longer {
		path = binary.BigEndian.AppendUint32(path, benchASN)
	}
	next := p.local.As4()
	attributes := append([]byte{0x40, 1, 1, 0, 0x40, 2, byte(len(path))}, path...)
	attributes = append(append(attributes, 0x40, 3, 4), next[:]...)
	body := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(attributes)))
	body = append(body, attributes...)
	for _, prefix := range p.prefixes {
		octets := prefix.Addr().As4()
		body = append(append(body, byte(prefix.Bits())), octets[:(prefix.Bits()+7)/8]...)
	}
	return append(message(bgpUpdate, body), message(bgpUpdate, []byte{0, 0, 0, 0})...)
}
