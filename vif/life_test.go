package vif_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"

	"github.com/google/go-cmp/cmp"
)

// try runs a room's function as one transaction.
func try[T any](t *testing.T, st *store.Store, fn func(*store.Tx) (T, error)) (out T, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

func must[T any](t *testing.T, st *store.Store, fn func(*store.Tx) (T, error)) T {
	t.Helper()
	out, err := try(t, st, fn)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sees reports sessions of an interface: those named are established, the
// others that its device should have are not.
func sees(t *testing.T, st *store.Store, id demarc.VirtualInterfaceID, established ...demarc.BGPPeerID) {
	t.Helper()
	seen := intent.VIFSeen{ID: id, Built: true}
	for _, peer := range established {
		seen.Session = append(seen.Session, intent.SessionSeen{Peer: peer, State: "Established"})
	}
	write(t, st, func(tx *store.Tx) error {
		store.VIFSightings.Put(tx, seen)
		vif.Observe(tx, seen)
		return nil
	})
}

// carried is an interface of acme's own with a session that is up.
func carried(t *testing.T, st *store.Store, vlan int, n func(*vif.New)) demarc.VirtualInterface {
	t.Helper()
	asked := request(vlan)
	if n != nil {
		n(&asked)
	}
	v := must(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
		return vif.Create(tx, acme, conn, vif.Onto{Gateway: own}, asked, noon)
	})
	sees(t, st, v.ID, v.Peers[0].ID)
	return get(t, st, v.ID)
}

func peerStates(v demarc.VirtualInterface) (states []string) {
	for _, p := range v.Peers {
		states = append(states, string(p.Family)+" "+string(p.State))
	}
	return states
}

// A public interface waits for the platform, and then for the edge.
func TestPublicLife(t *testing.T) {
	st := open(t)
	id := mustAllocate(t, st, conn, publicRequest(101)).ID
	confirmAs := func(of demarc.VirtualInterfaceType, onto vif.Onto) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.Confirm(tx, platform, id, of, onto, noon)
		})
		return err
	}
	verify := func() error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.Verify(tx, id, noon) })
		return err
	}
	refused(t, confirmAs(demarc.PrivateVIF, vif.Onto{Gateway: gw}), demarc.Invalid, "E-VIF-TYPE", "virtual interface "+string(id)+" is public, not private")
	refused(t, confirmAs(demarc.PublicVIF, vif.Onto{Gateway: gw}), demarc.Invalid, "E-VIF-GATEWAY", "a public virtual interface leads to no gateway")
	refused(t, verify(), demarc.Conflict, "E-VERIFY-STATE", "virtual interface "+string(id)+" is confirming and does not wait to be verified")
	if err := confirmAs(demarc.PublicVIF, vif.Onto{}); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon)
	if v := get(t, st, id); v.State != demarc.VIFVerifying || v.GatewayASN != 7224 || v.Peers[0].State != demarc.PeerVerifying {
		t.Errorf("accepted, it is %s with ASN %d and a session %s", v.State, v.GatewayASN, v.Peers[0].State)
	}
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	if v := get(t, st, id); v.State != demarc.VIFPending || v.Peers[0].State != demarc.PeerPending {
		t.Errorf("verified, it is %s, its session %s", v.State, v.Peers[0].State)
	}
	expire(t, st, noon)
	session := get(t, st, id).Peers[0].ID
	write(t, st, func(tx *store.Tx) error {
		vif.Observe(tx, intent.VIFSeen{ID: id, Built: true, Session: []intent.SessionSeen{{Peer: session, State: "Idle"}}})
		return nil
	})
	if v := get(t, st, id); v.State != demarc.VIFDown || v.Peers[0].State != demarc.PeerAvailable {
		t.Errorf("built, it is %s, its session %s", v.State, v.Peers[0].State)
	}
	if err := del(t, st, platform, id); err != nil {
		t.Fatal(err)
	}
	write(t, st, func(tx *store.Tx) error { vif.Settle(tx, id, noon); return nil })
	if v, left := get(t, st, id), claims(st); v.State != demarc.VIFDeleted || len(left) != 0 {
		t.Errorf("deleted, it is %s and holds %v", v.State, left)
	}
}

