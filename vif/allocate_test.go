package vif_test

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"demarc"
	"demarc/store"
	"demarc/vif"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAllocate(t *testing.T) {
	st := open(t)
	n := request(101)
	n.AmazonAddress, n.CustomerAddress, n.Key, n.MTU = "10.9.0.1/29", "10.9.0.6/29", demarc.NewSecret("sixsix"), 9001
	n.Tags = []demarc.Tag{{Key: "a", Value: "b"}}
	got := mustAllocate(t, st, conn, n)
	want := demarc.VirtualInterface{
		Name: "prod", Type: demarc.PrivateVIF, Owner: platform, Connection: conn, ConnectionOwner: acme,
		Region: "eu-west-1", Location: "LIS1", Device: "lis1-d1", VLAN: 101, MTU: 9001, State: demarc.VIFConfirming,
		Prefixes: demarc.PrefixAllocation{IPv4: 100, IPv6: 100},
		Peers: []demarc.BGPPeer{{
			State: demarc.PeerPending, Family: demarc.IPv4, ASN: 65001, Key: demarc.NewSecret("sixsix"),
			AmazonAddress: netip.MustParsePrefix("10.9.0.1/29"), CustomerAddress: netip.MustParsePrefix("10.9.0.6/29"),
		}},
		Created: noon, Tags: n.Tags,
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", strip(got)), fmt.Sprintf("%+v", want)); diff != "" {
		t.Errorf("allocated (-got +want):\n%s", diff)
	}
	if key := get(t, st, got.ID).Peers[0].Key.Reveal(); key != "sixsix" {
		t.Errorf("the key stored is %q", key)
	}
	id := string(got.ID)
	if diff := cmp.Diff(claims(st), map[string]string{"vlan/dxcon-f0000001/101": id, "peer/dxcon-f0000001/10.9.0.0/29": id, "pool/dxcon-f0000001/" + id + "/100/100": id}); diff != "" {
		t.Errorf("claims (-got +want):\n%s", diff)
	}
}

// strip takes off what is drawn at random.
func strip(v demarc.VirtualInterface) demarc.VirtualInterface {
	v.ID, v.Peers[0].ID = "", ""
	return v
}

// Whatever is not said is chosen: MTU, key, and a /30 that no other interface
// of the connection's owner uses.
func TestChosen(t *testing.T) {
	st := open(t)
	used := map[netip.Prefix]demarc.VirtualInterfaceID{}
	for vlan := 1; vlan <= 30; vlan++ {
		on := []demarc.ConnectionID{conn, other}[vlan%2]
		v := mustAllocate(t, st, on, request(vlan))
		p := v.Peers[0]
		subnet := p.AmazonAddress.Masked()
		if before, taken := used[subnet]; taken {
			t.Errorf("%s and %s share %s", before, v.ID, subnet)
		}
		used[subnet] = v.ID
		first := subnet.Addr().Next()
		if p.AmazonAddress != netip.PrefixFrom(first, 30) || p.CustomerAddress != netip.PrefixFrom(first.Next(), 30) {
			t.Errorf("got %s and %s, want the first and the second host of a /30", p.AmazonAddress, p.CustomerAddress)
		}
		switch b := first.As4(); {
		case b[0] != 169, b[1] != 254, b[2] == 0, b[2] == 255, b[2] == 169:
			t.Errorf("got %s, want link-local, neither at its ends nor beside the metadata service", subnet)
		}
		if key := p.Key.Reveal(); len(key) != 24 || !strings.HasPrefix(key, "0x") || v.MTU != 1500 {
			t.Errorf("a key of %d characters and MTU %d", len(key), v.MTU)
		}
	}
}

