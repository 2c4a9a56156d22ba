package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/vlan"
	"demarc/client"
	"demarc/internal/testnet"
	"demarc/lab"
	"demarc/lab/installation"
	"demarc/site"
	"demarc/store"
)

// The fleet: as many interfaces as a full device has, twenty-five to a virtual
// private gateway, fifty to a port.
const (
	fleetSize      = 1000
	fleetPerGW     = 25
	fleetPrefixes  = 100
	fleetDevice    = demarc.NodeID("lis1-d1")
	emptyDevice    = demarc.NodeID("lis1-d2")
	fleetHost      = demarc.NodeID("vpc-a")
	fleetCustomer  = "fleet"
	fleetFirstVLAN = 100
)

// A fleet is control and the agents of two devices, one with a thousand
// interfaces and one with none, and the routers of all customers in one
// namespace. The gateways lead to no VPC: it is the device that is measured.
type fleet struct {
	*bed
	customers *linux.Namespace
	apps      []*linux.Namespace // of app hosts, where there are VPCs
	demux     *vlan.Demux
	peers     []*scripted
	tables    []*table // where the routes of the peers appear
	// before is what the kernel had in use before there were devices, in KiB.
	before float64
}

// startFleet waits until every session listens. The caller closes the fleet,
// also after an error.
func startFleet(ctx context.Context, s *setting) (*fleet, error) {
	return fleetWith(ctx, s, fillFleet, nil)
}

// fleetWith is a fleet with more in the store, and with a host of VPCs, for
// whose app hosts there are these namespaces.
func fleetWith(ctx context.Context, s *setting, fill func(context.Context, *store.Store) error, apps []string) (*fleet, error) {
	dir, err := os.MkdirTemp("", "demarc-bench-")
	f := &fleet{bed: &bed{dir: dir, parties: map[demarc.Party]*client.Client{}}}
	if err != nil {
		return f, err
	}
	yaml := spacious(site.Sample)
	parsed, err := site.Parse(yaml)
	if err != nil {
		return f, err
	}
	file := filepath.Join(dir, "site.yaml")
	if err := os.WriteFile(file, yaml, 0o600); err != nil {
		return f, err
	}
	if err := prepare(ctx, store.Config{Dir: filepath.Join(dir, "etcd"), Log: s.log}, parsed, fill); err != nil {
		return f, err
	}
	if f.instance, err = lab.InstanceOf(dir); err != nil {
		return f, err
	}
	if f.customers, err = linux.CreateNamespace(lab.Namespace(f.instance, fleetCustomer)); err != nil {
		return f, err
	}
	nodes := &site.Site{Locations: []site.Location{{Devices: []site.Device{{Name: fleetDevice}, {Name: emptyDevice}}}}}
	for _, app := range apps {
		ns, err := linux.CreateNamespace(lab.Namespace(f.instance, app))
		if err != nil {
			return f, err
		}
		f.apps, nodes.VPCHosts = append(f.apps, ns), []site.VPCHost{{Name: fleetHost}}
	}
	if err := f.makeTags(); err != nil {
		return f, err
	}
	if f.before, err = kernelMemory(); err != nil {
		return f, err
	}
	listen, err := testnet.Listen(ports)
	if err != nil {
		return f, err
	}
	f.config = installation.Config{Binary: s.binary, DataDir: dir, Instance: f.instance, Listen: listen, SiteFile: file, Site: nodes, Log: s.log}
	if f.inst, err = installation.Start(ctx, f.config); err != nil {
		return f, err
	}
	if err := f.meet(ctx, parsed); err != nil {
		return f, err
	}
	if err := f.tagAll(ctx); err != nil {
		return f, err
	}
	return f, f.built(ctx)
}

// ports of the fleet on its device; one more, on each device, is for the
// interface that is added.
const fleetPorts = fleetSize / perConnection

func fleetCable(port int) string { return fmt.Sprintf("eth%d", port) }