// What one announces another may not, but for one account with public ASNs.
func TestAnnouncedOnce(t *testing.T) {
	st := open(t)
	first := mustAllocate(t, st, conn, publicRequest(101, "198.51.100.0/24", "2001:db8:1::/48"))
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, first.ID, demarc.PublicVIF, vif.Onto{}, noon)
		return err
	})
	second := publicRequest(102, "198.51.100.128/25")
	second.AmazonAddress, second.CustomerAddress, second.ASN = "203.0.113.5/30", "203.0.113.6/30", 3333
	_, err := allocate(t, st, conn, second)
	refused(t, err, demarc.Conflict, "E-ROUTE-FILTER", "prefix 198.51.100.128/25 overlaps one that is announced over another virtual interface")
	second.RouteFilters = []string{"192.0.2.0/24", "2001:db8:1::/48"}
	mustAllocate(t, st, conn, second)
	third := second
	third.VLAN, third.RouteFilters, third.ASN = 103, []string{"192.0.2.0/25"}, 3334
	third.AmazonAddress, third.CustomerAddress = "203.0.113.9/30", "203.0.113.10/30"
	mustAllocate(t, st, conn, third)
}

// Who asks for a prefix has not got it: only what the platform has verified is
// in the way of others.
func TestPrefixesAreVerified(t *testing.T) {
	st := open(t)
	const theirs demarc.ConnectionID = "dxcon-f0000666"
	write(t, st, func(tx *store.Tx) error {
		store.Connections.Put(tx, demarc.Connection{ID: theirs, Owner: mallory, Bandwidth: demarc.Gbps, Location: "LIS1", Port: "lis1-d1/p6", State: demarc.ConnectionAvailable})
		return nil
	})
	create := func(by demarc.AccountID, on demarc.ConnectionID, prefix string) (demarc.VirtualInterface, error) {
		return try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.Create(tx, by, on, vif.Onto{}, publicRequest(101, prefix), noon)
		})
	}
	verify := func(v demarc.VirtualInterface) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.Verify(tx, v.ID, noon) })
		return err
	}
	greedy, err := create(mallory, theirs, "128.0.0.0/1")
	if err != nil {
		t.Fatal(err)
	}
	honest, err := create(acme, conn, "198.51.100.0/24")
	if err != nil {
		t.Fatalf("whose prefix it is cannot ask for it: %v", err)
	}
	if err := verify(honest); err != nil {
		t.Errorf("whose prefix it is does not get it: %v", err)
	}
	refused(t, verify(greedy), demarc.Conflict, "E-ROUTE-FILTER", "prefix 128.0.0.0/1 overlaps one that is announced over another virtual interface")
	if got := get(t, st, greedy.ID).State; got != demarc.VIFVerifying {
		t.Errorf("refused, it is %s", got)
	}
	_, err = try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
		n := publicRequest(102, "198.51.100.0/25")
		n.AmazonAddress, n.CustomerAddress = "203.0.113.5/30", "203.0.113.6/30"
		return vif.Create(tx, mallory, theirs, vif.Onto{}, n, noon)
	})
	refused(t, err, demarc.Conflict, "E-ROUTE-FILTER", "prefix 198.51.100.0/25 overlaps one that is announced over another virtual interface")
}

// Over IPv6 a prefix is no more another account's than over IPv4.
func TestIPv6PrefixesAreOneAccounts(t *testing.T) {
	st := open(t)
	const theirs demarc.ConnectionID = "dxcon-f0000666"
	write(t, st, func(tx *store.Tx) error {
		store.Connections.Put(tx, demarc.Connection{ID: theirs, Owner: mallory, Bandwidth: demarc.Gbps, Location: "LIS1", Port: "lis1-d1/p6", State: demarc.ConnectionAvailable})
		return nil
	})
	announces := func(by demarc.AccountID, on demarc.ConnectionID, vlan int, subnet, prefix string) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
			n := publicRequest(vlan, prefix)
			n.AmazonAddress, n.CustomerAddress, n.ASN = subnet+"1/30", subnet+"2/30", int64(3330+vlan)
			v, err := vif.Create(tx, by, on, vif.Onto{}, n, noon)
			if err != nil {
				return v, err
			}
			return vif.Verify(tx, v.ID, noon)
		})
		return err
	}
	if err := announces(acme, conn, 101, "203.0.113.", "2001:db8:1::/48"); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"2001:db8:1::/48", "2001:db8:1:7::/64", "2001:db8::/32"} {
		refused(t, announces(mallory, theirs, 102, "198.51.100.", prefix), demarc.Conflict, "E-ROUTE-FILTER", "prefix "+prefix+" overlaps one that is announced over another virtual interface")
	}
	if err := announces(acme, conn, 103, "192.0.2.", "2001:db8:1:7::/64"); err != nil {
		t.Errorf("its own account may not announce a part of it elsewhere: %v", err)
	}
}

