package vlan_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
	"demarc/agent/vlan"
)

// listed is the set of VIFs as keys.
func listed(t *testing.T, d *vlan.Demux) []vlan.Key {
	t.Helper()
	vifs, err := d.VIFs()
	must(t, err)
	var keys []vlan.Key
	for key := range vifs {
		keys = append(keys, key)
	}
	return keys
}

// After any of these a list shows that the VIF is not whole, and putting
// everything again makes it so.
func TestDamageIsSeenAndRepaired(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage []string
	}{
		{"vi link deleted", []string{"ip", "link", "del", "vi101"}},
		{"port deleted", []string{"ip", "link", "del", "port"}},
		{"vi filter removed", []string{"tc", "qdisc", "del", "dev", "vi101", "clsact"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			provider, customer := s.line(t, 101)
			run(t, s.edge, test.damage...)
			if keys := listed(t, s.provider); len(keys) != 0 {
				t.Errorf("the damaged VIF is listed: %v", keys)
			}
			s.putAgain(t, provider, customer)
			ping(t, customer, 1)
			if diff := cmp.Diff([]vlan.Key{{Port: "port", VLAN: 101}}, listed(t, s.provider)); diff != "" {
				t.Errorf("VIFs after the repair (-want +got):\n%s", diff)
			}
		})
	}
}

func (s *site) putAgain(t *testing.T, provider, customer *linux.Namespace) {
	t.Helper()
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.edge, Name: "port", MTU: 1504},
		linux.End{Namespace: s.router, Name: "eth0", MTU: 1504}))
	s.links(t, 101, provider, customer)
	must(t, s.provider.EnsurePort("port"))
	must(t, s.cust.EnsurePort("eth0"))
	must(t, s.provider.EnsureVIF(vlan.VIF{Port: "port", VLAN: 101, Link: "vi101"}))
	must(t, s.cust.EnsureVIF(vlan.VIF{Port: "eth0", VLAN: 101, Link: "h101"}))
}

func TestPortFilterRemovedIsSeen(t *testing.T) {
	s := newSite(t)
	_, customer := s.line(t, 101)
	run(t, s.edge, "tc", "qdisc", "del", "dev", "port", "clsact")
	if ports, err := s.provider.Ports(); err != nil || len(ports) != 0 {
		t.Errorf("ports are %v (%v), want none", ports, err)
	}
	must(t, s.provider.EnsurePort("port"))
	ping(t, customer, 1)
}

// A tag that moves to another link must leave the first one silent, and a link
// that moves to another tag must not hear the first one.
func TestMovingLeavesNoWayBehind(t *testing.T) {
	s := newSite(t)
	provider1, customer1 := s.line(t, 101)
	provider2, customer2 := s.line(t, 102)
	must(t, s.provider.EnsureVIF(vlan.VIF{Port: "port", VLAN: 103, Link: "vi102"}))
	if out, err := try(customer2, "ping", "-c1", "-W1", "169.254.0.1"); err == nil {
		t.Errorf("tag 102 still leads somewhere:\n%s", out)
	}
	must(t, s.provider.EnsureVIF(vlan.VIF{Port: "port", VLAN: 101, Link: "vi102"}))
	ping(t, customer1, 1)
	if got := listed(t, s.provider); len(got) != 1 {
		t.Errorf("VIFs are %v, want only tag 101", got)
	}
	cable := newTap(t, s.edge, "port")
	before := received(t, s.edge, "vi101")
	newTap(t, provider1, "vif").send(frame())
	eventually(t, "the frame of the first link arrives at the edge", func() bool {
		return received(t, s.edge, "vi101") > before
	})
	if tags := injected(cable.waiting()); len(tags) != 0 {
		t.Errorf("the link that lost its tag reached the cable with tags %v", tags)
	}
	newTap(t, provider2, "vif").send(frame())
	var tags []int
	eventually(t, "the frame of the second link is on the cable", func() bool {
		tags = append(tags, injected(cable.waiting())...)
		return len(tags) > 0
	})
	if diff := cmp.Diff([]int{101}, tags); diff != "" {
		t.Errorf("tags of the link that has moved (-want +got):\n%s", diff)
	}
}

// injected picks the frames that a test sent, by their source, and returns
// their tags; the customer's router talks on the same cable.
func injected(frames []seen) (tags []int) {
	for _, f := range frames {
		if bytes.Equal(f.data[6:12], frame()[6:12]) {
			tags = append(tags, f.tag)
		}
	}
	return tags
}

// received is how many frames a link has got.
func received(t *testing.T, n *linux.Namespace, link string) uint64 {
	t.Helper()
	state, _, err := linux.LinkState(n, link)
	must(t, err)
	return state.RxPackets
}
