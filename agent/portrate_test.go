package agent_test

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
)

// TestInterfacesShareThePortsSpeed: two interfaces that may each use all of their
// port have no more of it together than one, either way.
func TestInterfacesShareThePortsSpeed(t *testing.T) {
	const rate = 100 * demarc.Mbps
	w := newWorld(t)
	first, second := newLine("acme-r1", "p1"), newLine("acme-r1", "p1")
	near, far := netip.MustParsePrefix("169.254.20.1/30"), netip.MustParsePrefix("169.254.20.2/30")
	second.vif.VLAN, second.vif.Peers[0].Local, second.vif.Peers[0].Remote = 102, near, far
	second.vpc.CIDR = netip.MustParsePrefix("10.9.2.0/24")
	second.vpc.Hosts[0].Address = netip.MustParseAddr("10.9.2.10")
	second.vpc.Hosts[0].Jack.Namespace = "acme-r1-app2"
	second.vpc.Hosts[0].Jack.Address, second.vpc.Hosts[0].Jack.Router = netip.MustParsePrefix("10.9.2.10/24"), netip.MustParseAddr("10.9.2.1")
	first.port.Rate, second.port.Rate = rate, rate
	customer, app1, app2 := w.customer("acme-r1"), w.place("acme-r1-app"), w.place("acme-r1-app2")
	h, d := w.node(host), w.node(device)
	h.tell(hostIntent(1, first, second))
	d.tell(deviceIntent(1, first, second))
	customer.tag(101, theirs)
	customer.tag(102, far)
	customer.birdBFD([2]netip.Prefix{theirs, ours}, [2]netip.Prefix{far, near})
	eventually(t, "both VPCs are reached", func() bool {
		return w.reaches(customer.host, appAddress) && w.reaches(customer.host, "10.9.2.10") && w.reaches(app1, hostAddress) && w.reaches(app2, hostAddress)
	})
	for way, flows := range map[string][]flow{
		"from": {{customer.host, app1, appAddress}, {customer.host, app2, "10.9.2.10"}},
		"to":   {{app1, customer.host, hostAddress}, {app2, customer.host, hostAddress}},
	} {
		part := 0.0
		eventually(t, way+" the customer the port's speed is kept", func() bool {
			part = w.share(flows, rate)
			t.Logf("%s the customer: %.3f of %s", way, part, rate)
			return part > 0.9 && part < 1.05
		})
	}
}

// A flow goes from one place to another's address.
type flow struct {
	from, to *linux.Namespace
	address  string
}

// share has each flow send at the whole rate, and returns what part of it goes
// through of all of them together.
func (w *world) share(flows []flow, rate demarc.Bandwidth) float64 {
	w.t.Helper()
	ends, before := map[*linux.Namespace]bool{}, uint64(0)
	var guns []net.Conn
	for _, f := range flows {
		ends[f.to] = true
		must(w.t, f.from.Do(func() error {
			gun, err := net.Dial("udp4", net.JoinHostPort(f.address, "9"))
			guns = append(guns, gun)
			return err
		}))
	}
	received := func() (n uint64) {
		for end := range ends {
			n += w.received(end)
		}
		return n
	}
	before = received()
	begin := time.Now()
	var sending sync.WaitGroup
	for _, gun := range guns {
		sending.Go(func() {
			defer gun.Close()
			payload, sent := make([]byte, frame-42), 0.0
			for elapsed := time.Duration(0); elapsed < time.Second; elapsed = time.Since(begin) {
				for ; sent < elapsed.Seconds()*float64(rate)/8; sent += frame {
					gun.Write(payload) // nobody reads: what is refused says so by ICMP
				}
				time.Sleep(time.Millisecond) // the pace of what is sent
			}
		})
	}
	sending.Wait()
	return float64(received()-before) * 8 / time.Since(begin).Seconds() / float64(rate)
}