func TestAllocateRefuses(t *testing.T) {
	st := open(t)
	write(t, st, func(tx *store.Tx) error {
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-f0000003", Owner: acme, Bandwidth: demarc.Gbps, State: demarc.ConnectionDeleted, Deleted: noon})
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-f0000004", Owner: mallory, Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable})
		return nil
	})
	type order struct {
		on    demarc.ConnectionID
		owner demarc.AccountID
		vif.New
	}
	vlan := func(n int) func(*order) { return func(o *order) { o.VLAN = n } }
	asn := func(n int64) func(*order) { return func(o *order) { o.ASN = n } }
	ends := func(amazon, customer string) func(*order) {
		return func(o *order) { o.AmazonAddress, o.CustomerAddress = amazon, customer }
	}
	key := func(s string) func(*order) { return func(o *order) { o.Key = demarc.NewSecret(s) } }
	const badKey = "a BGP authentication key is of printable ASCII characters other than space and quotation mark"
	for _, test := range []struct {
		name string
		edit func(*order)
		kind demarc.Kind
		code string
		text string
	}{
		{"connection unknown", func(o *order) { o.on = "dxcon-fzzzzzzz" }, demarc.NotFound, "", "Could not find Connection with ID dxcon-fzzzzzzz"},
		{"connection of another", func(o *order) { o.on = "dxcon-f0000004" }, demarc.NotFound, "", "Could not find Connection with ID dxcon-f0000004"},
		{"connection malformed", func(o *order) { o.on = "foobar" }, demarc.Invalid, "", "Connection ID foobar has an invalid format."},
		{"connection deleted", func(o *order) { o.on = "dxcon-f0000003" }, demarc.Conflict, "E-CONNECTION-DELETED", "connection dxcon-f0000003 is deleted"},
		{"to oneself", func(o *order) { o.owner = acme }, demarc.Invalid, "E-ACCOUNT-SELF", "Cannot allocate VirtualInterface for the connection owner."},
		{"to nobody", func(o *order) { o.owner = "123456789012" }, demarc.Invalid, "E-ACCOUNT-UNKNOWN", `there is no account "123456789012" to allocate to`},
		{"VLAN 0", vlan(0), demarc.Invalid, "E-VLAN-RANGE", "VLAN 0 is not between 1 and 4094"},
		{"VLAN 4095", vlan(4095), demarc.Invalid, "E-VLAN-RANGE", "VLAN 4095 is not between 1 and 4094"},
		{"VLAN that wraps", vlan(65536 + 101), demarc.Invalid, "E-VLAN-RANGE", "VLAN 65637 is not between 1 and 4094"},
		{"ASN 0", asn(0), demarc.Invalid, "E-ASN-RANGE", "BGP ASN 0 must have value greater than or equal to 1"},
		{"ASN below", asn(-94967296), demarc.Invalid, "E-ASN-RANGE", "BGP ASN -94967296 must have value greater than or equal to 1"},
		{"ASN last", asn(math.MaxUint32), demarc.Invalid, "E-ASN-RANGE", "BGP ASN 4294967295 must have value less than or equal to 4294967294"},
		{"ASN that wraps", asn(1<<32 + 65001), demarc.Invalid, "E-ASN-RANGE", "BGP ASN 4295032297 must have value less than or equal to 4294967294"},
		{"AS_TRANS", asn(23456), demarc.Invalid, "E-ASN-RESERVED", "BGP ASN 23456 is AS_TRANS (RFC 6793) and cannot be a network's own"},
		{"ASN 65535", asn(65535), demarc.Invalid, "E-ASN-RESERVED", "BGP ASN 65535 is reserved (RFC 7300)"},
		{"no name", func(o *order) { o.Name = "" }, demarc.Invalid, "", "a virtual interface's name has 1 to 100 characters, not 0"},
		{"long name", func(o *order) { o.Name = strings.Repeat("ü", 101) }, demarc.Invalid, "", "a virtual interface's name has 1 to 100 characters, not 101"},
		{"name of two lines", func(o *order) { o.Name = "a\nb" }, demarc.Invalid, "", "a virtual interface's name has no control characters"},
		{"MTU", func(o *order) { o.MTU = 9000 }, demarc.Invalid, "E-MTU", "MTU 9000 is none of 1500, 8500 and 9001"},
		{"short key", key("five5"), demarc.Invalid, "E-MD5-KEY", "a BGP authentication key has 6 to 80 characters, not 5"},
		{"long key", key(strings.Repeat("k", 81)), demarc.Invalid, "E-MD5-KEY", "a BGP authentication key has 6 to 80 characters, not 81"},
		{"key with a space", key("two words"), demarc.Invalid, "E-MD5-KEY", badKey},
		{"key with a quotation mark", key(`said"no"`), demarc.Invalid, "E-MD5-KEY", badKey},
		{"key with a new line", key("pass\nword"), demarc.Invalid, "E-MD5-KEY", badKey},
		{"key beyond ASCII", key("schlüssel"), demarc.Invalid, "E-MD5-KEY", badKey},
		{"ipv6 with ends", func(o *order) {
			o.Family, o.AmazonAddress, o.CustomerAddress = demarc.IPv6, "2001:db8::1/125", "2001:db8::2/125"
		}, demarc.Invalid, "E-PEER-IP", "the addresses of an IPv6 peer are assigned, and cannot be chosen"},
		{"public MTU", func(o *order) { o.New = publicRequest(101); o.MTU = 9001 }, demarc.Invalid, "E-MTU", "MTU 9001 is not 1500, which every public virtual interface has"},
		{"transit MTU", func(o *order) { o.Type, o.MTU = demarc.TransitVIF, 9001 }, demarc.Invalid, "E-MTU", "MTU 9001 is neither 1500 nor 8500, which a transit virtual interface may have"},
		{"no such rate", func(o *order) { o.RateLimit = "1.1Gbps" }, demarc.Invalid, "E-RATE-LIMIT", `"1.1Gbps" is no rate limit; there are ` + strings.Join(strings.Fields(rates), ", ") + " and Unlimited"},
		{"rate above the port's", func(o *order) { o.RateLimit = "1.2Gbps" }, demarc.Invalid, "E-RATE-LIMIT", "rate limit 1.2Gbps is above the 1Gbps of dxcon-f0000001"},
		{"too many prefixes", func(o *order) { o.PrefixesIPv4 = new(1001) }, demarc.Invalid, "E-PREFIX-POOL", "an allocation of 1001 prefixes is not between 0 and 1000"},
		{"no prefixes for its session", func(o *order) { o.PrefixesIPv4 = new(0) }, demarc.Invalid, "E-PREFIX-POOL", "no prefixes can be allocated only where there is no ipv4 BGP peer"},
		{"filters of a private one", func(o *order) { o.RouteFilters = []string{"198.51.100.0/24"} }, demarc.Invalid, "E-ROUTE-FILTER", "routeFilterPrefixes are for public virtual interfaces, and this one is private"},
		{"no filters", func(o *order) { o.New = publicRequest(101); o.RouteFilters = nil }, demarc.Invalid, "E-ROUTE-FILTER", "a public virtual interface names 1 to 1000 prefixes that it announces, not 0"},
		{"a filter twice", func(o *order) { o.New = publicRequest(101, "198.51.100.0/24", "198.51.100.0/24") }, demarc.Invalid, "E-ROUTE-FILTER", "prefix 198.51.100.0/24 is listed twice"},
		{"a filter of no prefix", func(o *order) { o.New = publicRequest(101, "all") }, demarc.Invalid, "E-ROUTE-FILTER", `"all" is no prefix such as 203.0.113.0/24`},
		{"a filter with host bits", func(o *order) { o.New = publicRequest(101, "198.51.100.1/24") }, demarc.Invalid, "E-ROUTE-FILTER", "prefix 198.51.100.1/24 has bits behind its length; its network is 198.51.100.0/24"},
		{"a filter of everything", func(o *order) { o.New = publicRequest(101, "0.0.0.0/0") }, demarc.Invalid, "E-ROUTE-FILTER", "prefix 0.0.0.0/0 is not between /1 and /32"},
		{"a narrow v6 filter", func(o *order) { o.New = publicRequest(101, "2001:db8::/65") }, demarc.Invalid, "E-ROUTE-FILTER", "prefix 2001:db8::/65 is not between /1 and /64"},
		{"a private filter", func(o *order) { o.New = publicRequest(101, "10.1.0.0/16") }, demarc.Invalid, "E-ROUTE-FILTER", "prefix 10.1.0.0/16 is private, and nobody's to announce in public"},
		{"no public ends", func(o *order) { o.New = publicRequest(101); o.AmazonAddress, o.CustomerAddress = "", "" }, demarc.Invalid, "E-PEER-IP", "a public virtual interface over IPv4 needs an Amazon Address and a Customer Address, of public addresses that the customer may use"},
		{"private ends in public", func(o *order) { o.New = publicRequest(101); o.AmazonAddress = "10.0.0.1/30" }, demarc.Invalid, "E-PEER-IP", "Amazon Address is not allowed to contain a private IP"},
		{"public prefixes", func(o *order) { o.New = publicRequest(101); o.PrefixesIPv6 = new(5) }, demarc.Invalid, "E-PREFIX-POOL", "a public virtual interface has no prefix allocation"},
		{"ipx", func(o *order) { o.Family = "ipx" }, demarc.Invalid, "", `address family "ipx" is neither ipv4 nor ipv6`},
		{"a tag twice", func(o *order) { o.Tags = []demarc.Tag{{Key: "a"}, {Key: "a"}} }, demarc.Invalid, demarc.CodeTagDuplicate, `tag key "a" is given twice`},
		{"one end", ends("10.0.0.1/30", ""), demarc.Invalid, "E-PEER-IP", "Amazon Address and Customer Address must be given both, or neither"},
		{"no mask", ends("10.0.0.1", "10.0.0.2/30"), demarc.Invalid, "E-PEER-IP", `Amazon Address "10.0.0.1" is no address with a mask, such as 169.254.10.1/30`},
		{"no address", ends("10.0.0.1/30", "ten/30"), demarc.Invalid, "E-PEER-IP", `Customer Address "ten/30" is no address with a mask, such as 169.254.10.1/30`},
		{"v6 ends", ends("2001:db8::1/125", "2001:db8::2/125"), demarc.Invalid, "E-PEER-IP", "Amazon Address 2001:db8::1/125 is not an IPv4 address"},
		{"/32", ends("10.0.0.1/32", "10.0.0.2/32"), demarc.Invalid, "E-PEER-IP", "Amazon Address 10.0.0.1/32 has no room for two ends; the mask is /31 at most"},
		{"two subnets", ends("10.0.0.1/30", "10.0.0.5/30"), demarc.Invalid, "E-PEER-IP", "Amazon Address and Customer Address must be in the same CIDR"},
		{"two masks", ends("10.0.0.1/30", "10.0.0.2/29"), demarc.Invalid, "E-PEER-IP", "Amazon Address and Customer Address must be in the same CIDR"},
		{"amazon at 0", ends("10.0.0.0/30", "10.0.0.2/30"), demarc.Invalid, "E-PEER-IP", "Amazon Address is address 0 on its subnet."},
		{"customer at 0", ends("10.0.0.1/30", "10.0.0.0/30"), demarc.Invalid, "E-PEER-IP", "Customer Address is address 0 on its subnet."},
		{"amazon at broadcast", ends("10.0.0.3/30", "10.0.0.2/30"), demarc.Invalid, "E-PEER-IP", "Amazon Address is the broadcast address on its subnet."},
		{"customer at broadcast", ends("10.0.0.1/28", "10.0.0.15/28"), demarc.Invalid, "E-PEER-IP", "Customer Address is the broadcast address on its subnet."},
		{"one address", ends("10.0.0.1/30", "10.0.0.1/30"), demarc.Invalid, "E-PEER-IP", "Amazon Address and Customer Address are both 10.0.0.1"},
		{"multicast", ends("224.0.0.5/30", "224.0.0.6/30"), demarc.Invalid, "E-PEER-IP", "Amazon Address 224.0.0.5/30 cannot be the address of a router"},
		{"loopback", ends("10.0.0.1/30", "127.0.0.2/30"), demarc.Invalid, "E-PEER-IP", "Customer Address 127.0.0.2/30 cannot be the address of a router"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := order{conn, platform, request(101)}
			test.edit(&o)
			err := st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := vif.Allocate(tx, acme, o.on, o.owner, o.New, noon)
				return err
			})
			refused(t, err, test.kind, test.code, test.text)
			if secret := o.Key.Reveal(); secret != "" && strings.Contains(err.Error(), secret) {
				t.Error("the key stands in the error")
			}
		})
	}
	empty(t, st)
}

