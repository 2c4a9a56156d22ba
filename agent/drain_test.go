package agent_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whoever drains a session says why, and the router's engineer can read it (RFC
// 9003): in FRR's neighbour.
func TestTheTextOfADrainReachesTheRouter(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.frr(theirs.Addr(), ours.Addr(), key)
	b.device.established(b.line)
	const why = "planned maintenance mt-0123"
	drained := b.line
	drained.vif.Peers = slices.Clone(b.line.vif.Peers)
	drained.vif.Peers[0].Shut, drained.vif.Peers[0].Why = true, why
	b.device.tell(deviceIntent(2, drained))
	eventually(t, "the router shows the text", func() bool {
		shown := b.run(b.customer.router, "vtysh", "--vty_socket", filepath.Join(b.dir, b.customer.name), "-c", "show bgp neighbors json")
		return strings.Contains(shown, `"lastShutdownDescription":"`+why+`"`)
	})
	b.device.tell(deviceIntent(3, b.line))
	b.device.established(b.line)
}