// fillFleet puts all of it into the store as if it had been ordered, patched
// and accepted.
func fillFleet(ctx context.Context, st *store.Store) error {
	view := st.Local()
	customer, platform := accountOf(view, demarc.Customer), accountOf(view, demarc.Platform)
	put := func(tx *store.Tx, device demarc.NodeID, n int) error {
		id, port := connectionID(n), demarc.PortID(fmt.Sprintf("%s/c%d", device, n))
		store.Ports.Put(tx, demarc.Port{ID: port, Speed: 100 * demarc.Gbps, Interface: fmt.Sprintf("c%d", n), Panel: "PP-LS1-07", PanelPort: fmt.Sprint(100 + n)})
		store.Connections.Put(tx, demarc.Connection{
			ID: id, Name: fmt.Sprintf("fleet %d", n), Owner: customer, Region: "eu-west-1", Location: "LIS1",
			Bandwidth: 100 * demarc.Gbps, Port: port, State: demarc.ConnectionAvailable, Created: time.Now(),
		})
		store.CrossConnects.Put(tx, demarc.CrossConnect{
			Connection: id, Location: "LIS1", Port: port, Patched: true, Changed: time.Now(),
			Cage: demarc.Cage{Router: fleetCustomer, Interface: fleetCable(n)},
		})
		return tx.Claim("port/"+string(port), string(id))
	}
	if err := inBatches(ctx, st, fleetPorts+1, func(tx *store.Tx, n int) error { return put(tx, fleetDevice, n) }); err != nil {
		return err
	}
	if err := inBatches(ctx, st, 1, func(tx *store.Tx, _ int) error { return put(tx, emptyDevice, fleetPorts+1) }); err != nil {
		return err
	}
	if err := inBatches(ctx, st, fleetSize/fleetPerGW, func(tx *store.Tx, n int) error {
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: fleetGateway(n), Name: fmt.Sprintf("fleet %d", n), Owner: platform, Region: "eu-west-1", ASN: 64512})
		return nil
	}); err != nil {
		return err
	}
	return inBatches(ctx, st, fleetSize, func(tx *store.Tx, n int) error {
		local, remote := fleetAddresses(n)
		v := demarc.VirtualInterface{
			ID: interfaceID(n), Name: fmt.Sprintf("fleet %d", n), Type: demarc.PrivateVIF, Owner: platform,
			Connection: connectionID(n / perConnection), ConnectionOwner: customer, Region: "eu-west-1", Location: "LIS1", Device: fleetDevice,
			VLAN: fleetTag(n), MTU: 1500, State: demarc.VIFPending, Created: time.Now(),
			Gateway: fleetGateway(n / fleetPerGW), GatewayASN: 64512,
			Peers: []demarc.BGPPeer{{
				ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: benchASN, Key: demarc.NewSecret(benchKey),
				AmazonAddress: local, CustomerAddress: remote, State: demarc.PeerPending,
			}},
		}
		store.VirtualInterfaces.Put(tx, v)
		conn := string(v.Connection)
		return errors.Join(
			tx.Claim(fmt.Sprintf("vlan/%s/%d", conn, v.VLAN), string(v.ID)),
			tx.Claim(fmt.Sprintf("peer/%s/%s", conn, v.Peers[0].AmazonAddress.Masked()), string(v.ID)))
	})
}

func fleetGateway(n int) demarc.GatewayID { return demarc.GatewayID(fmt.Sprintf("vgw-f%07d", n)) }

func fleetTag(n int) demarc.VLAN { return demarc.VLAN(fleetFirstVLAN + n%perConnection) }

// fleetAddresses are the two ends of the n-th interface: all customers'
// routers share a namespace here, so no two have the same.
func fleetAddresses(n int) (amazon, customer netip.Prefix) { return subnetEnd(n, 1), subnetEnd(n, 2) }

// fleetAnnounced is the j-th prefix of the n-th interface; no two have the same.
func fleetAnnounced(n, j int) netip.Prefix {
	at := n*fleetPrefixes + j
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{20 + byte(at>>16), byte(at >> 8), byte(at), 0}), 24)
}

// makeTags makes the customers' interfaces, before there is a device: what the
// kernel needs for them is none of its.
func (f *fleet) makeTags() error {
	for n := range fleetSize {
		_, customer := fleetAddresses(n)
		if err := f.makeTag(n/perConnection, fleetTag(n), customer); err != nil {
			return err
		}
	}
	return nil
}

