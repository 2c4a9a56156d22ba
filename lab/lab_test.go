package lab_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc/agent/linux"
	"demarc/lab"
	"demarc/site"
)

// patience is for daemons that start and speak, on a machine that may be busy.
const patience = 2 * time.Minute

func build(t *testing.T) (*lab.World, string) {
	t.Helper()
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	instance := fmt.Sprintf("demarc-t%06x", rand.Uint32N(1<<24))
	t.Cleanup(func() {
		if err := lab.Clean(context.Background(), instance); err != nil {
			t.Error(err)
		}
	})
	w, err := lab.Build(instance, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return w, instance
}

// cross joins two routers' eth0, as a pair of cages side by side would be.
func cross(t *testing.T, a, b *lab.Router) {
	t.Helper()
	err := linux.EnsureVeth(linux.End{Namespace: a.Namespace(), Name: "eth0", MTU: 9005}, linux.End{Namespace: b.Namespace(), Name: "eth0", MTU: 9005})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHostsReachTheirRouterAndAnswerHTTP(t *testing.T) {
	w, _ := build(t)
	defer w.Close()
	r, err := w.Router("acme-r1")
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Host().Ping(t.Context(), netip.MustParseAddr("192.168.50.1"), 3, 10*time.Millisecond)
	if err != nil || p.Received != 3 {
		t.Errorf("ping the router: %v, %v", p, err)
	}
	line, err := w.Internet().Get(t.Context(), w.Internet().Address())
	if err != nil || line != "internet answers 198.51.100.10" {
		t.Errorf("got %q, %v from the internet's web server", line, err)
	}
}

const (
	frrConfig = `
interface eth0.7
 ip address 10.99.0.1/30
exit
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 10.99.0.2 remote-as 65002
 neighbor 10.99.0.2 timers connect 1
 address-family ipv4 unicast
  network 192.168.50.0/24
 exit-address-family
exit
`
	birdConfig = `
router id 10.99.0.2;
protocol device { }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol bgp peer { local 10.99.0.2 as 65002; neighbor 10.99.0.1 as 65001; connect delay time 1; ipv4 { import all; export all; }; }
`
)

// TestRoutersSpeakOverATag has the lab's two kinds of router meet each other
// on a tag, so that neither is tested only against ourselves.
func TestRoutersSpeakOverATag(t *testing.T) {
	w, _ := build(t)
	defer w.Close()
	frr, _ := w.Router("acme-r1")
	bird, _ := w.Router("acme-r2")
	if err := frr.AddTag("eth0", 7, 1500, netip.MustParsePrefix("10.99.0.1/30")); err == nil {
		t.Error("a tag was added to an interface with nothing plugged in")
	}
	cross(t, frr, bird)
	for r, address := range map[*lab.Router]string{frr: "10.99.0.1/30", bird: "10.99.0.2/30"} {
		if err := r.AddTag("eth0", 7, 1500, netip.MustParsePrefix(address)); err != nil {
			t.Fatal(err)
		}
	}
	for r, config := range map[*lab.Router]string{frr: frrConfig, bird: birdConfig} {
		if err := r.Configure(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	await(ctx, t, "both sessions", func() bool {
		a, _ := frr.Established(ctx, netip.MustParseAddr("10.99.0.2"))
		b, _ := bird.Established(ctx, netip.MustParseAddr("10.99.0.1"))
		return a && b
	})
	await(ctx, t, "both networks", func() bool {
		a, _ := frr.Learned(ctx)
		b, _ := bird.Learned(ctx)
		return fmt.Sprint(a) == "[192.168.60.0/24]" && fmt.Sprint(b) == "[192.168.50.0/24]"
	})
	if err := bird.AdvertiseDefault(ctx, netip.MustParseAddr("10.99.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := frr.AdvertiseDefault(ctx, netip.MustParseAddr("10.99.0.2")); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the default route both ways", func() bool {
		a, _ := frr.Learned(ctx)
		b, _ := bird.Learned(ctx)
		return strings.Contains(fmt.Sprint(a), "0.0.0.0/0") && strings.Contains(fmt.Sprint(b), "0.0.0.0/0")
	})
	seen, err := lab.CaptureWhile(ctx, frr.Namespace(), "eth0", func() error {
		p, err := frr.Host().Ping(ctx, bird.Host().Address(), 5, 10*time.Millisecond)
		if err == nil && p.Received != 5 {
			t.Errorf("ping across: %s", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen.Tagged[7] < 10 || seen.Untagged != 0 {
		t.Errorf("on the cable: tagged %v, untagged %d (%s); want at least 10 tagged 7 and nothing else", seen.Tagged, seen.Untagged, seen.Sample)
	}
}

// TestACarrierTakesTagsOn has a router behind a partner's meet one that is in a
// cage itself: tagged where the cable is, untagged behind it.
func TestACarrierTakesTagsOn(t *testing.T) {
	w, instance := build(t)
	defer w.Close()
	bird, _ := w.Router("acme-r2")
	carried, _ := w.Router("acme-r3")
	carrier, err := linux.OpenNamespace(lab.Namespace(instance, "carrier-r1"))
	if err != nil {
		t.Fatal(err)
	}
	defer carrier.Close()
	if err := linux.EnsureVeth(linux.End{Namespace: carrier, Name: "eth1", MTU: 9005}, linux.End{Namespace: bird.Namespace(), Name: "eth0", MTU: 9005}); err != nil {
		t.Fatal(err)
	}
	if err := carried.AddTag("eth0", 7, 1500, netip.Prefix{}); err == nil {
		t.Error("a tag was added to a carrier's interface with nothing plugged in")
	}
	ends := map[*lab.Router]string{carried: "eth1", bird: "eth0"}
	addresses := map[*lab.Router]string{carried: "10.99.0.1/30", bird: "10.99.0.2/30"}
	for range 2 { // twice is the same as once
		for r, socket := range ends {
			if err := r.AddTag(socket, 7, 1500, netip.MustParsePrefix(addresses[r])); err != nil {
				t.Fatal(err)
			}
		}
	}
	for r, config := range map[*lab.Router]string{carried: strings.ReplaceAll(frrConfig, ".50.", ".70."), bird: birdConfig} {
		if err := r.Configure(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	await(ctx, t, "both networks", func() bool {
		a, _ := carried.Learned(ctx)
		b, _ := bird.Learned(ctx)
		return fmt.Sprint(a) == "[192.168.60.0/24]" && fmt.Sprint(b) == "[192.168.70.0/24]"
	})
	seen, err := lab.CaptureWhile(ctx, carrier, "eth1", func() error {
		p, err := carried.Host().Ping(ctx, bird.Host().Address(), 20, 10*time.Millisecond)
		if err == nil && p.Received != 20 {
			t.Errorf("ping across: %s", p)
		}
		return err
	})
	if err != nil || seen.Tagged[7] < 10 || seen.Untagged != 0 {
		t.Errorf("on the cable: tagged %v, untagged %d (%s), %v; want at least 10 tagged 7 and nothing else", seen.Tagged, seen.Untagged, seen.Sample, err)
	}
}

func await(ctx context.Context, t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited for %s in vain", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TestCleanEndsWhatAKilledLabLeft removes namespaces with daemons still in
// them.
func TestCleanEndsWhatAKilledLabLeft(t *testing.T) {
	w, instance := build(t)
	frr, _ := w.Router("acme-r1")
	if err := frr.Configure(t.Context(), "router bgp 65001\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := lab.Clean(ctx, instance); err != nil {
		t.Fatal(err)
	}
	if names, err := linux.ListNamespaces(instance); err != nil || len(names) > 0 {
		t.Errorf("namespaces %v, %v are left", names, err)
	}
	if _, err := os.Stat(lab.RunDir(instance)); !os.IsNotExist(err) {
		t.Errorf("%s is left", lab.RunDir(instance))
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range lines {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), lab.RunDir(instance)+"/") {
			t.Errorf("still running: %q", line)
		}
	}
}

// TestAFlowCountsEachDirection has one direction dropped.
func TestAFlowCountsEachDirection(t *testing.T) {
	w, instance := build(t)
	defer w.Close()
	r, err := w.Router("acme-r1")
	if err != nil {
		t.Fatal(err)
	}
	router, err := lab.OpenPlace(instance, "acme-r1", netip.MustParseAddr("192.168.50.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	there, back, err := lab.Both(t.Context(), r.Host().At(), router, 500, 400*time.Millisecond)
	if err != nil || there.Lost() != 0 || back.Lost() != 0 || there.Sent < 100 || back.Sent < 100 {
		t.Errorf("got %+v and %+v, %v", there, back, err)
	}
	run(t, r.Namespace(), "nft", "add table inet wall; add chain inet wall out { type filter hook output priority 0; }; add rule inet wall out ip protocol udp drop")
	there, back, err = lab.Both(t.Context(), r.Host().At(), router, 500, 200*time.Millisecond)
	if err != nil || there.Lost() != 0 || back.Received != 0 || back.Lost() != back.Sent || back.Sent == 0 {
		t.Errorf("with one direction dropped: got %+v and %+v, %v", there, back, err)
	}
}

// run runs a command in a namespace.
func run(t *testing.T, n *linux.Namespace, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	if err := n.Do(cmd.Run); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}
