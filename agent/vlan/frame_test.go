package vlan_test

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// A tap is an AF_PACKET socket on a link: it sees what passes in either
// direction and can send any frame.
type tap struct {
	t  *testing.T
	fd int
}

func newTap(t *testing.T, n *linux.Namespace, link string) *tap {
	t.Helper()
	protocol := uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8
	tap := &tap{t: t}
	must(t, n.Do(func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		tap.fd = fd
		t.Cleanup(func() { unix.Close(fd) })
		device, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		timeout := unix.Timeval{Sec: 5}
		return errors.Join(
			unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout),
			unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1),
			unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: device.Index}))
	}))
	return tap
}

func (p *tap) send(frame []byte) {
	p.t.Helper()
	if _, err := unix.Write(p.fd, frame); err != nil {
		p.t.Fatal("send a frame:", err)
	}
}

// A seen frame has its tag, or -1.
type seen struct {
	tag  int
	data []byte
}

// next waits for a frame.
func (p *tap) next() seen {
	p.t.Helper()
	data, control := make([]byte, 2048), make([]byte, 128)
	size, controlSize, _, _, err := unix.Recvmsg(p.fd, data, control, 0)
	if err != nil {
		p.t.Fatal("wait for a frame:", err)
	}
	frame := seen{tag: -1, data: data[:size]}
	messages, err := unix.ParseSocketControlMessage(control[:controlSize])
	must(p.t, err)
	for _, m := range messages {
		aux := m.Data // struct tpacket_auxdata
		if m.Header.Type == unix.PACKET_AUXDATA && binary.NativeEndian.Uint32(aux)&unix.TP_STATUS_VLAN_VALID != 0 {
			frame.tag = int(binary.NativeEndian.Uint16(aux[16:]) & 0xfff)
		}
	}
	return frame
}

// waiting returns the frames that have arrived.
func (p *tap) waiting() (frames []seen) {
	p.t.Helper()
	for {
		poll := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
		ready, err := unix.Poll(poll, int((50 * time.Millisecond).Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		must(p.t, err)
		if ready == 0 {
			return frames
		}
		frames = append(frames, p.next())
	}
}

// frame builds an ARP request of 169.254.0.2 for 169.254.0.1 behind tags, each
// of which is an EtherType and a VLAN.
func frame(tags ...[2]uint16) []byte {
	b := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9}
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(b, tag[0])
		b = binary.BigEndian.AppendUint16(b, tag[1])
	}
	b = append(b, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1)
	b = append(b, 2, 0, 0, 0, 0, 9, 169, 254, 0, 2)
	b = append(b, 0, 0, 0, 0, 0, 0, 169, 254, 0, 1)
	return append(b, make([]byte, 18)...)
}