// A second session comes and goes, the last one stays.
func TestPeers(t *testing.T) {
	st := open(t)
	v := carried(t, st, 101, nil)
	add := func(n vif.NewPeer) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.AddPeer(tx, acme, v.ID, n, noon) })
		return err
	}
	remove := func(ref vif.PeerRef) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.RemovePeer(tx, acme, v.ID, ref, noon)
		})
		return err
	}
	before := claims(st)
	refused(t, remove(vif.PeerRef{ID: v.Peers[0].ID}), demarc.Conflict, "E-PEER-LAST", "The last BGP Peer on a Virtual Interface cannot be deleted")
	refused(t, remove(vif.PeerRef{ID: "dxpeer-fzzzzzzz"}), demarc.NotFound, "E-PEER-UNKNOWN", "virtual interface "+string(v.ID)+" has no BGP peer dxpeer-fzzzzzzz")
	refused(t, add(vif.NewPeer{ASN: 65002}), demarc.Conflict, "E-PEER-FAMILY", "virtual interface "+string(v.ID)+" has a BGP peer of family ipv4, and a second one needs a connection whose hasLogicalRedundancy is yes")
	if err := add(vif.NewPeer{Family: demarc.IPv6}); err != nil {
		t.Fatal(err)
	}
	after := get(t, st, v.ID)
	six := after.Peers[1]
	if six.ASN != 65001 || six.AmazonAddress.Bits() != 125 || six.AmazonAddress.Masked() != six.CustomerAddress.Masked() || six.AmazonAddress == six.CustomerAddress {
		t.Errorf("assigned ASN %d, %s and %s", six.ASN, six.AmazonAddress, six.CustomerAddress)
	}
	sees(t, st, v.ID, v.Peers[0].ID, six.ID)
	if diff := cmp.Diff(peerStates(get(t, st, v.ID)), []string{"ipv4 available", "ipv6 available"}); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		for _, contradicts := range []vif.PeerRef{{ID: six.ID, ASN: 65009}, {ID: six.ID, Address: v.Peers[0].CustomerAddress.String()}, {ASN: 65009, Address: six.CustomerAddress.String()}} {
			if err := remove(contradicts); demarc.KindOf(err) != demarc.NotFound {
				t.Errorf("%+v: %v", contradicts, err)
			}
		}
		if err := remove(vif.PeerRef{ASN: 65001, Address: six.CustomerAddress.String()}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(peerStates(get(t, st, v.ID)), []string{"ipv4 available", "ipv6 deleting"}); diff != "" {
		t.Error(diff)
	}
	sees(t, st, v.ID, v.Peers[0].ID)
	if diff := cmp.Diff(peerStates(get(t, st, v.ID)), []string{"ipv4 available"}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("a session left claims (-got +want):\n%s", diff)
	}
}

// Who is given an interface on another's connection is told nothing of the others
// there.
func TestPeerAddressesOfAnother(t *testing.T) {
	st := open(t)
	theirs := carried(t, st, 101, func(n *vif.New) { n.AmazonAddress, n.CustomerAddress = "10.0.0.1/29", "10.0.0.2/29" })
	six := request(102)
	six.Family, six.ASN = demarc.IPv6, 65002
	v := mustAllocate(t, st, conn, six)
	for by, want := range map[demarc.AccountID]string{
		platform: "the peer addresses in 10.0.0.4/30 overlap those of another interface on connection " + string(conn),
		acme:     "the peer addresses in 10.0.0.4/30 overlap 10.0.0.0/29 of " + string(theirs.ID) + " on connection " + string(conn),
	} {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.AddPeer(tx, by, v.ID, vif.NewPeer{ASN: 65002, AmazonAddress: "10.0.0.5/30", CustomerAddress: "10.0.0.6/30"}, noon)
		})
		refused(t, err, demarc.Conflict, "E-PEER-IP", want)
	}
}

