package site_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/account"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

func TestSampleIsValid(t *testing.T) {
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Locations); got != 2 {
		t.Errorf("got %d locations, want 2", got)
	}
	if got := s.Locations[0].Devices[0].Ports[0].Interface; got != "p1" {
		t.Errorf("a port's interface is %q, want its name p1", got)
	}
}

func TestQuotas(t *testing.T) {
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(demarc.Quotas(s.Quotas), demarc.DefaultQuotas()); diff != "" {
		t.Errorf("the sample documents other quotas than AWS's: %s", diff)
	}
	s, err = site.Parse([]byte("region: eu-west-1\nquotas: {connections: 0, lags: 3}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := demarc.DefaultQuotas()
	want.Connections, want.Lags = 0, 3
	if diff := cmp.Diff(demarc.Quotas(s.Quotas), want); diff != "" {
		t.Error(diff)
	}
	st := storetest.Embedded(t, store.Tables()...)
	if got := account.Quotas(st.Local()); got != demarc.DefaultQuotas() {
		t.Errorf("without a site: got %+v", got)
	}
	if err := s.Import(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	if got := account.Quotas(st.Local()); got != want {
		t.Errorf("rooms read %+v, want %+v", got, want)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown field", "rack: R07", "rak: R07", `unknown field "rak"`},
		{"public prefix", "prefix: 203.0.113.0/24", "prefix: 203.0.113.1/24", "public[0].prefix: 203.0.113.1/24 is no network such as 203.0.113.0/24"},
		{"scope", "scope: local", "scope: here", `public[0].scope: "here" is none of local, continent, global`},
		{"public uplink to nowhere", "public: {uplink: internet, asn: 64500, routers: [{address: 198.18.2.1/30", "public: {asn: 64500, routers: [{address: 198.18.2.1/30", "devices[1].public.uplink: is missing"},
		{"public uplink without routers", "routers: [{address: 198.18.2.1/30, next: 198.18.2.2}]", "routers: []", "devices[1].public.routers: are missing"},
		{"public router elsewhere", "next: 198.18.2.2", "next: 198.18.2.6", "devices[1].public.routers[0].next: 198.18.2.6 is not the other end of 198.18.2.0/30"},
		{"two routers of a kind", "[{address: 198.18.2.1/30, next: 198.18.2.2}]", "[{address: 198.18.2.1/30, next: 198.18.2.2}, {address: 198.18.2.5/30, next: 198.18.2.6}]", "routers[1].next: there is a router of this IP version already"},
		{"no such carrier", "via: carrier-r1", "via: carrier-r2", `lab.routers[2].via: there is no carrier "carrier-r2" under lab.carriers`},
		{"public uplink used twice", "198.18.2.1/30, next: 198.18.2.2", "198.18.1.1/30, next: 198.18.1.2", "198.18.1.0/30 is used already by locations[0].devices[0].public.routers[0]"},
		{"a device called as the network of another", "name: lis1-d2", "name: lis1-d1-public", `"lis1-d1-public" is used already by locations[0].devices[0].public`},
		{"unknown field's line", "rack: R07", "rak: R07", "[40:"},
		{"no such account", "facility: facility            #", "facility: nobody #", `locations[0].facility: there is no account "nobody"`},
		{"wrong party", "facility: facility            #", "facility: partner #", `account "partner" is a partner; expected a facility`},
		{"MACsec on a slow port", "{name: p2, speed: 1Gbps}", "{name: p2, speed: 1Gbps, macsec: true}", "locations[0].devices[0].ports[1].macsec: is there from 10Gbps on, not at 1Gbps"},
		{"speed", "{name: p1, speed: 1Gbps}", "{name: p1, speed: 1Gbit}", "1Gbit"},
		{"edition", "edition: Enterprise", "edition: Gold", `environments[0].edition: there is no edition "Gold"`},
		{"address outside", "address: 10.8.2.10}", "address: 10.9.2.10}", "10.9.2.10 is not in 10.8.2.0/24"},
		{"cidr with host bits", "cidr: 10.8.2.0/24", "cidr: 10.8.2.1/24", "environments[0].cidr"},
		{"source with host bits", "    drills: true ", "    allowed: [192.168.1.1/16]\n    drills: true ", "environments[0].allowed[0]: 192.168.1.1/16 is no network"},
		{"elsewhere is nowhere", "    drills: true ", "    elsewhere: {at: there, region: eu-west-1, account: \"123456789012\"}\n    drills: true ", `environments[0].elsewhere.at: "there" is neither aws nor a URL`},
		{"elsewhere without a region", "    drills: true ", "    elsewhere: {at: aws, account: \"123456789012\"}\n    drills: true ", "environments[0].elsewhere.region: is missing"},
		{"elsewhere without an account", "    drills: true ", "    elsewhere: {at: aws, region: eu-west-1, account: \"1234\"}\n    drills: true ", `environments[0].elsewhere.account: "1234" is no account number`},
		{"a name twice", "name: lis1-d2", "name: lis1-d1", `"lis1-d1" is used already by locations[0].devices[0].name`},
		{"daemon", "daemon: bird", "daemon: quagga", `"quagga" is neither frr nor bird`},
		{"no such quota", "  lags: 10", "  legs: 10", `unknown field "legs"`},
		{"quota below none", "  lags: 10", "  lags: -1", "quotas.lags: -1 is less than none"},
		{"deadline below none", "acceptanceDays: 7", "acceptanceDays: -1", "deadlines.acceptanceDays: -1 is less than none"},
		{"role for nobody", "assumedBy: [platform]", "assumedBy: [nobody]", `accounts[3].roles[0].assumedBy[0]: there is no account "nobody"`},
		{"role's name", "name: patching", "name: 'a b'", `accounts[3].roles[0].name: "a b"`},
		{"role's field", "assumedBy:", "trustedBy:", `unknown field "trustedBy"`},
		{"one address alone", "routerID: 10.255.0.1 ", "address: 192.0.2.1\n        routerID: 10.255.0.1 ", "locations[0].devices[1].address: is missing"},
		{"no machine's address", "routerID: 10.255.0.1 ", "address: 127.0.0.1\n        routerID: 10.255.0.1 ", "locations[0].devices[0].address: 127.0.0.1 is no address that a machine has"},
		{"no region", "\nregion: eu-west-1", "\n", "region: is missing"},
		{"no name of a region", "\nregion: eu-west-1", "\nregion: eu/west", `region: "eu/west" is no name such as eu-west-1`},
		{"no name of a location's region", "    facility: facility            #", "    region: EU\n    facility: facility #", `locations[0].region: "EU" is no name such as eu-west-1`},
		{"no name of a prefix's region", "scope: local}", "scope: local, region: EU}", `public[0].region: "EU" is no name such as eu-west-1`},
		{"environment away from its host", "    drills: true ", "    region: eu-central-1\n    drills: true ", "environments[0].region: eu-central-1 is not where its host vpc-a is, eu-west-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(site.Sample), tt.old, tt.new, 1)
			if text == string(site.Sample) {
				t.Fatalf("the sample has no %q", tt.old)
			}
			_, err := site.Parse([]byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %s", err, tt.want)
			}
		})
	}
}
