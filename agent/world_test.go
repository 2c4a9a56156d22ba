package agent_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/agent"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/vlan"
	"demarc/internal/testnet"
)

// patience is how long a test waits for something that should take a moment.
const patience = time.Minute

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// A world is what stands around the nodes of one test.
type world struct {
	t        *testing.T
	instance naming.Instance
	dir      string // open to all, since router daemons drop root
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	name := "ag" + strings.ToLower(rand.Text()[:6])
	w := &world{t: t, instance: naming.Instance(name), dir: filepath.Join("/run", name)}
	must(t, os.Mkdir(w.dir, 0o755))
	t.Cleanup(func() {
		if err := agent.TeardownAll(w.instance); err != nil {
			t.Error(err)
		}
		os.RemoveAll(w.dir)
	})
	return w
}

// place makes a namespace of the world.
func (w *world) place(name string) *linux.Namespace {
	w.t.Helper()
	n, err := linux.CreateNamespace(w.instance.Namespace(name))
	must(w.t, err)
	w.t.Cleanup(func() { n.Close() })
	return n
}

// run runs a command in a namespace and returns what it says.
func (w *world) run(n *linux.Namespace, args ...string) string {
	w.t.Helper()
	out, err := exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s in %s: %v: %s", strings.Join(args, " "), n, err, out)
	}
	return string(out)
}

// runIn is run for a namespace by its name.
func (w *world) runIn(name string, args ...string) string {
	w.t.Helper()
	n, err := linux.OpenNamespace(name)
	must(w.t, err)
	defer n.Close()
	return w.run(n, args...)
}

// reaches reports whether a ping is answered.
func (w *world) reaches(n *linux.Namespace, to string) bool {
	return exec.Command("ip", "netns", "exec", n.Name(), "ping", "-c1", "-W1", to).Run() == nil
}

// A flood is a ping a hundred times a second.
type flood struct {
	cmd *exec.Cmd
	out *strings.Builder
}

func (w *world) ping(n *linux.Namespace, to ...string) *flood {
	w.t.Helper()
	f := &flood{cmd: exec.Command("ip", append([]string{"netns", "exec", n.Name(), "ping", "-n", "-i", "0.01", "-W", "1"}, to...)...), out: &strings.Builder{}}
	f.cmd.Stdout, f.cmd.Stderr = f.out, f.out
	must(w.t, f.cmd.Start())
	w.t.Cleanup(func() { f.cmd.Process.Kill() })
	return f
}

// end stops the ping and returns how many were sent and how many were lost.
func (f *flood) end(t *testing.T) (sent, lost int) {
	t.Helper()
	must(t, f.cmd.Process.Signal(os.Interrupt))
	f.cmd.Wait()
	sent, lost, err := testnet.Echoes(f.out.String())
	must(t, err)
	return sent, lost
}

// answer has a namespace answer connections to port 7 with its name.
func (w *world) answer(n *linux.Namespace) {
	w.t.Helper()
	var listener net.Listener
	must(w.t, n.Do(func() (err error) {
		listener, err = net.Listen("tcp4", ":7")
		return err
	}))
	w.t.Cleanup(func() { listener.Close() })
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			fmt.Fprint(conn, n.Name())
			conn.Close()
		}
	}()
}

// ask returns who answers at an address.
func (w *world) ask(n *linux.Namespace, address string) string {
	var conn net.Conn
	err := n.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp4", net.JoinHostPort(address, "7"), time.Second)
		return err
	})
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	name := make([]byte, 100)
	length, _ := conn.Read(name)
	return string(name[:length])
}

// A customer is a router with a host behind it.
type customer struct {
	world        *world
	name         string
	router, host *linux.Namespace
	mtu          int // of its side of the VLAN; 0 is 1500
	daemon       *exec.Cmd
}

// customer makes a router with a network behind it, 192.168.50.0/24, and in it
// the host .2.
func (w *world) customer(name string) *customer {
	w.t.Helper()
	return w.customerOf(name, "192.168.50")
}

// customerOf makes one with another network, whose first three bytes are given.
func (w *world) customerOf(name, network string) *customer {
	w.t.Helper()
	c := &customer{world: w, name: name, router: w.place(name), host: w.place(name + "-host")}
	must(w.t, c.router.Sysctl("net/ipv4/ip_forward", "1"))
	must(w.t, linux.EnsureVeth(
		linux.End{Namespace: c.router, Name: "lan0", Addresses: []netip.Prefix{netip.MustParsePrefix(network + ".1/24")}},
		linux.End{Namespace: c.host, Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix(network + ".2/24")}},
	))
	w.run(c.host, "ip", "route", "add", "default", "via", network+".1")
	w.t.Cleanup(c.kill)
	return c
}