func TestPairsOfASNs(t *testing.T) {
	st := open(t)
	first := carried(t, st, 101, nil)
	_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
		return vif.Create(tx, acme, conn, vif.Onto{Gateway: own}, request(102), noon)
	})
	refused(t, err, demarc.Conflict, "E-ASN-PAIR", string(first.ID)+" on the same connection has our ASN 64513 and the customer's ASN 65001 already")
	must(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) {
		return vif.Create(tx, acme, other, vif.Onto{Gateway: own}, request(102), noon)
	})
}

// To another connection: new sessions beside the old ones, and every claim
// with it.
func TestMove(t *testing.T) {
	st := open(t)
	v := carried(t, st, 101, func(n *vif.New) { n.RateLimit = "50Mbps" })
	move := func(by demarc.AccountID, to demarc.ConnectionID) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.Move(tx, by, v.ID, to, noon) })
		return err
	}
	refused(t, move(mallory, other), demarc.NotFound, "", "Virtual interface with ID "+string(v.ID)+" does not exist")
	refused(t, move(acme, conn), demarc.Conflict, "E-VIF-PLACE", "virtual interface "+string(v.ID)+" is on "+string(conn)+" already")
	taken := mustAllocate(t, st, other, request(101))
	refused(t, move(acme, other), demarc.Conflict, "E-VLAN-TAKEN", "VLAN 101 is taken on connection dxcon-f0000002 by "+string(taken.ID))
	if err := del(t, st, acme, taken.ID); err != nil {
		t.Fatal(err)
	}
	if err := move(acme, other); err != nil {
		t.Fatal(err)
	}
	moved := get(t, st, v.ID)
	if moved.State != demarc.VIFPending || moved.Connection != other {
		t.Errorf("moved, it is %s on %s", moved.State, moved.Connection)
	}
	if diff := cmp.Diff(peerStates(moved), []string{"ipv4 pending", "ipv4 deleting"}); diff != "" {
		t.Error(diff)
	}
	sees(t, st, v.ID, moved.Peers[0].ID)
	if diff := cmp.Diff(peerStates(get(t, st, v.ID)), []string{"ipv4 available"}); diff != "" {
		t.Error(diff)
	}
	id := string(v.ID)
	want := map[string]string{
		"vlan/dxcon-f0000002/101": id, "asn/dxcon-f0000002/64513/65001": id, "rate/dxcon-f0000002/" + id: id,
		"pool/dxcon-f0000002/" + id + "/100/100": id, "gateway/" + string(own) + "/" + id: id,
		"peer/dxcon-f0000002/" + v.Peers[0].AmazonAddress.Masked().String(): id,
	}
	if diff := cmp.Diff(claims(st), want); diff != "" {
		t.Errorf("claims (-got +want):\n%s", diff)
	}
}

// A session that is going when its interface moves holds nothing on the new
// connection, and takes nothing from another interface there when it is gone.
func TestMoveWithASessionThatIsGoing(t *testing.T) {
	st := open(t)
	ends := func(n *vif.New) { n.AmazonAddress, n.CustomerAddress = "10.0.0.1/30", "10.0.0.2/30" }
	there := request(102)
	ends(&there)
	there.ASN = 65002
	theirs := mustAllocate(t, st, other, there)
	v := carried(t, st, 101, ends)
	for _, act := range []func(*store.Tx) (demarc.VirtualInterface, error){
		func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.AddPeer(tx, acme, v.ID, vif.NewPeer{Family: demarc.IPv6}, noon)
		},
		func(tx *store.Tx) (demarc.VirtualInterface, error) {
			return vif.RemovePeer(tx, acme, v.ID, vif.PeerRef{ID: v.Peers[0].ID}, noon)
		},
		func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.Move(tx, acme, v.ID, other, noon) },
	} {
		must(t, st, act)
	}
	sees(t, st, v.ID, get(t, st, v.ID).Peers[0].ID)
	if diff := cmp.Diff(peerStates(get(t, st, v.ID)), []string{"ipv6 available"}); diff != "" {
		t.Error(diff)
	}
	subnet := "peer/" + string(other) + "/10.0.0.0/30"
	if holder := claims(st)[subnet]; holder != string(theirs.ID) {
		t.Errorf("%s is held by %q, want %s", subnet, holder, theirs.ID)
	}
	if err := del(t, st, acme, v.ID); err != nil {
		t.Fatal(err)
	}
	write(t, st, func(tx *store.Tx) error { vif.Settle(tx, v.ID, noon); return nil })
	if holder := claims(st)[subnet]; holder != string(theirs.ID) {
		t.Errorf("after the end %s is held by %q, want %s", subnet, holder, theirs.ID)
	}
}