func TestEndsThatPass(t *testing.T) {
	st := open(t)
	for vlan, ends := range [][2]string{{"10.0.0.0/31", "10.0.0.1/31"}, {"10.0.1.2/30", "10.0.1.1/30"}, {"192.0.2.1/24", "192.0.2.77/24"}} {
		n := request(vlan + 1)
		n.AmazonAddress, n.CustomerAddress = ends[0], ends[1]
		if _, err := allocate(t, st, conn, n); err != nil {
			t.Errorf("%v: %v", ends, err)
		}
	}
}

// On one connection tags and subnets are taken once; another connection has
// its own.
func TestTaken(t *testing.T) {
	st := open(t)
	with := func(vlan int, amazon, customer string) vif.New {
		n := request(vlan)
		n.AmazonAddress, n.CustomerAddress = amazon, customer
		return n
	}
	first := mustAllocate(t, st, conn, with(101, "10.0.0.1/29", "10.0.0.2/29"))
	before := claims(st)
	_, err := allocate(t, st, conn, request(101))
	refused(t, err, demarc.Conflict, "E-VLAN-TAKEN", fmt.Sprintf("VLAN 101 is taken on connection %s by %s", conn, first.ID))
	_, err = allocate(t, st, conn, with(102, "10.0.0.1/29", "10.0.0.2/29"))
	refused(t, err, demarc.Conflict, "E-PEER-IP", fmt.Sprintf("the peer addresses in 10.0.0.0/29 overlap 10.0.0.0/29 of %s on connection %s", first.ID, conn))
	_, err = allocate(t, st, conn, with(103, "10.0.0.5/30", "10.0.0.6/30"))
	refused(t, err, demarc.Conflict, "E-PEER-IP", fmt.Sprintf("the peer addresses in 10.0.0.4/30 overlap 10.0.0.0/29 of %s on connection %s", first.ID, conn))
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("refusals left claims (-got +want):\n%s", diff)
	}
	mustAllocate(t, st, other, with(101, "10.0.0.1/29", "10.0.0.2/29"))
}

