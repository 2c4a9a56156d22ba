package agent_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc"
	"demarc/agent/linux"
	"demarc/desk"
	"demarc/store"
	"demarc/store/storetest"
)

// A mistake is one that a customer makes on its router, and what it is to be
// called.
type mistake struct {
	code string
	mtu  int         // of the interface; the router's is 1500
	tag  demarc.VLAN // of the router's
	ends [2]netip.Prefix
	// edit makes it in BIRD's configuration, then does it elsewhere; nil for
	// neither.
	edit func(string) string
	then func(*testing.T, *customer)
}

// replaced is an edit.
func replaced(old, new string) func(string) string {
	return func(config string) string { return strings.Replace(config, old, new, 1) }
}

var mistakes = map[string]mistake{
	"none":             {},
	"the VLAN":         {code: "E-VLAN-MISMATCH", tag: 102},
	"a tag in the tag": {code: "E-VLAN-QINQ", tag: 103, then: doubleTagged},
	"nothing there":    {code: "E-ARP-NONE", then: func(t *testing.T, c *customer) { must(t, linux.SetLink(c.router, "eth0.101", false)) }},
	"the ends swapped": {code: "E-PEER-IP", ends: [2]netip.Prefix{ours, theirs}},
	"its ASN":          {code: "E-ASN-MISMATCH", edit: replaced("as 65001", "as 65099")},
	"our ASN":          {code: "E-ASN-MISMATCH", edit: replaced("as 64512", "as 64999")},
	"another key":      {code: "E-MD5-MISMATCH", edit: replaced(key, "another key")},
	"no key":           {code: "E-MD5-MISSING", edit: replaced(`password "`+key+`";`, "")},
	"a filter":         {code: "E-TCP179-BLOCKED", then: func(t *testing.T, c *customer) { c.filters() }},
	"TTL security":     {code: "E-MULTIHOP", edit: replaced("connect delay", "ttl security on; connect delay")},
	"a smaller MTU":    {code: "E-MTU-PATH", mtu: 9001},
	"BFD of its own": {code: "E-BFD-MISMATCH", edit: func(config string) string {
		config = strings.Replace(config, "multiplier 3;", "multiplier 3; authentication simple; password \"secret\";", 1)
		return strings.Replace(config, "connect delay", "bfd on; connect delay", 1)
	}},
}

// filters drops what belongs to BGP.
func (c *customer) filters() {
	c.world.t.Helper()
	for _, rule := range []string{"add table inet block", "add chain inet block in { type filter hook input priority 0; }", "add chain inet block out { type filter hook output priority 0; }",
		"add rule inet block in tcp dport 179 drop", "add rule inet block in tcp sport 179 drop", "add rule inet block out tcp dport 179 drop", "add rule inet block out tcp sport 179 drop"} {
		c.world.run(c.router, "nft", rule)
	}
}

// doubleTagged sends ARP with a tag in the interface's tag until the test ends,
// as a switch on the way does.
func doubleTagged(t *testing.T, c *customer) {
	link, _, err := linux.LinkState(c.router, "eth0")
	must(t, err)
	var fd int
	must(t, c.router.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	}))
	frame := slices.Concat([]byte{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1})
	for _, half := range []uint16{0x8100, 101, 0x8100, 7, 0x806, 1, 0x800, 0x604, 1} {
		frame = binary.BigEndian.AppendUint16(frame, half)
	}
	frame = slices.Concat(frame, []byte{2, 0, 0, 0, 0, 1}, theirs.Addr().AsSlice(), make([]byte, 6), ours.Addr().AsSlice(), make([]byte, 18))
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer unix.Close(fd)
		for {
			_ = unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index})
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(done); <-ended })
}

// A culprit is one customer that makes a mistake, and what it was called.
type culprit struct {
	name string
	mistake
	line  line
	named map[string]int // by code, how many looks said so
	first time.Duration  // until it was called what it is; below zero before
}

// rounds is how often each mistake is made: 4 times 13 are more than 50.
const rounds = 4

// TestFaultsAreSeldomMisnamed has many customers on one device make every
// mistake at once, each on a real router, and looks every half second for half a
// minute what the desk calls it from what the device reports.
func TestFaultsAreSeldomMisnamed(t *testing.T) {
	w := newWorld(t)
	device := w.node(device)
	var all []*culprit
	var lines []line
	first := newLine("r0", "p0")
	for round := range rounds {
		for _, name := range slices.Sorted(maps.Keys(mistakes)) {
			n := round*len(mistakes) + len(all)%len(mistakes)
			l := newLine(fmt.Sprintf("r%d", n), fmt.Sprintf("p%d", n))
			l.gateway, l.vif.Gateway, l.vpc = first.gateway, first.gateway, first.vpc
			if m := mistakes[name]; m.mtu > 0 {
				l.vif.MTU = m.mtu
			}
			all = append(all, &culprit{name: name, mistake: mistakes[name], line: l, named: map[string]int{}, first: -1})
			lines = append(lines, l)
		}
	}
	for _, c := range all {
		w.place(c.line.customer)
	}
	told := deviceIntent(1, lines...)
	told.Device.Gateways = told.Device.Gateways[:1]
	device.tell(told)
	w.place(first.customer + "-app")
	w.node(host).tell(hostIntent(1, first))
	for _, c := range all {
		c.begin(t, w)
	}
	st := suspects(t, all)
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(500 * time.Millisecond) {
		for _, c := range all {
			c.look(t, st, device, time.Since(began))
		}
	}
	var wrong []string
	for _, c := range all {
		if c.first < 0 {
			t.Errorf("%s (%s) was not called %s within half a minute; it was %v", c.name, c.line.customer, c.code, c.named)
		}
		for code := range c.named {
			// That nobody is there is true until the router has spoken.
			if code != c.code && code != "E-ARP-NONE" {
				wrong = append(wrong, fmt.Sprintf("%s was called %s, %d times", c.name, code, c.named[code]))
			}
		}
		t.Logf("%-20s %-18s after %v", c.name, c.code, c.first)
	}
	t.Logf("%d of %d were called by a wrong name at any time: %v", len(wrong), len(all), wrong)
	if 50*len(wrong) > len(all) {
		t.Errorf("%d of %d were called by a wrong name, want one in 50 at most: %v", len(wrong), len(all), wrong)
	}
}

