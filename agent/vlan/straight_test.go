package vlan_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
	"demarc/agent/vlan"
)

// straightLine is a line of tag 101 whose frames go straight to the provider,
// where the address of the port is the VIF's as well.
func straightLine(t *testing.T) (s *site, provider, customer *linux.Namespace) {
	t.Helper()
	s = newSite(t)
	provider, customer = s.line(t, 101)
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.edge, Name: "vi101", MTU: 1500},
		linux.End{Namespace: provider, Name: "vif", MTU: 1500, MAC: mac(t, s.edge, "port"), Addresses: []netip.Prefix{netip.MustParsePrefix("169.254.0.1/30")}}))
	must(t, s.provider.EnsureVIF(straight))
	ping(t, customer, 1) // neighbours are known from here on
	return s, provider, customer
}

var straight = vlan.VIF{Port: "port", VLAN: 101, Link: "vi101", Straight: true}

func mac(t *testing.T, n *linux.Namespace, link string) net.HardwareAddr {
	t.Helper()
	state, _, err := linux.LinkState(n, link)
	must(t, err)
	return state.MAC
}

// queued is how many frames the vi link took, and how many of them its far end
// was too small for.
func (s *site) queued(t *testing.T) (taken, dropped uint64) {
	t.Helper()
	state, _, err := linux.LinkState(s.edge, "vi101")
	must(t, err)
	return state.TxPackets, state.TxDropped
}

func TestStraightFramesPassTheQueueAndCount(t *testing.T) {
	s, provider, customer := straightLine(t)
	taken, _ := s.queued(t)
	before, key := received(t, provider, "vif"), vlan.Key{Port: "port", VLAN: 101}
	counted := reading(t, s.provider).VIFs[key]
	ping(t, customer, 10)
	if now, _ := s.queued(t); now != taken {
		t.Errorf("%d frames went by the queue of the link", now-taken)
	}
	if got := received(t, provider, "vif") - before; got != 10 {
		t.Errorf("the VIF's end counts %d frames, want 10", got)
	}
	after := reading(t, s.provider).VIFs[key]
	if rx, tx := after.RxPackets-counted.RxPackets, after.TxPackets-counted.TxPackets; rx != 10 || tx != 10 {
		t.Errorf("counted %d and %d frames, want 10 each way", rx, tx)
	}
	vifs, err := s.provider.VIFs()
	must(t, err)
	if diff := cmp.Diff(map[vlan.Key]vlan.VIF{key: straight}, vifs); diff != "" {
		t.Errorf("VIFs (-want +got):\n%s", diff)
	}
}

// What the link would refuse is refused by it and counted there, as without the
// short way.
func TestWhatIsTooLongIsNotTakenStraight(t *testing.T) {
	s, _, customer := straightLine(t)
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.router, Name: "h101", MTU: 9000},
		linux.End{Namespace: customer, Name: "eth0.101", MTU: 9000, Addresses: []netip.Prefix{netip.MustParsePrefix("169.254.0.2/30")}}))
	run(t, s.router, "ip", "link", "set", "eth0", "mtu", "9004")
	run(t, s.edge, "ip", "link", "set", "port", "mtu", "9004")
	_, dropped := s.queued(t)
	if out, err := try(customer, "ping", "-c1", "-W1", "-Mdo", "-s2000", "169.254.0.1"); err == nil {
		t.Errorf("a packet longer than the VIF's is answered:\n%s", out)
	}
	if _, now := s.queued(t); now != dropped+1 {
		t.Errorf("the link counts %d dropped frames, want 1", now-dropped)
	}
	run(t, customer, "ping", "-c1", "-W2", "-Mdo", "-s1472", "169.254.0.1")
}

// A frame for somebody else comes by where tags are flooded. It is not ours.
func TestWhatIsForAnotherAddressIsNotTaken(t *testing.T) {
	s, provider, customer := straightLine(t)
	run(t, customer, "ip", "neigh", "replace", "169.254.0.1", "lladdr", "02:00:00:00:00:77", "dev", "eth0.101")
	before := received(t, provider, "vif")
	if out, err := try(customer, "ping", "-c1", "-W1", "169.254.0.1"); err == nil {
		t.Errorf("a frame for another address is answered:\n%s", out)
	}
	if got := received(t, provider, "vif") - before; got != 1 {
		t.Errorf("the VIF's end counts %d frames, want the one that is not for it", got)
	}
	taken, _ := s.queued(t)
	run(t, customer, "ip", "neigh", "replace", "169.254.0.1", "lladdr", mac(t, s.edge, "port").String(), "dev", "eth0.101")
	ping(t, customer, 1)
	if now, _ := s.queued(t); now != taken {
		t.Error("what is for the VIF went by the queue")
	}
}

// An end that has an address of its own, as every one had once, gets all it got.
func TestAnEndWithItsOwnAddressLosesNothing(t *testing.T) {
	s := newSite(t)
	_, customer := s.line(t, 101)
	must(t, s.provider.EnsureVIF(straight))
	before, _ := s.queued(t)
	ping(t, customer, 5)
	if now, _ := s.queued(t); now < before+5 {
		t.Errorf("%d frames went by the queue, want at least 5", now-before)
	}
}

func TestAnOldKernelKnowsNoShortWay(t *testing.T) {
	vlan.OldKernel(t)
	s, _, customer := straightLine(t)
	before, _ := s.queued(t)
	ping(t, customer, 5)
	if now, _ := s.queued(t); now < before+5 {
		t.Errorf("%d frames went by the queue, want at least 5", now-before)
	}
}

// The way is changed under traffic, when a rate comes or goes.
func TestChangingTheWayLosesNothing(t *testing.T) {
	s, _, customer := straightLine(t)
	result := make(chan string, 1)
	go func() {
		out, _ := try(customer, "ping", "-q", "-c300", "-i0.005", "-W2", "169.254.0.1")
		result <- out
	}()
	queued := straight
	queued.Straight = false
	for {
		select {
		case out := <-result:
			if !strings.Contains(out, " 0% packet loss") {
				t.Errorf("packets were lost while the way was changed:\n%s", out)
			}
			return
		default:
			must(t, s.provider.EnsureVIF(queued))
			must(t, s.provider.EnsureVIF(straight))
		}
	}
}