func TestUpdate(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	sees(t, st, v.ID, v.Peers[0].ID)
	update := func(by demarc.AccountID, c vif.Change) error {
		_, err := try(t, st, func(tx *store.Tx) (demarc.VirtualInterface, error) { return vif.Update(tx, by, v.ID, c, noon) })
		return err
	}
	refused(t, update(acme, vif.Change{MTU: new(9001)}), demarc.Denied, "E-UPDATE-DENIED", "the name, MTU and SiteLink of "+string(v.ID)+" are for account 333333333333 to change")
	refused(t, update(platform, vif.Change{RateLimit: new("50Mbps")}), demarc.Denied, "E-UPDATE-DENIED", "the rate limit and the prefixes of "+string(v.ID)+" are for account 111111111111 to change, whose connection it is on")
	refused(t, update(platform, vif.Change{SiteLink: new(true)}), demarc.Invalid, "E-SITELINK", "SiteLink is for private and transit virtual interfaces on a Direct Connect gateway")
	refused(t, update(platform, vif.Change{MTU: new(1501)}), demarc.Invalid, "E-MTU", "MTU 1501 is none of 1500, 8500 and 9001")
	refused(t, update(acme, vif.Change{PrefixesIPv6: new(6000)}), demarc.Invalid, "E-PREFIX-POOL", "an allocation of 6000 prefixes is not between 0 and 1000")
	for by, c := range map[demarc.AccountID]vif.Change{
		platform: {Name: new("new"), MTU: new(9001)},
		acme:     {RateLimit: new("100Mbps"), PrefixesIPv4: new(300), PrefixesIPv6: new(0)},
	} {
		if err := update(by, c); err != nil {
			t.Fatal(err)
		}
	}
	got := get(t, st, v.ID)
	if got.Name != "new" || got.MTU != 9001 || got.State != demarc.VIFPending || got.RateLimit != 100*demarc.Mbps || got.Prefixes != (demarc.PrefixAllocation{IPv4: 300}) {
		t.Errorf("changed, it is %s %s, MTU %d, %s, %v", got.Name, got.State, got.MTU, got.RateLimit, got.Prefixes)
	}
	if left := vif.PoolOf(st.Local(), conn, demarc.Gbps, 1).Unallocated(); left != (demarc.PrefixAllocation{IPv4: 4700, IPv6: 5000}) {
		t.Errorf("left in the pool: %v", left)
	}
	if err := update(acme, vif.Change{RateLimit: new("Unlimited")}); err != nil {
		t.Fatal(err)
	}
	if inUse, most := vif.RateLimiters(st.Local(), conn); inUse != 0 || most != 10 {
		t.Errorf("%d of %d rate limiters are in use", inUse, most)
	}
}

// An allocation is not cut below what the customer sends, refused prefixes among
// it: the edge would end the session for it.
func TestAnAllocationIsNotCutBelowWhatIsSent(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	var accepted []intent.RouteSeen
	var refusals []intent.RefusedSeen
	for i := range byte(8) {
		accepted = append(accepted, intent.RouteSeen{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, i, 0, 0}), 16)})
		refusals = append(refusals, intent.RefusedSeen{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, i, 0}), 24), Reason: "RFC 6890"})
	}
	// Of what was refused with its whole message the session has counted nothing.
	circular := intent.RefusedSeen{Prefix: netip.MustParsePrefix("10.99.0.0/16"), Reason: intent.MessageRefused, Error: "AS_PATH contains our AS"}
	write(t, st, func(tx *store.Tx) error {
		store.VIFSightings.Put(tx, intent.VIFSeen{ID: v.ID, Built: true, Accepted: intent.RoutesOf(accepted...), Refused: append(refusals[:3:3], circular)})
		return nil
	})
	allocated := func(n int) error {
		return st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := vif.Update(tx, acme, v.ID, vif.Change{PrefixesIPv4: &n}, noon)
			return err
		})
	}
	refused(t, allocated(10), demarc.Conflict, "E-PREFIX-POOL", "the customer of "+string(v.ID)+" sends 11 IPv4 and 0 IPv6 prefixes, refused ones among them, and cannot be allocated less")
	if err := allocated(11); err != nil {
		t.Error(err)
	}
}
