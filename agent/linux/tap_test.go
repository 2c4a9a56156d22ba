package linux_test

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"demarc/agent/linux"
)

// TestATapHears has a neighbour ask by ARP, call port 179, call another port,
// and be refused.
func TestATapHears(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	tap, err := linux.OpenTap(b.Namespace, "x")
	must(t, err)
	defer tap.Close()
	call := func(from *linux.Namespace, to string) {
		must(t, from.Do(func() error {
			if conn, err := net.DialTimeout("tcp4", to, time.Second); err == nil {
				conn.Close()
			}
			return nil // nobody listens
		}))
	}
	call(a.Namespace, "10.9.0.2:180")
	call(a.Namespace, "10.9.0.2:179")
	call(b.Namespace, "10.9.0.1:179")
	var heard []linux.Heard
	eventually(t, "it was heard", func() bool {
		more, err := tap.Read()
		must(t, err)
		heard = append(heard, more...)
		return slices.ContainsFunc(heard, func(h linux.Heard) bool { return h.Resets })
	})
	neighbour := netip.MustParseAddr("10.9.0.1")
	for what, is := range map[string]func(linux.Heard) bool{
		"ARP":    func(h linux.Heard) bool { return h.Target == netip.MustParseAddr("10.9.0.2") && len(h.MAC) == 17 },
		"a call": func(h linux.Heard) bool { return h.Called && h.Opens && h.TTL == 64 && !h.Signed },
		"a no":   func(h linux.Heard) bool { return !h.Called && h.Resets && !h.Opens },
	} {
		if !slices.ContainsFunc(heard, func(h linux.Heard) bool { return h.From == neighbour && is(h) }) {
			t.Errorf("%s was not heard: %+v", what, heard)
		}
	}
	if n := len(slices.DeleteFunc(heard, func(h linux.Heard) bool { return !h.Called })); n != 1 {
		t.Errorf("%d calls were heard, want that of port 179 alone", n)
	}
	if _, err := linux.OpenTap(b.Namespace, "none"); err == nil {
		t.Error("a tap was put on a link that there is not")
	}
}

// TestATapAsksWhoIsThere: the neighbour says so, and a neighbour that there is
// not says nothing.
func TestATapAsksWhoIsThere(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	tap, err := linux.OpenTap(b.Namespace, "x")
	must(t, err)
	defer tap.Close()
	from, there := netip.MustParseAddr("10.9.0.2"), netip.MustParseAddr("10.9.0.1")
	must(t, tap.Ask(from, netip.MustParseAddr("10.9.0.3")))
	must(t, tap.Ask(from, there))
	var heard []linux.Heard
	eventually(t, "it answers", func() bool {
		more, err := tap.Read()
		must(t, err)
		heard = append(heard, more...)
		return len(heard) > 0
	})
	if len(heard) != 1 || heard[0].From != there || heard[0].Target != from {
		t.Errorf("heard %+v", heard)
	}
}

// TestATapHearsSignatures: right or wrong, it is there or not.
func TestATapHearsSignatures(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	tap, err := linux.OpenTap(b.Namespace, "x")
	must(t, err)
	defer tap.Close()
	must(t, a.Namespace.Do(func() error { return callSigned(t, [4]byte{10, 9, 0, 2}) }))
	eventually(t, "a signed call was heard", func() bool {
		heard, err := tap.Read()
		must(t, err)
		return slices.ContainsFunc(heard, func(h linux.Heard) bool { return h.Called && h.Opens && h.Signed })
	})
}
