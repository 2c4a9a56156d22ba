package speaker

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	port = 179
	// tos is CS6, network control: what every router sends BGP with.
	tos = 0xc0
	// ipv6Freebind is IPV6_FREEBIND, which x/sys does not name.
	ipv6Freebind = 78
)

// socket makes a plain TCP socket inside the peer's namespace. Sockets of
// package net could be multipath TCP, which does not go with MD5.
func (p Peer) socket() (fd int, err error) {
	domain := unix.AF_INET6
	if p.Session.LocalAddr.Is4() {
		domain = unix.AF_INET
	}
	fd, err = unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, fmt.Errorf("make a socket: %w", err)
	}
	if err := p.prepare(fd); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// prepare sets what listening and dialling sockets have in common;
// accepted ones inherit it.
func (p Peer) prepare(fd int) error {
	if err := setTTL(fd, p.Session.LocalAddr, p.ttl()); err != nil {
		return err
	}
	if err := setInt(fd, p.Session.LocalAddr, unix.IP_TOS, unix.IPV6_TCLASS, tos); err != nil {
		return fmt.Errorf("set the traffic class: %w", err)
	}
	// Messages are written whole, and the last of several must not wait for the
	// acknowledgement of those before.
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("send without delay: %w", err)
	}
	if p.BindDevice != "" {
		if err := unix.BindToDevice(fd, p.BindDevice); err != nil {
			return fmt.Errorf("bind to %s: %w", p.BindDevice, err)
		}
	}
	return nil
}

func setTTL(fd int, local netip.Addr, ttl int) error {
	if err := setInt(fd, local, unix.IP_TTL, unix.IPV6_UNICAST_HOPS, ttl); err != nil {
		return fmt.Errorf("set the TTL: %w", err)
	}
	return nil
}

// setInt sets an option that has a number for each address family.
func setInt(fd int, local netip.Addr, v4, v6, value int) error {
	if local.Is4() {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IP, v4, value)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, v6, value)
}

// setKey sets the key for segments to and from peer; empty removes it
// (RFC 2385).
func setKey(fd int, peer netip.Addr, key Key) error {
	sig := unix.TCPMD5Sig{Keylen: uint16(len(key))}
	copy(sig.Key[:], key)
	if peer.Is4() {
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&sig.Addr))
		sa.Family, sa.Addr = unix.AF_INET, peer.As4()
	} else {
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&sig.Addr))
		sa.Family, sa.Addr = unix.AF_INET6, peer.As16()
	}
	err := unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
	if key == "" && errors.Is(err, unix.ENOENT) {
		return nil // there was none
	}
	if err != nil {
		return fmt.Errorf("set the MD5 key for %v: %w", peer, err)
	}
	return nil
}

// sockaddr is addr with the peer's zone, looked up in the current namespace.
func (p Peer) sockaddr(addr netip.Addr, port int) (unix.Sockaddr, error) {
	if addr.Is4() {
		return &unix.SockaddrInet4{Port: port, Addr: addr.As4()}, nil
	}
	sa := &unix.SockaddrInet6{Port: port, Addr: addr.As16()}
	if addr.IsLinkLocalUnicast() {
		index, err := interfaceIndex(p.Zone)
		if err != nil {
			return nil, err
		}
		sa.ZoneId = uint32(index)
	}
	return sa, nil
}

// interfaceIndex looks a name up in the current namespace. It asks by ioctl:
// package net would list every interface.
func interfaceIndex(name string) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("look up interface %s: %w", name, err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, request)
	}
	if err != nil {
		return 0, fmt.Errorf("look up interface %s: %w", name, err)
	}
	return int(request.Uint32()), nil
}

// dial begins to connect to the peer from the local address. The socket is
// writable when the outcome is known (connected).
func (p Peer) dial() (fd int, err error) {
	err = p.Namespace.Do(func() (err error) {
		fd, err = p.dialSocket()
		return err
	})
	return fd, err
}

// dialSocket begins to connect, inside the namespace.
func (p Peer) dialSocket() (fd int, err error) {
	local, err := p.sockaddr(p.Session.LocalAddr, 0)
	if err != nil {
		return -1, err
	}
	remote, err := p.sockaddr(p.Session.PeerAddr, port)
	if err != nil {
		return -1, err
	}
	if fd, err = p.socket(); err != nil {
		return -1, err
	}
	if p.Key != "" {
		err = setKey(fd, p.Session.PeerAddr, p.Key)
	}
	if err == nil {
		err = begin(fd, local, remote)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func begin(fd int, local, remote unix.Sockaddr) error {
	if err := unix.Bind(fd, local); err != nil {
		return fmt.Errorf("bind to the local address: %w", err)
	}
	if err := unix.Connect(fd, remote); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return err
	}
	return nil
}

// connected reports whether the kernel has connected a socket or given up, and
// why.
func connected(fd int) (done bool, err error) {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return true, err
	}
	if code != 0 {
		return true, unix.Errno(code)
	}
	// A socket may be called writable before it is connected.
	_, err = unix.Getpeername(fd)
	if errors.Is(err, unix.ENOTCONN) {
		return false, nil
	}
	return true, err
}

// listen opens the listening socket for the local address, which need not
// exist yet; its interface must. Before it listens, admit sets the keys.
func (p Peer) listen(admit func(fd int) error) (fd int, err error) {
	err = p.Namespace.Do(func() error {
		if p.device() != "" {
			if _, err := interfaceIndex(p.device()); err != nil {
				return err
			}
		}
		fd, err = p.listenHere(admit)
		return err
	})
	return fd, err
}

func (p Peer) listenHere(admit func(fd int) error) (fd int, err error) {
	local, err := p.sockaddr(p.Session.LocalAddr, port)
	if err != nil {
		return -1, err
	}
	if fd, err = p.socket(); err != nil {
		return -1, err
	}
	if err := p.bindListener(fd, local, admit); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("listen on %v: %w", p.Session.LocalAddr, err)
	}
	return fd, nil
}

func (p Peer) bindListener(fd int, local unix.Sockaddr, admit func(fd int) error) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if err := setInt(fd, p.Session.LocalAddr, unix.IP_FREEBIND, ipv6Freebind, 1); err != nil {
		return err
	}
	if err := unix.Bind(fd, local); err != nil {
		return err
	}
	if err := admit(fd); err != nil {
		return err
	}
	return unix.Listen(fd, 64)
}
