package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"demarc"
	"demarc/client"
	"demarc/internal/testnet"
	"demarc/lab/installation"
	"demarc/site"
	"demarc/store"
)

// spacious is the sample site with quotas that a benchmark does not meet.
func spacious(yaml []byte) []byte {
	for _, quota := range []string{"connections", "interfaces", "privatePublicInterfaces"} {
		was, _, found := bytes.Cut(yaml, []byte("\n  "+quota+": "))
		if !found {
			continue
		}
		rest := yaml[len(was)+1:]
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		yaml = append(append(bytes.Clone(was), fmt.Sprintf("\n  %s: 1000000", quota)...), rest[len(line):]...)
	}
	return yaml
}

// startControl starts a control process alone, with no agents and no world
// around it, on a store that fill has written to before. The caller closes the
// bed, also after an error.
func startControl(ctx context.Context, s *setting, fill func(context.Context, *store.Store) error) (*bed, error) {
	dir, err := os.MkdirTemp("", "demarc-bench-")
	b := &bed{dir: dir, parties: map[demarc.Party]*client.Client{}}
	if err != nil {
		return b, err
	}
	yaml := spacious(site.Sample)
	parsed, err := site.Parse(yaml)
	if err != nil {
		return b, err
	}
	file := filepath.Join(dir, "site.yaml")
	if err := os.WriteFile(file, yaml, 0o600); err != nil {
		return b, err
	}
	if err := prepare(ctx, store.Config{Dir: filepath.Join(dir, "etcd"), Log: s.log}, parsed, fill); err != nil {
		return b, err
	}
	listen, err := testnet.Listen(ports)
	if err != nil {
		return b, err
	}
	// A site without nodes: control alone reads the file.
	b.config = installation.Config{
		Binary: s.binary, DataDir: dir, Listen: listen, SiteFile: file, Site: &site.Site{}, Log: s.log,
		Control: []string{"--account-rate", "0"}, // one account asks for more than any is meant to
	}
	if b.inst, err = installation.Start(ctx, b.config); err != nil {
		return b, err
	}
	return b, b.meet(ctx, parsed)
}

// prepare fills the store that control will open.
func prepare(ctx context.Context, cfg store.Config, parsed *site.Site, fill func(context.Context, *store.Store) error) error {
	st, err := store.Open(ctx, cfg, store.Tables()...)
	if err != nil {
		return err
	}
	if err = parsed.Import(ctx, st); err == nil {
		err = fill(ctx, st)
	}
	return errors.Join(err, st.Close())
}

// batch is how many objects one transaction of a fixture writes; each has a
// claim or two beside it.
const batch = 1000

// inBatches runs put for 0 to count-1.
func inBatches(ctx context.Context, st *store.Store, count int, put func(*store.Tx, int) error) error {
	for from := 0; from < count; from += batch {
		err := st.Write(ctx, func(tx *store.Tx) error {
			var errs []error
			for i := from; i < min(from+batch, count); i++ {
				errs = append(errs, put(tx, i))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			return fmt.Errorf("fill the store: %w", err)
		}
	}
	return nil
}

// accountOf is the account of a party of the sample site.
func accountOf(r store.Reader, party demarc.Party) demarc.AccountID {
	for a := range store.Accounts.All(r) {
		if a.Party == party {
			return a.ID
		}
	}
	return ""
}

// connectionID is the n-th connection of a fixture.
func connectionID(n int) demarc.ConnectionID {
	return demarc.ConnectionID(fmt.Sprintf("dxcon-f%07d", n))
}

// withPorts adds free ports of 1 Gbps to a device at LIS1.
func withPorts(ctx context.Context, st *store.Store, count int) error {
	return inBatches(ctx, st, count, func(tx *store.Tx, i int) error {
		store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/b%06d", i)), Speed: demarc.Gbps, Panel: "PP-LS1-07", PanelPort: fmt.Sprint(i)})
		return nil
	})
}

// withConnections gives the customer available connections, each on a port of
// its own.
func withConnections(ctx context.Context, st *store.Store, count int) error {
	owner := accountOf(st.Local(), demarc.Customer)
	return inBatches(ctx, st, count, func(tx *store.Tx, i int) error {
		port := demarc.PortID(fmt.Sprintf("lis1-d2/c%06d", i))
		store.Ports.Put(tx, demarc.Port{ID: port, Speed: demarc.Gbps, Panel: "PP-LS1-12", PanelPort: fmt.Sprint(i)})
		store.Connections.Put(tx, demarc.Connection{
			ID: connectionID(i), Name: fmt.Sprintf("bench %d", i), Owner: owner, Region: "eu-west-1", Location: "LIS1",
			Bandwidth: demarc.Gbps, Port: port, State: demarc.ConnectionAvailable, Created: time.Now(),
		})
		return tx.Claim("port/"+string(port), string(connectionID(i)))
	})
}

// interfaceID is the n-th interface of a fixture.
func interfaceID(n int) demarc.VirtualInterfaceID {
	return demarc.VirtualInterfaceID(fmt.Sprintf("dxvif-f%07d", n))
}

// perConnection is how many interfaces a fixture puts on one connection: AWS's
// own limit.
const perConnection = 50

// withInterfaces gives the customer interfaces, offered to the platform, on as
// many connections as they need.
func withInterfaces(ctx context.Context, st *store.Store, count int) error {
	if err := withConnections(ctx, st, (count+perConnection-1)/perConnection); err != nil {
		return err
	}
	view := st.Local()
	customer, platform := accountOf(view, demarc.Customer), accountOf(view, demarc.Platform)
	return inBatches(ctx, st, count, func(tx *store.Tx, i int) error {
		v := demarc.VirtualInterface{
			ID: interfaceID(i), Name: fmt.Sprintf("bench %d", i), Type: demarc.PrivateVIF, Owner: platform,
			Connection: connectionID(i / perConnection), ConnectionOwner: customer, Region: "eu-west-1", Location: "LIS1", Device: "lis1-d2",
			VLAN: demarc.VLAN(100 + i%perConnection), MTU: 1500, State: demarc.VIFConfirming, Created: time.Now(),
			Peers: []demarc.BGPPeer{{
				ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: 65001, Key: demarc.NewBGPKey(),
				AmazonAddress:   subnetEnd(i%perConnection, 1),
				CustomerAddress: subnetEnd(i%perConnection, 2),
			}},
		}
		store.VirtualInterfaces.Put(tx, v)
		conn := string(v.Connection)
		return errors.Join(
			tx.Claim(fmt.Sprintf("vlan/%s/%d", conn, v.VLAN), string(v.ID)),
			tx.Claim(fmt.Sprintf("peer/%s/%s", conn, v.Peers[0].AmazonAddress.Masked()), string(v.ID)))
	})
}

// subnetEnd is one end of the n-th subnet of a connection.
func subnetEnd(n int, end byte) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, byte(1 + n/64), byte(4*(n%64)) + end}), 30)
}
