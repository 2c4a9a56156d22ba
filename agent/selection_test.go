package agent_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"demarc"
)

// Filters of BIRD's for what a customer's router says on one line.
const (
	tagLow    = "bgp_community.add((7224, 7100)); "
	tagMedium = "bgp_community.add((7224, 7200)); "
	tagHigh   = "bgp_community.add((7224, 7300)); "
	prepended = "bgp_path.prepend(65001); bgp_path.prepend(65001); "
	far       = "bgp_med = 200; "
	near      = "bgp_med = 100; "
)

// configure writes what BIRD says on each of its two lines.
func (p *pair) configure(filters [2]string) string {
	p.t.Helper()
	dir := filepath.Join(p.dir, p.customer.name)
	must(p.t, os.MkdirAll(dir, 0o755))
	config := `
router id 192.168.50.1;
protocol device { scan time 1; }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { merge paths on; ipv4 { export where source = RTS_BGP; }; }
`
	for i, ends := range [][2]netip.Prefix{{theirs, ours}, {theirs2, ours2}} {
		config += fmt.Sprintf(`
protocol bgp dx%d {
	local %s as 65001;
	neighbor %s as 64512;
	password "%s";
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export filter { if source = RTS_BGP then reject; %s accept; }; };
}
`, i, ends[0].Addr(), ends[1].Addr(), key, filters[i])
	}
	must(p.t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	return dir
}

// What a customer says of its lines decides which of them carry what the VPC
// sends: local preference before the length of the path, that before MED, and
// all that are equal together; also where the lines are on two devices, which
// hear of each other's customer from the VPC's host only.
func TestTheCustomerChoosesThePath(t *testing.T) {
	for name, other := range map[string]demarc.NodeID{"one device": device, "two devices": second} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, other)
			dir := p.configure([2]string{})
			p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
			for i := range p.lines {
				eventually(t, "BGP is up", func() bool { return p.session(i).Established() })
			}
			for _, tt := range []struct {
				name    string
				filters [2]string
				used    [2]bool
			}{
				{"nothing said", [2]string{}, [2]bool{true, true}},
				{"high before low", [2]string{tagHigh, tagLow}, [2]bool{true, false}},
				{"low is below none", [2]string{tagLow, ""}, [2]bool{false, true}},
				{"medium is as none", [2]string{"", tagMedium}, [2]bool{true, true}},
				{"the shorter path", [2]string{prepended, ""}, [2]bool{false, true}},
				{"preference before length", [2]string{tagHigh + prepended, ""}, [2]bool{true, false}},
				{"the lower MED", [2]string{far, near}, [2]bool{false, true}},
				{"length before MED", [2]string{near + prepended, far}, [2]bool{false, true}},
				{"equal in all", [2]string{tagHigh + prepended + near, tagHigh + prepended + near}, [2]bool{true, true}},
			} {
				p.configure(tt.filters)
				p.run(p.customer.router, "birdc", "-s", dir+"/bird.ctl", "configure")
				eventually(t, fmt.Sprintf("%s: lines %v carry what the VPC sends", tt.name, tt.used), func() bool { return p.used() == tt.used })
			}
		})
	}
}

// used are the lines that carry any of many flows to the customer.
func (p *pair) used() (used [2]bool) {
	p.t.Helper()
	before := p.arrived()
	p.fire(32, 5, 0, nil)
	after := p.arrived()
	for i := range used {
		used[i] = after[i]-before[i] > 30 // BGP is a few
	}
	return used
}
