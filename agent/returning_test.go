package agent_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// frrRestarting starts FRR with what it says of its restarts, and a way to the VPC
// that does not depend on BGP.
func (b *bed) frrRestarting(said string) {
	b.t.Helper()
	b.customer.frrd(fmt.Sprintf(`
router bgp 65001
 bgp router-id 192.168.50.1
 no bgp ebgp-requires-policy
 %[3]s
 neighbor %[1]s remote-as 64512
 neighbor %[1]s password %[2]s
 neighbor %[1]s timers connect 2
 address-family ipv4 unicast
  network 192.168.50.0/24
`, ours.Addr(), key, said))
	b.device.established(b.line)
	b.run(b.customer.router, "ip", "route", "add", cidr.String(), "via", ours.Addr().String(), "metric", "4000")
	b.crosses()
}

// A customer's router whose BGP dies and comes back goes on forwarding, and is
// believed to if it has asked for that (RFC 4724, section 4.2). One that has not
// loses its routes with its session.
func TestACustomersRouterRestarts(t *testing.T) {
	t.Run("gracefully", func(t *testing.T) {
		b := newBed(t, newLine("acme-r1", "p1"))
		b.frrRestarting("bgp graceful-restart\n bgp graceful-restart preserve-fw-state")
		f := b.ping(b.app, hostAddress)
		b.customer.kill()
		b.goesDown()
		b.packetsPass(200)
		if v, _ := b.device.vif(b.line); v.Accepted.Len() != 1 {
			t.Errorf("%d prefixes of the router are in use while it is away", v.Accepted.Len())
		}
		b.customer.bgpd()
		b.device.established(b.line)
		b.echoed()
		if sent, lost := f.end(t); lost > 0 {
			t.Errorf("%d of %d packets were lost", lost, sent)
		}
		if v, _ := b.device.vif(b.line); v.Session[0].Flaps != 1 || len(v.Refused) != 0 {
			t.Errorf("the session has gone down %d times; refused are %v", v.Session[0].Flaps, v.Refused)
		}
	})
	t.Run("otherwise", func(t *testing.T) {
		b := newBed(t, newLine("acme-r1", "p1"))
		b.frrRestarting("bgp graceful-restart-disable")
		b.customer.kill()
		eventually(t, "its routes are gone with its session", func() bool {
			v, _ := b.device.vif(b.line)
			return !v.Session[0].Established() && v.Accepted.Len() == 0
		})
		eventually(t, "the VPC has no way to it", func() bool { return len(b.vpc().Propagated) == 0 })
		b.customer.bgpd()
		b.device.established(b.line)
		b.crosses()
	})
}

func (b *bed) goesDown() {
	b.t.Helper()
	eventually(b.t, "the session is down", func() bool {
		v, _ := b.device.vif(b.line)
		return !v.Session[0].Established()
	})
}

// echoed waits until FRR has sent our own prefix back to us, as it does, and
// packets have crossed since.
func (b *bed) echoed() {
	b.t.Helper()
	dir := filepath.Join(b.dir, b.customer.name)
	eventually(b.t, "FRR sends back what it was told", func() bool {
		return strings.Contains(b.run(b.customer.router, "vtysh", "--vty_socket", dir, "-c", "show bgp ipv4 neighbors "+ours.Addr().String()+" advertised-routes"), cidr.String())
	})
	b.packetsPass(100)
}
