package agent_test

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// The kernel has one table of neighbours for all customers: who asks us by ARP
// from a thousand addresses, over its line or from an app host, gets a few lines of
// it, and disturbs not even its own session.
func TestNobodyFillsTheTableOfNeighbours(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	before, _ := b.device.vif(b.line)
	for _, tt := range []struct {
		from       *linux.Namespace
		link, asks string
		tags       [][2]uint16
		at         string
	}{
		{b.customer.router, "eth0", ours.Addr().String(), [][2]uint16{{customerTag, 101}}, b.instance.VIF(device, b.line.vif.ID)},
		{b.app, "eth0", cidr.Addr().Next().String(), nil, b.instance.Network(host, string(b.line.vpc.ID))},
	} {
		at, err := linux.OpenNamespace(tt.at)
		must(t, err)
		defer at.Close()
		mac := hardware(t, tt.from, tt.link)
		r := raw{t: t, card: packetSocket(t, tt.from, tt.link), mac: mac}
		for i := range uint32(1000) {
			from := binary.BigEndian.AppendUint32(nil, 11<<24+i)
			r.send(1, ethernet(everybody, mac, 0x0806, arp(1, mac, net.IP(from).String(), tt.asks), tt.tags...))
		}
		if got := strings.Count(b.run(at, "ip", "neigh"), "\n"); got > 20 {
			t.Errorf("in %s the kernel has learned of %d neighbours", tt.at, got)
		}
	}
	b.crosses()
	if after, _ := b.device.vif(b.line); !after.Session[0].Since.Equal(before.Session[0].Since) {
		t.Error("the session is another one")
	}
}