// tagAll gives the customers' side of each cable its tags.
func (f *fleet) tagAll(ctx context.Context) error {
	for port := range fleetPorts + 2 {
		err := await(ctx, "cable "+fleetCable(port), func() (bool, error) {
			_, there, err := linux.LinkState(f.customers, fleetCable(port))
			return there, err
		})
		if err != nil {
			return err
		}
	}
	var err error
	if f.demux, err = vlan.Open(f.customers); err != nil {
		return err
	}
	for n := range fleetSize {
		local, remote := fleetAddresses(n)
		if err := f.tag(n/perConnection, fleetTag(n), remote); err != nil {
			return err
		}
		f.peers = append(f.peers, newScripted(f.customers, n, local, remote))
	}
	return nil
}

func (f *fleet) makeTag(port int, tag demarc.VLAN, address netip.Prefix) error {
	return linux.EnsureVeth(
		linux.End{Namespace: f.customers, Name: lab.Subinterface(fleetCable(port), tag), MTU: 1500, Addresses: []netip.Prefix{address}},
		linux.End{Namespace: f.customers, Name: innerTag(port, tag), MTU: 1500},
	)
}

func innerTag(port int, tag demarc.VLAN) string { return fmt.Sprintf("t%d.%d", port, tag) }

// tag makes one tagged interface on the customers' side and leads it to its
// cable.
func (f *fleet) tag(port int, tag demarc.VLAN, address netip.Prefix) error {
	cable := fleetCable(port)
	if err := f.makeTag(port, tag, address); err != nil {
		return err
	}
	if err := f.demux.EnsurePort(cable); err != nil {
		return err
	}
	return f.demux.EnsureVIF(vlan.VIF{Port: cable, VLAN: uint16(tag), Link: innerTag(port, tag)})
}

// built waits until each interface is there and its session listens.
func (f *fleet) built(ctx context.Context) error {
	for n := range fleetSize {
		name := f.namespace(n)
		if err := awaitListener(ctx, name); err != nil {
			return err
		}
		t, err := openTable(name, fleetPrefixes)
		if err != nil {
			return err
		}
		f.tables = append(f.tables, t)
	}
	for n := range fleetSize / fleetPerGW {
		t, err := openTable(lab.Namespace(f.instance, string(fleetDevice)+"-"+string(fleetGateway(n))), fleetPrefixes*fleetPerGW)
		if err != nil {
			return err
		}
		f.tables = append(f.tables, t)
	}
	return nil
}

// namespace is where the n-th interface's routes are.
func (f *fleet) namespace(n int) string {
	return lab.Namespace(f.instance, string(fleetDevice)+"-"+string(interfaceID(n)))
}

// listenState is a listening socket on port 179 in /proc/net/tcp.
const listenState = ":00B3 00000000:0000 0A"

// awaitListener waits until somebody listens for BGP in a namespace.
func awaitListener(ctx context.Context, name string) error {
	return await(ctx, "a listener in "+name, func() (bool, error) {
		ns, err := linux.OpenNamespace(name)
		if err != nil {
			return false, err
		}
		defer ns.Close()
		var data []byte
		err = ns.Do(func() (err error) {
			data, err = os.ReadFile("/proc/thread-self/net/tcp")
			return err
		})
		return strings.Contains(string(data), listenState), err
	})
}

// dialAll starts all peers at once and waits until each has said all it has.
func dialAll(peers []*scripted) error {
	errs := make([]error, len(peers))
	var dialling sync.WaitGroup
	for i, p := range peers {
		dialling.Go(func() { errs[i] = p.dial() })
	}
	dialling.Wait()
	return errors.Join(errs...)
}

func hangUpAll(peers []*scripted) {
	var ending sync.WaitGroup
	for _, p := range peers {
		ending.Go(p.hangUp)
	}
	ending.Wait()
}

// close removes all of it.
func (f *fleet) close() error {
	hangUpAll(f.peers)
	var errs []error
	for _, t := range f.tables {
		errs = append(errs, t.close())
	}
	if f.demux != nil {
		errs = append(errs, f.demux.Close())
	}
	for _, ns := range append(f.apps, f.customers) {
		if ns != nil {
			errs = append(errs, ns.Close())
		}
	}
	return errors.Join(append(errs, f.bed.close())...)
}