// begin configures the customer's router, with its mistake.
func (c *culprit) begin(t *testing.T, w *world) {
	t.Helper()
	router, err := linux.OpenNamespace(w.instance.Namespace(c.line.customer))
	must(t, err)
	t.Cleanup(func() { router.Close() })
	r := &customer{world: w, name: c.line.customer, router: router}
	near, far, tag := theirs, ours, demarc.VLAN(101)
	if c.ends[0].IsValid() {
		near, far = c.ends[0], c.ends[1]
	}
	if c.tag != 0 {
		tag = c.tag
	}
	r.tag(tag, near)
	config := fmt.Sprintf(`
router id 192.168.50.1;
protocol device { scan time 1; }
protocol bfd { interface "eth*" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }
protocol static { ipv4; route 192.168.50.0/24 blackhole; }
protocol bgp dx {
	local %s as 65001;
	neighbor %s as 64512;
	password "%s";
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source != RTS_BGP; };
}
`, near.Addr(), far.Addr(), key)
	if c.edit != nil {
		config = c.edit(config)
	}
	if c.then != nil {
		c.then(t, r)
	}
	dir := filepath.Join(w.dir, r.name)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(dir+"/bird.conf", []byte(config), 0o644))
	r.daemon = exec.Command("ip", "netns", "exec", router.Name(), "bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	must(t, r.daemon.Start())
	t.Cleanup(r.kill)
}

// suspects is the desk's view of them: a link with one leg each.
func suspects(t *testing.T, all []*culprit) *store.Store {
	t.Helper()
	st := storetest.Open(t, store.Config{Dir: t.TempDir()}, store.Tables()...)
	must(t, st.Write(t.Context(), func(tx *store.Tx) error {
		for _, c := range all {
			env, id := "env-"+c.line.customer, string(c.line.vif.ID)
			store.Environments.Put(tx, demarc.Environment{Name: env, Platform: "333333333333", Customer: "111111111111", Gateway: c.line.gateway})
			store.Links.Put(tx, demarc.Link{
				ID: c.link(), Environment: env, Customer: "111111111111", Topology: demarc.OwnCage,
				Legs: []demarc.Leg{{ID: "a", Location: "LIS1", Bandwidth: demarc.Gbps}},
			})
			store.Connections.Put(tx, demarc.Connection{
				ID: demarc.ConnectionID("dxcon-" + id), Owner: "111111111111", Location: "LIS1", Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable,
				Port: c.line.port.ID, Tags: []demarc.Tag{{Key: desk.LinkTag, Value: string(c.link())}},
			})
			peer := c.line.vif.Peers[0]
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
				ID: c.line.vif.ID, Type: demarc.PrivateVIF, Owner: "333333333333", ConnectionOwner: "111111111111", Connection: demarc.ConnectionID("dxcon-" + id),
				VLAN: 101, MTU: c.line.vif.MTU, State: demarc.VIFDown, Gateway: c.line.gateway, GatewayASN: peer.LocalASN,
				Peers: []demarc.BGPPeer{{ID: peer.ID, ASN: peer.PeerASN, AmazonAddress: peer.Local, CustomerAddress: peer.Remote}},
			})
		}
		return nil
	}))
	return st
}

func (c *culprit) link() demarc.LinkID { return demarc.LinkID("lk-" + string(c.line.vif.ID)) }

// look has the desk name what a device reports now.
func (c *culprit) look(t *testing.T, st *store.Store, device *node, at time.Duration) {
	t.Helper()
	seen, there := device.vif(c.line)
	if !there {
		return
	}
	must(t, st.Write(t.Context(), func(tx *store.Tx) error {
		store.VIFSightings.Put(tx, seen)
		for _, p := range device.report().Ports {
			if p.ID == c.line.port.ID {
				store.PortSightings.Put(tx, *p)
			}
		}
		return nil
	}))
	link, _ := store.Links.Get(st.Local(), string(c.link()))
	for _, s := range desk.Steps(st.Local(), link, time.Now()) {
		if s.ID == "session" {
			c.called(s.Code, at)
		}
	}
}

func (c *culprit) called(code string, at time.Duration) {
	if code != "" {
		c.named[code]++
	}
	if code == c.code && c.first < 0 {
		c.first = at
	}
}
