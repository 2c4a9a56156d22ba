package linux_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// listenSigned opens 127.0.0.1:1790 in n for signed segments from 127.0.0.1.
func listenSigned(t *testing.T, n *linux.Namespace) {
	t.Helper()
	must(t, n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		t.Cleanup(func() { unix.Close(fd) })
		local := unix.SockaddrInet4{Port: 1790, Addr: [4]byte{127, 0, 0, 1}}
		if err := unix.Bind(fd, &local); err != nil {
			return err
		}
		key := unix.TCPMD5Sig{Keylen: 5}
		copy(key.Key[:], "right")
		key.Addr.Family = unix.AF_INET
		copy(key.Addr.Data[:], []byte{0, 0, 127, 0, 0, 1})
		if err := unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &key); err != nil {
			return err
		}
		return unix.Listen(fd, 1)
	}))
}

// callSigned begins a connection to port 179 of an IPv4 address, from the
// namespace that the caller is in, with signed segments.
func callSigned(t *testing.T, to [4]byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	t.Cleanup(func() { unix.Close(fd) })
	key := unix.TCPMD5Sig{Keylen: 5}
	copy(key.Key[:], "wrong")
	key.Addr.Family = unix.AF_INET
	copy(key.Addr.Data[2:], to[:])
	if err := unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &key); err != nil {
		return err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: 179, Addr: to}); err != unix.EINPROGRESS {
		return err
	}
	return nil
}
