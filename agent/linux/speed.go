package linux

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// vethSpeed is what a veth counts as. It says 10 Gbit/s of itself and goes as
// fast as processors copy, which is more than that and less than this.
const vethSpeed = 100_000_000_000

// Speed is how fast a link can be, in bits per second: what a NIC says, once it
// has carrier. Zero is unknown.
func Speed(n *Namespace, name string) (bitsPerSecond uint64, err error) {
	link, err := findLink(n, name)
	if err != nil {
		return 0, err
	}
	if link.Type() == "veth" {
		return vethSpeed, nil
	}
	err = n.Do(func() (err error) {
		bitsPerSecond, err = askSpeed(name)
		return err
	})
	if err != nil {
		return 0, linkError("ask for the speed of", n, name, err)
	}
	return bitsPerSecond, nil
}

// ethtoolSettings is struct ethtool_cmd (linux/ethtool.h). The speed is in two
// parts, in Mbit/s; all ones are unknown.
type ethtoolSettings struct {
	command   uint32
	_         [8]byte
	speed     uint16
	_         [14]byte
	speedHigh uint16
	_         [14]byte
}

const speedUnknown = 1<<32 - 1

// askSpeed is about the namespace of the thread. A driver that does not know
// the question has no speed.
func askSpeed(name string) (uint64, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open a socket: %w", err)
	}
	defer unix.Close(fd)
	settings := ethtoolSettings{command: unix.ETHTOOL_GSET}
	request := struct { // struct ifreq
		name     [unix.IFNAMSIZ]byte
		settings unsafe.Pointer
		_        [16]byte
	}{settings: unsafe.Pointer(&settings)}
	copy(request.name[:unix.IFNAMSIZ-1], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	runtime.KeepAlive(&settings)
	if errno == unix.EOPNOTSUPP {
		return 0, nil
	}
	if errno != 0 {
		return 0, errno
	}
	mbits := uint64(settings.speedHigh)<<16 | uint64(settings.speed)
	if mbits == speedUnknown {
		return 0, nil
	}
	return mbits * 1_000_000, nil
}
