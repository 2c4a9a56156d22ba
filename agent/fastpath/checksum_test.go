package fastpath_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"demarc/agent/fastpath"
	"demarc/agent/linux"
)

// A NIC may have summed all of a packet (CHECKSUM_COMPLETE), and whoever takes the
// packet in believes that sum: what the program changes must be in it.
func TestWhatANICHasSummedStaysRight(t *testing.T) {
	s := newSite(t, 1)
	must(t, fastpath.Remove(s.router)) // what is tried here is not what is attached
	way := s.ways()["h"]
	for i, d := range []datagram{
		{from: host, to: behind, octets: 9}, {from: host, to: behind, ttl: 255, class: 0xb8}, {from: host, to: behind, ttl: 2},
		{from: host6, to: behind6, octets: 9}, {from: host6, to: behind6, ttl: 255}, {from: host6, to: behind6, ttl: 2}, {from: host6, to: behind6, ttl: 129, octets: 1400},
		{from: host6, to: behind6, protocol: unix.IPPROTO_ESP},
	} {
		d.mark = uint16(i + 1)
		frame := s.frame(t, d)
		tried, err := way.Try(s.router, "h", frame)
		switch {
		case errors.Is(err, unix.EINVAL):
			t.Fatalf("a checksum that a NIC has summed can be tried from Linux 6.11 on: %v", err)
		case errors.Is(err, unix.EBADMSG):
			t.Errorf("%+v: what the NIC has summed is not the packet's sum any more", d)
			continue
		case err != nil:
			t.Fatal(err)
		case !tried.HandedOn:
			t.Fatalf("%+v was left to the kernel", d)
		}
		got, want := tried.Frame, bytes.Clone(frame)
		if at := 14 + 8; d.from == host {
			want[at]--
			want[24], want[25] = got[24], got[25]
			if sum(got[14:34]) != 0xffff {
				t.Errorf("%+v: the header's checksum is wrong: %x", d, got)
			}
		} else {
			want[14+7]--
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%+v: handed on is\n%x, want\n%x", d, got, want)
		}
	}
}

// What a socket sends has its checksum made by the last link that can
// (CHECKSUM_PARTIAL), and is cut into segments there: wherever that is, it arrives
// as it was sent. Who takes it in checks what no link vouches for.
func TestChecksumsAreMadeWhereverTheyAreLeft(t *testing.T) {
	for name, without := range map[string]func(s *site){
		"by nobody": func(*site) {},
		"at the app host, before the program": func(s *site) {
			offload(t, s.app, "eth0", false)
		},
		"behind the program": func(s *site) { offload(t, s.router, link(0), false) },
		"everywhere": func(s *site) {
			offload(t, s.app, "eth0", false)
			offload(t, s.router, "h", false)
			offload(t, s.router, link(0), false)
			offload(t, s.gateways[0], "b", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 1)
			without(s)
			for _, to := range []string{behind, behind6} {
				if n := s.stacked(t, func() { s.echoed(t, to) }); n > 0 {
					t.Errorf("the stack forwarded %d packets to or from %s", n, to)
				}
			}
		})
	}
}

// offload has a link take packets without checksums, or not (SIOCETHTOOL).
func offload(t *testing.T, n *linux.Namespace, link string, on bool) {
	t.Helper()
	value := struct{ command, on uint32 }{command: unix.ETHTOOL_STXCSUM}
	if on {
		value.on = 1
	}
	must(t, n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		request := struct {
			name [unix.IFNAMSIZ]byte
			data unsafe.Pointer
			_    [16]byte
		}{data: unsafe.Pointer(&value)}
		copy(request.name[:], link)
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); errno != 0 {
			return errno
		}
		return nil
	}))
}

// echoed sends a megabyte by TCP, and datagrams of several lengths by UDP, to an
// address behind the gateway, which sends all of it back.
func (s *site) echoed(t *testing.T, to string) {
	t.Helper()
	sent := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{7}).Read(sent)
	s.echoedStream(t, to, sent)
	s.echoedDatagrams(t, to, sent)
}

func (s *site) echoedStream(t *testing.T, to string, sent []byte) {
	t.Helper()
	listener := s.listen(t, to)
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			defer conn.Close()
			io.Copy(conn, conn)
		}
	}()
	var conn net.Conn
	must(t, s.app.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp", listener.Addr().String(), patience)
		return err
	}))
	defer conn.Close()
	must(t, conn.SetDeadline(deadline()))
	go conn.Write(sent)
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("TCP to %s came back changed, or not: %v", to, err)
	}
}

func (s *site) echoedDatagrams(t *testing.T, to string, sent []byte) {
	t.Helper()
	var there net.PacketConn
	must(t, s.gateways[0].Do(func() (err error) {
		there, err = net.ListenPacket("udp", net.JoinHostPort(to, "0"))
		return err
	}))
	defer there.Close()
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, from, err := there.ReadFrom(buffer)
			if err != nil {
				return
			}
			there.WriteTo(buffer[:n], from)
		}
	}()
	at := there.LocalAddr().(*net.UDPAddr).AddrPort()
	var conn net.Conn
	must(t, s.app.Do(func() (err error) {
		conn, err = net.Dial("udp", netip.AddrPortFrom(at.Addr(), at.Port()).String())
		return err
	}))
	defer conn.Close()
	must(t, conn.SetDeadline(deadline()))
	got := make([]byte, 1<<16)
	for _, octets := range []int{1, 2, 99, 1400, 8001} {
		if _, err := conn.Write(sent[:octets]); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(got); err != nil || !bytes.Equal(got[:n], sent[:octets]) {
			t.Errorf("a datagram of %d octets to %s came back changed, or not: %v", octets, to, err)
		}
	}
}
