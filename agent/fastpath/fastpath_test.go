package fastpath_test

import (
	"testing"

	"demarc/agent/fastpath"
)

func TestOrdinaryPacketsDoNotPassTheStack(t *testing.T) {
	if !fastpath.Supported() {
		t.Fatal("this kernel has no fast path")
	}
	s := newSite(t, 1)
	for _, to := range []string{behind, behind6} {
		if n := s.stacked(t, func() { contains(t, ping(t, s.app, to), "ttl=63") }); n != 0 {
			t.Errorf("the stack forwarded %d of 10 packets to and from %s", n, to)
		}
	}
	must(t, fastpath.Remove(s.router))
	if n := s.stacked(t, func() { ping(t, s.app, behind) }); n != 10 {
		t.Errorf("without the fast path the stack forwarded %d of 10 packets", n)
	}
}

func TestOldKernelsForwardByTheStack(t *testing.T) {
	s := newSite(t, 1)
	fastpath.OnOldKernel(t)
	s.put(t)
	if left := s.programs(t); len(left) != 0 {
		t.Errorf("there are programs still: %v", left)
	}
	for _, to := range []string{behind, behind6} {
		if n := s.stacked(t, func() { contains(t, ping(t, s.app, to), "ttl=63") }); n != 10 {
			t.Errorf("the stack forwarded %d of 10 packets to and from %s", n, to)
		}
	}
}
