package agent_test

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// The kernel has one table of neighbours for all customers: who asks us by ARP
// from a thousand addresses gets a few lines of it, and disturbs not even its own
// session.
func TestACustomerFillsNoTableOfNeighbours(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	before, _ := b.device.vif(b.line)
	vif, err := linux.OpenNamespace(b.instance.VIF(device, b.line.vif.ID))
	must(t, err)
	defer vif.Close()
	router := hardware(t, b.customer.router, "eth0.101")
	r := raw{t: t, card: packetSocket(t, b.customer.router, "eth0"), mac: router}
	for i := range uint32(1000) {
		from := binary.BigEndian.AppendUint32(nil, 11<<24+i)
		r.send(1, ethernet(everybody, router, 0x0806, arp(1, router, net.IP(from).String(), ours.Addr().String()), [2]uint16{customerTag, 101}))
	}
	if got := strings.Count(b.run(vif, "ip", "neigh"), "\n"); got > 20 {
		t.Errorf("the kernel has learned of %d neighbours", got)
	}
	b.crosses()
	if after, _ := b.device.vif(b.line); !after.Session[0].Since.Equal(before.Session[0].Since) {
		t.Error("the session is another one")
	}
}
