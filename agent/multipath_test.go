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

// A volley is what arrived of several flows, by flow.
type volley []int

// fire sends UDP of several flows from the app host to the host behind the
// customer's router, a packet of each in turn and then a pause. Meanwhile is
// called when a quarter is sent; nil for nothing.
func (p *pair) fire(flows, packets int, pause time.Duration, meanwhile func()) volley {
	t := p.t
	t.Helper()
	received := make(volley, flows)
	ports := map[uint16]int{}
	var target net.PacketConn
	must(t, p.customer.host.Do(func() (err error) {
		target, err = net.ListenPacket("udp4", hostAddress+":0")
		return err
	}))
	var guns []net.Conn
	must(t, p.app.Do(func() error {
		for i := range flows {
			gun, err := net.Dial("udp4", target.LocalAddr().String())
			if err != nil {
				return err
			}
			guns = append(guns, gun)
			ports[gun.LocalAddr().(*net.UDPAddr).AddrPort().Port()] = i
		}
		return nil
	}))
	var reading, doing sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, 16)
		for {
			_, from, err := target.ReadFrom(buffer)
			if err != nil {
				return
			}
			received[ports[from.(*net.UDPAddr).AddrPort().Port()]]++
		}
	})
	for i := range packets {
		if i == packets/4 && meanwhile != nil {
			doing.Go(meanwhile)
		}
		for _, gun := range guns {
			gun.Write([]byte("packet"))
		}
		time.Sleep(pause)
	}
	doing.Wait()
	target.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // what is on its way arrives
	reading.Wait()
	target.Close()
	for _, gun := range guns {
		gun.Close()
	}
	return received
}

// lost are the packets of so many that did not arrive, by flow.
func (v volley) lost(packets int) (lost []int) {
	for _, received := range v {
		lost = append(lost, packets-received)
	}
	return lost
}

// arrived counts packets by the customer's cable that they came by.
func (p *pair) arrived() (packets [2]uint64) {
	p.t.Helper()
	for i, name := range []string{"eth0.101", "eth1.101"} {
		link, _, err := linux.LinkState(p.customer.router, name)
		must(p.t, err)
		packets[i] = link.RxPackets
	}
	return packets
}

// Two equal lines of one gateway carry traffic together, whether they are on
// one device or on two, and a flow keeps to one of them.
func TestEqualPathsAreUsedTogether(t *testing.T) {
	for name, other := range map[string]demarc.NodeID{"one device": device, "two devices": second} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, other)
			p.customer.birdBFD([2]netip.Prefix{theirs, ours}, [2]netip.Prefix{theirs2, ours2})
			for i := range p.lines {
				eventually(t, "BGP and BFD are up", func() bool { return p.isUp(i) })
			}
			p.spreads()
			p.keepsTo()
			p.losesAPath()
			p.mend(0)
			eventually(t, "the line is back", func() bool { return p.isUp(0) })
			p.spreads()
		})
	}
}

// spreads waits until many flows use both lines.
func (p *pair) spreads() {
	p.t.Helper()
	eventually(p.t, "many flows use both lines", func() bool {
		before := p.arrived()
		p.fire(64, 5, 0, nil)
		after := p.arrived()
		return after[0]-before[0] > 80 && after[1]-before[1] > 80
	})
}

// keepsTo checks that one flow uses one line. The other has BGP and BFD only.
func (p *pair) keepsTo() {
	p.t.Helper()
	before := p.arrived()
	p.fire(1, 500, 0, nil)
	after := p.arrived()
	few, many := after[0]-before[0], after[1]-before[1]
	if few > many {
		few, many = many, few
	}
	if few > 50 || many < 450 {
		p.t.Errorf("of 500 packets of one flow %d came by one line and %d by the other", few, many)
	}
}

// losesAPath checks that the flows of a line that is cut pause, and others do
// not notice.
func (p *pair) losesAPath() {
	t := p.t
	t.Helper()
	const pause, packets = 10 * time.Millisecond, 300
	lost := p.fire(32, packets, pause, func() { p.cut(0) }).lost(packets)
	unharmed := 0
	for flow, n := range lost {
		switch {
		case n == 0:
			unharmed++
		case n > int(soon/pause):
			t.Errorf("flow %d lost %d of %d packets", flow, n, packets)
		}
	}
	t.Logf("lost by flow: %v", lost)
	if unharmed < 6 || unharmed > 26 {
		t.Errorf("%d of 32 flows were unharmed, want those of one line", unharmed)
	}
}