// Many at once ask for one tag: one has it, the others have nothing.
func TestOneVLANAtOnce(t *testing.T) {
	st := open(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = allocate(t, st, conn, request(101)) })
	}
	all.Wait()
	on := vif.List(st.Local(), acme, vif.Filter{}, noon)
	if len(on) != 1 {
		t.Fatalf("%d interfaces have the tag", len(on))
	}
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, demarc.Conflict, "E-VLAN-TAKEN", fmt.Sprintf("VLAN 101 is taken on connection %s by %s", conn, on[0].ID))
	}
	if got := claims(st); won != 1 || len(got) != 3 {
		t.Errorf("%d won, claims %v", won, got)
	}
}

func TestCreate(t *testing.T) {
	st := open(t)
	create := func(onto demarc.GatewayID, n vif.New) (v demarc.VirtualInterface, err error) {
		err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
			v, err = vif.Create(tx, acme, conn, vif.Onto{Gateway: onto}, n, noon)
			return err
		})
		return v, err
	}
	_, err := create(gw, request(101)) // the platform's
	refused(t, err, demarc.NotFound, "", "there is no virtual gateway "+string(gw)+"")
	n := request(101)
	n.ASN = 64513
	_, err = create(own, n)
	refused(t, err, demarc.Conflict, "E-ASN-EQUAL", "the customer's ASN 64513 equals the ASN 64513 of gateway "+string(own)+"; a BGP session needs two")
	empty(t, st)
	v, err := create(own, request(101))
	if err != nil {
		t.Fatal(err)
	}
	want := demarc.VirtualInterface{Owner: acme, ConnectionOwner: acme, State: demarc.VIFPending, Gateway: own, GatewayASN: 64513}
	got := demarc.VirtualInterface{Owner: v.Owner, ConnectionOwner: v.ConnectionOwner, State: v.State, Gateway: v.Gateway, GatewayASN: v.GatewayASN}
	if diff := cmp.Diff(got, want, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || v.Hosted() {
		t.Errorf("created (-got +want):\n%s", diff)
	}
}
