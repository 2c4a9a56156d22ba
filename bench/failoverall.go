package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"demarc"
	"demarc/agent/heartbeat"
	"demarc/agent/linux"
	"demarc/bfd"
	"demarc/lab"
	"demarc/store"
)

// The fleet again, with a VPC behind each gateway and a second way to it: the
// interfaces of a gateway announce the same prefixes, and so does one on the
// other device, by a longer path.
const (
	fleetGateways = fleetSize / fleetPerGW
	backupPort    = onEmpty
	// flowsPerVPC are enough for several of a gateway's interfaces to have one.
	flowsPerVPC = 5
	// patienceAll is how long the lines are cut: several times what it may take.
	patienceAll = 5 * time.Second
)

func fleetApp(gw int) string { return fmt.Sprintf("fleet-app%d", gw) }

func fleetVPC(gw int) demarc.VPCID { return demarc.VPCID(fmt.Sprintf("vpc-f%07d", gw)) }

func fleetCIDR(gw int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(100 + gw), 0, 0}), 24)
}

// backup is the number of the gateway's interface on the other device.
func backup(gw int) int { return fleetSize + perConnection + gw }

// failoverAll measures how long traffic is away when all lines of a device are
// cut at once, where no carrier tells: the longest silence of a gateway's flows
// is that of each of its interfaces, and the result is what 99 of 100 of them
// do not exceed.
func failoverAll(ctx context.Context, s *setting) (r figures, err error) {
	var apps []string
	for gw := range fleetGateways {
		apps = append(apps, fleetApp(gw))
	}
	f, err := fleetWith(ctx, s, fillFailover, apps)
	defer func() { err = joined(err, f.close()) }()
	if err != nil {
		return r, err
	}
	p, err := f.twoWays(ctx)
	defer p.end()
	if err != nil {
		return r, err
	}
	for range s.runs {
		silences, err := p.cutAll(ctx)
		if err != nil {
			return r, err
		}
		slices.Sort(silences)
		r.measured = append(r.measured, silences[len(silences)*99/100].Seconds())
	}
	return r, nil
}

// fillFailover adds the VPCs and the second ways to the fleet.
func fillFailover(ctx context.Context, st *store.Store) error {
	if err := fillFleet(ctx, st); err != nil {
		return err
	}
	customer, platform := accountOf(st.Local(), demarc.Customer), accountOf(st.Local(), demarc.Platform)
	return inBatches(ctx, st, fleetGateways, func(tx *store.Tx, n int) error {
		gw, _ := store.VirtualGateways.Get(tx, string(fleetGateway(n)))
		gw.VPC = fleetVPC(n)
		store.VirtualGateways.Put(tx, gw)
		vpc := demarc.VPC{
			ID: gw.VPC, Owner: platform, Region: gw.Region, Host: fleetHost, CIDR: fleetCIDR(n),
			Hosts: []demarc.HostInterface{{Host: fleetApp(n), Address: fleetCIDR(n).Addr().Next().Next()}},
		}
		store.VPCs.Put(tx, vpc)
		main := demarc.NewMainTable(vpc)
		main.Propagating = []demarc.GatewayID{gw.ID}
		store.RouteTables.Put(tx, main)
		amazon, remote := fleetAddresses(backup(n))
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
			ID: interfaceID(backup(n)), Type: demarc.PrivateVIF, Owner: platform,
			Connection: connectionID(backupPort), ConnectionOwner: customer, Region: gw.Region, Location: "LIS1", Device: emptyDevice,
			VLAN: fleetTag(n), MTU: 1500, State: demarc.VIFPending, Created: time.Now(), Gateway: gw.ID, GatewayASN: gw.ASN,
			Peers: []demarc.BGPPeer{{
				ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: benchASN, Key: demarc.NewSecret(benchKey),
				AmazonAddress: amazon, CustomerAddress: remote, State: demarc.PeerPending,
			}},
		})
		return nil
	})
}

