package linux_test

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"demarc/agent/linux"
)

func TestSpeedIsWhatTheDriverSays(t *testing.T) {
	n := fresh(t)
	run(t, n, "ip", "tuntap", "add", "tap0", "mode", "tap")
	run(t, n, "ip", "link", "set", "tap0", "up")
	mbits, err := strconv.ParseUint(strings.TrimSpace(run(t, n, "cat", "/sys/class/net/tap0/speed")), 10, 64)
	must(t, err)
	if got, err := linux.Speed(n, "tap0"); got != mbits*1_000_000 || err != nil {
		t.Errorf("the speed is %d, %v, want %d Mbit/s", got, err, mbits)
	}
	if got, err := linux.Speed(n, "lo"); got != 0 || err != nil {
		t.Errorf("the speed of what has none is %d, %v, want 0", got, err)
	}
	if _, err := linux.Speed(n, "eth9"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the speed of no link: %v", err)
	}
}

func TestAVethIsFasterThanItSays(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	if got, err := linux.Speed(a.Namespace, "x"); got != 100_000_000_000 || err != nil {
		t.Errorf("the speed of a veth is %d, %v, want 100 Gbit/s", got, err)
	}
}