// tag waits for the cable and gives the router eth0.<tag> with its addresses.
func (c *customer) tag(tag demarc.VLAN, addresses ...netip.Prefix) {
	c.world.t.Helper()
	c.tagOn("eth0", tag, addresses...)
}

// tagOn does the same on another cable than the first.
func (c *customer) tagOn(cable string, tag demarc.VLAN, addresses ...netip.Prefix) {
	t := c.world.t
	t.Helper()
	eventually(t, "a cable arrives at "+c.name, func() bool {
		_, there, err := linux.LinkState(c.router, cable)
		return there && err == nil
	})
	name, inner := fmt.Sprintf("%s.%d", cable, tag), fmt.Sprintf("t%s.%d", cable, tag)
	must(t, linux.EnsureVeth(
		linux.End{Namespace: c.router, Name: name, MTU: c.mtu, Addresses: addresses, LinkLocal: len(addresses) > 1},
		linux.End{Namespace: c.router, Name: inner, MTU: c.mtu},
	))
	demux, err := vlan.Open(c.router)
	must(t, err)
	t.Cleanup(func() { demux.Close() })
	must(t, demux.EnsurePort(cable))
	must(t, demux.EnsureVIF(vlan.VIF{Port: cable, VLAN: uint16(tag), Link: inner}))
}

// bird starts BIRD, which announces its LAN and whatever else is said.
func (c *customer) bird(local, neighbour netip.Addr, key string, more ...string) {
	t := c.world.t
	t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	must(t, os.MkdirAll(dir, 0o755))
	config := fmt.Sprintf(`
router id 192.168.50.1;
protocol device { scan time 1; }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol static { ipv4; %s }
protocol bgp dx {
	local %s as 65001;
	neighbor %s as 64512;
	password "%s";
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source != RTS_BGP; };
}
`, strings.Join(more, " "), local, neighbour, key)
	must(t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	c.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
}

// frr starts FRR with the same intention.
func (c *customer) frr(local, neighbour netip.Addr, key string) {
	c.world.t.Helper()
	c.frrd(fmt.Sprintf(`
router bgp 65001
 bgp router-id 192.168.50.1
 no bgp ebgp-requires-policy
 neighbor %[1]s remote-as 64512
 neighbor %[1]s password %[2]s
 neighbor %[1]s timers connect 2
 address-family ipv4 unicast
  network 192.168.50.0/24
`, neighbour, key))
}

// frrd starts FRR.
func (c *customer) frrd(config string) {
	t := c.world.t
	t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "frr.conf"), []byte(config), 0o644))
	out, err := exec.Command("chown", "-R", "frr:frr", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("chown: %v: %s", err, out)
	}
	common := frrOptions(dir)
	zebra := &customer{world: c.world, router: c.router}
	t.Cleanup(zebra.kill)
	zebra.start("/usr/lib/frr/zebra", append(common, "-i", dir+"/zebra.pid")...)
	eventually(t, "zebra listens", func() bool { _, err := os.Stat(dir + "/zserv.api"); return err == nil })
	if strings.Contains(config, "\nbfd") {
		bfdd := &customer{world: c.world, router: c.router}
		t.Cleanup(bfdd.kill)
		bfdd.start("/usr/lib/frr/bfdd", append(common, "-i", dir+"/bfdd.pid", "--bfdctl", dir+"/bfdd.sock")...)
		eventually(t, "bfdd listens", func() bool { _, err := os.Stat(dir + "/bfdd.vty"); return err == nil })
	}
	c.bgpd()
}

// bgpd starts FRR's BGP beside the daemons that are there, once more if it died.
func (c *customer) bgpd() {
	c.world.t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	c.start("/usr/lib/frr/bgpd", append(frrOptions(dir), "-i", dir+"/bgpd.pid", "-p", "179")...)
}

// frrOptions are what FRR's daemons have in common.
func frrOptions(dir string) []string {
	return []string{"-f", dir + "/frr.conf", "-z", dir + "/zserv.api", "--vty_socket", dir, "-u", "frr", "-g", "frr", "-P", "0"}
}

func (c *customer) start(program string, args ...string) {
	c.world.t.Helper()
	c.daemon = exec.Command("ip", append([]string{"netns", "exec", c.router.Name(), program}, args...)...)
	must(c.world.t, c.daemon.Start())
}

func (c *customer) kill() {
	if c.daemon == nil {
		return
	}
	c.daemon.Process.Kill()
	c.daemon.Wait()
	c.daemon = nil
}

// path is the AS path that the customer's BIRD has for a prefix.
func (c *customer) path(prefix string) string {
	c.world.t.Helper()
	out := c.world.run(c.router, "birdc", "-s", filepath.Join(c.world.dir, c.name, "bird.ctl"), "show", "route", "all", prefix)
	for line := range strings.Lines(out) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "BGP.as_path: "); ok {
			return path
		}
	}
	return out
}
