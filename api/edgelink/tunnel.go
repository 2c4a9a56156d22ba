package edgelink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// numberTries is how many numbers are tried for one tunnel. A site with so many
// tunnels that eight in a row are taken has run out of nodes long before.
const numberTries = 8

// ground is what the store says of the machines under the backbone.
func ground(r store.Reader) intent.Ground {
	return intent.Ground{
		Address: func(id demarc.NodeID) netip.Addr { return addressOf(r, id) },
		VNI: func(l demarc.BackboneLink) uint32 {
			tunnel, _ := store.Tunnels.Get(r, l.Key())
			return tunnel.VNI
		},
	}
}

func addressOf(r store.Reader, id demarc.NodeID) netip.Addr {
	if dev, ok := store.Devices.Get(r, string(id)); ok {
		return dev.Address
	}
	host, _ := store.VPCHosts.Get(r, string(id))
	return host.Address
}

// number gives each of the node's links to other machines a number, and takes
// those of links that are gone back. Both ends are told in the next intent that
// they are sent. A node without an address has nothing to number.
func (a *attachment) number(ctx context.Context) error {
	view := a.server.cfg.Store.Local()
	if !addressOf(view, a.node).IsValid() {
		return nil
	}
	missing, surplus := a.told.numbering(view)
	if len(missing)+len(surplus) == 0 {
		return nil
	}
	for some := range slices.Chunk(missing, batch) {
		if err := a.change(ctx, func(tx *store.Tx) error { return give(tx, some) }); err != nil {
			return fmt.Errorf("give tunnels numbers: %w", err)
		}
	}
	for some := range slices.Chunk(surplus, batch) {
		if err := a.change(ctx, func(tx *store.Tx) error { takeBack(tx, some); return nil }); err != nil {
			return fmt.Errorf("take back the numbers of tunnels: %w", err)
		}
	}
	return nil
}

func (a *attachment) change(ctx context.Context, fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return a.server.cfg.Store.Write(ctx, fn)
}

// numbering compares the links that the node answers for with those that have
// a number.
func (t *told) numbering(r store.Reader) (missing []demarc.BackboneLink, surplus []demarc.Tunnel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, links, _ := compile(r, t.node, &t.memory)
	wanted := set[demarc.BackboneLink]{}
	for _, link := range links {
		if _, has := store.Tunnels.Get(r, link.Key()); wanted.add(link) && !has {
			missing = append(missing, link)
		}
	}
	for tunnel := range store.Tunnels.By(r, "from", string(t.node)) {
		if _, is := wanted[tunnel.Link]; !is {
			surplus = append(surplus, tunnel)
		}
	}
	return missing, surplus
}

// give numbers links. The numbers are drawn, so that one that was just taken
// back is not the next to be given: a node that has not heard yet may still use
// it.
func give(tx *store.Tx, links []demarc.BackboneLink) error {
	for _, link := range links {
		if _, has := store.Tunnels.Get(tx, link.Key()); has {
			continue // another control process was faster
		}
		vni, err := draw(tx, link)
		if err != nil {
			return err
		}
		store.Tunnels.Put(tx, demarc.Tunnel{Link: link, VNI: vni})
	}
	return nil
}

func draw(tx *store.Tx, link demarc.BackboneLink) (vni uint32, err error) {
	for range numberTries {
		vni = 1 + rand.Uint32N(demarc.MaxVNI)
		var taken *store.ClaimedError
		if err = tx.Claim(numberClaim(vni), link.Key()); !errors.As(err, &taken) {
			return vni, err
		}
	}
	return 0, err
}

func takeBack(tx *store.Tx, tunnels []demarc.Tunnel) {
	for _, tunnel := range tunnels {
		store.Tunnels.Delete(tx, tunnel.Link.Key())
		tx.Release(numberClaim(tunnel.VNI))
	}
}

func numberClaim(vni uint32) string { return fmt.Sprintf("vni/%d", vni) }