// A twoWays is a fleet whose customers have BFD and a second way.
type twoWays struct {
	*fleet
	seconds []*scripted // the peers of the second ways
	bfd     *heartbeat.Monitor
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (f *fleet) twoWays(ctx context.Context) (*twoWays, error) {
	w := &twoWays{fleet: f, bfd: heartbeat.New(slog.New(slog.DiscardHandler), 0, func(heartbeat.Event) {}), stop: func() {}}
	for n, p := range f.peers {
		p.announce(n / fleetPerGW)
	}
	for gw := range fleetGateways {
		amazon, customer := fleetAddresses(backup(gw))
		if err := f.tag(backupPort, fleetTag(gw), customer); err != nil {
			return w, err
		}
		second := newScripted(f.customers, 0, amazon, customer)
		second.longer = 1
		second.announce(gw)
		w.seconds = append(w.seconds, second)
	}
	if err := f.receives(); err != nil {
		return w, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	w.running.Go(func() { _ = w.bfd.Run(running) })
	for n := range fleetSize {
		if err := w.beat(n, n/perConnection, fleetTag(n)); err != nil {
			return w, err
		}
	}
	if err := dialAll(w.seconds); err != nil {
		return w, err
	}
	return w, w.ready(ctx)
}

// announce lets the router say the prefixes of its gateway.
func (p *scripted) announce(gw int) {
	p.prefixes = nil
	for j := range fleetPrefixes {
		p.prefixes = append(p.prefixes, fleetAnnounced(gw, j))
	}
}

// receives gives the customers the addresses that flows go to.
func (f *fleet) receives() error {
	home := linux.End{Namespace: f.customers, Name: "lan0"}
	for gw := range fleetGateways {
		for j := range flowsPerVPC {
			home.Addresses = append(home.Addresses, netip.PrefixFrom(fleetAnnounced(gw, j).Addr().Next(), 32))
		}
	}
	return linux.EnsureVeth(home, linux.End{Namespace: f.customers, Name: "lan1"})
}

func (w *twoWays) beat(n, port int, tag demarc.VLAN) error {
	amazon, customer := fleetAddresses(n)
	return w.bfd.Set(fmt.Sprint(n), heartbeat.Peer{
		Namespace: w.customers, Local: customer.Addr(), Remote: amazon.Addr(), Device: lab.Subinterface(fleetCable(port), tag),
		Session: bfd.Config{Discriminator: uint32(n + 1), DesiredMinTx: 300 * time.Millisecond, RequiredMinRx: 300 * time.Millisecond, Multiplier: 3},
	})
}

// ready starts the first ways, and waits until BFD is up on all of them and
// their routes are on the device.
func (w *twoWays) ready(ctx context.Context) error {
	if err := dialAll(w.peers); err != nil {
		return err
	}
	return await(ctx, "BFD on all lines", func() (bool, error) {
		time.Sleep(100 * time.Millisecond)
		for n := range fleetSize {
			if status, _ := w.bfd.Status(fmt.Sprint(n)); status.State != bfd.Up {
				return false, fmt.Errorf("line %d is %v", n, status.State)
			}
		}
		return true, nil
	})
}

// cutAll cuts all lines of the full device under traffic and mends them. The
// result is of each interface.
func (w *twoWays) cutAll(ctx context.Context) (silences []time.Duration, err error) {
	t, err := w.newDrizzle()
	if err != nil {
		return nil, err
	}
	if err = w.onFirst(ctx); err == nil {
		err = errors.Join(t.settle(ctx), w.cut())
	}
	select {
	case <-ctx.Done():
	case <-time.After(patienceAll):
	}
	silent, back := t.end()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	for gw := range fleetGateways {
		of := silent[gw*flowsPerVPC : (gw+1)*flowsPerVPC]
		if slices.Max(of) < 300*time.Millisecond || !back {
			return nil, fmt.Errorf("the flows of gateway %d were silent for %v, and all came back: %v", gw, of, back)
		}
		silences = append(silences, slices.Repeat([]time.Duration{slices.Max(of)}, fleetPerGW)...)
	}
	if err := w.mend(); err != nil {
		return nil, err
	}
	hangUpAll(w.peers)
	return silences, w.ready(ctx)
}

// onFirst waits until no flow takes a second way.
func (w *twoWays) onFirst(ctx context.Context) error {
	before := uint64(0)
	return await(ctx, "all flows to leave the second ways", func() (bool, error) {
		// On a machine with much else to do BFD may end a session that was well.
		if err := dialAll(slices.DeleteFunc(slices.Clone(w.peers), func(p *scripted) bool { return !p.lost() })); err != nil {
			return false, err
		}
		time.Sleep(10 * drop)
		sent, err := w.overSecond()
		quiet := sent == before && before > 0
		before = sent
		return quiet, err
	})
}

// overSecond counts the packets that the other device has sent to its customers,
// its sessions' own among them.
func (w *twoWays) overSecond() (sent uint64, err error) {
	for gw := range fleetGateways {
		ns, err := linux.OpenNamespace(lab.Namespace(w.instance, string(emptyDevice)+"-"+string(interfaceID(backup(gw)))))
		if err != nil {
			return 0, err
		}
		link, _, err := linux.LinkState(ns, "vif0")
		ns.Close()
		if err != nil {
			return 0, err
		}
		sent += link.TxPackets
	}
	return sent, nil
}

// cut stops all cables of the full device at the customers' end, both ways: a
// queue without room takes nothing that leaves, and without its program nobody
// takes a tag off what arrives.
func (w *twoWays) cut() error {
	err := w.queues("replace", "pfifo limit 0")
	for port := range fleetPorts {
		err = errors.Join(err, linux.DetachIngress(w.customers, fleetCable(port)))
	}
	return err
}

func (w *twoWays) mend() error {
	err := w.queues("del", "")
	for port := range fleetPorts {
		err = errors.Join(err, w.demux.EnsurePort(fleetCable(port)))
	}
	return err
}

// queues changes the outgoing queues of all cables at once.
func (w *twoWays) queues(verb, queue string) error {
	var lines strings.Builder
	for port := range fleetPorts {
		fmt.Fprintf(&lines, "qdisc %s dev %s root %s\n", verb, fleetCable(port), queue)
	}
	cmd := exec.Command("tc", "-batch", "-")
	cmd.Stdin = strings.NewReader(lines.String())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := w.customers.Do(cmd.Run); err != nil {
		return fmt.Errorf("tc: %w: %s", err, out.String())
	}
	return nil
}

func (w *twoWays) end() {
	hangUpAll(w.seconds)
	w.stop()
	w.running.Wait()
}
