package desk_test

import (
	"net/netip"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// faults shows the link one far end after the other, each at fault in its way,
// and checks that the step names the fault, and none where nothing tells.
func (w *world) faults(link demarc.Link, v demarc.VirtualInterface, seen intent.VIFSeen) {
	w.Helper()
	near, far := v.Peers[0].AmazonAddress.Addr(), v.Peers[0].CustomerAddress.Addr()
	elsewhere := netip.MustParseAddr("192.168.50.1")
	const long, short = 30 * time.Second, 2 * time.Second
	before := w.now.Add(-time.Second)
	arp := func(from netip.Addr) []intent.ARPSeen {
		return []intent.ARPSeen{{From: from, MAC: "02:00:00:00:00:01", Target: near}}
	}
	notified := func(sent bool, code, subcode uint8) []intent.SessionChange {
		return []intent.SessionChange{
			{At: before, State: "Idle", Reason: "bad peer AS", Notification: &intent.NotificationSeen{Sent: sent, Code: code, Subcode: subcode}},
			{State: "Idle", Reason: "the connection failed"},
		}
	}
	calls := intent.CallerSeen{From: far, Calls: true, Signed: true, TTL: 1}
	with := func(change func(*intent.CallerSeen)) []intent.CallerSeen {
		c := calls
		change(&c)
		return []intent.CallerSeen{c}
	}
	for _, tt := range []struct {
		name    string
		code    string
		says    string
		heard   intent.HeardSeen
		strays  []intent.StraySeen
		history []intent.SessionChange
	}{
		{"just begun", "", "", intent.HeardSeen{For: short}, nil, nil},
		{"nothing at all", "E-ARP-NONE", far.String(), intent.HeardSeen{For: long}, nil, nil},
		{"another tag", "E-VLAN-MISMATCH", "tag 102, expected is 101", intent.HeardSeen{For: long}, []intent.StraySeen{{VLAN: 102}}, nil},
		{"no tag", "E-VLAN-MISMATCH", "without a tag", intent.HeardSeen{For: long}, []intent.StraySeen{{}}, nil},
		{"two tags", "E-VLAN-QINQ", "inside tag 101", intent.HeardSeen{For: long}, []intent.StraySeen{{VLAN: 101, Double: true}}, nil},
		{"another interface's tag", "E-ARP-NONE", "", intent.HeardSeen{For: long}, []intent.StraySeen{{VLAN: 103}}, nil},
		{"the ends swapped", "E-PEER-IP", "swapped", intent.HeardSeen{For: short, ARP: arp(near)}, nil, nil},
		{"another address", "E-PEER-IP", "192.168.50.1", intent.HeardSeen{For: short, ARP: arp(elsewhere)}, nil, nil},
		{"a probe for an address", "", "", intent.HeardSeen{For: short, ARP: arp(netip.IPv4Unspecified())}, nil, nil},
		{"its ASN", "E-ASN-MISMATCH", "than the interface has, 65010", intent.HeardSeen{For: long, ARP: arp(far)}, nil, notified(true, 2, 2)},
		{"ours", "E-ASN-MISMATCH", "than ours, 64512", intent.HeardSeen{For: long, ARP: arp(far)}, nil, notified(false, 2, 2)},
		{"its ASN, long ago", "E-TCP179-BLOCKED", "", intent.HeardSeen{At: w.now.Add(time.Minute), For: long, ARP: arp(far)}, nil, notified(true, 2, 2)[:1]},
		{"its ASN, and another key since", "E-MD5-MISMATCH", "", intent.HeardSeen{At: w.now, For: long, ARP: arp(far), Missigned: 3, LastMissigned: w.now}, nil, notified(true, 2, 2)},
		{"its ASN, and no key since", "E-MD5-MISSING", "", intent.HeardSeen{At: w.now, For: long, ARP: arp(far),
			Callers: []intent.CallerSeen{{From: far, Last: w.now, Calls: true, TTL: 1}}}, nil, notified(true, 2, 2)},
		{"another OPEN error", "", "", intent.HeardSeen{For: short, ARP: arp(far)}, nil, notified(true, 2, 3)},
		{"no key", "E-MD5-MISSING", "without an MD5 signature", intent.HeardSeen{For: short, ARP: arp(far), Unsigned: 3,
			Callers: with(func(c *intent.CallerSeen) { c.Signed = false })}, nil, nil},
		{"another key", "E-MD5-MISMATCH", "7 segments", intent.HeardSeen{For: short, ARP: arp(far), Missigned: 7, Callers: []intent.CallerSeen{calls}}, nil, nil},
		{"TTL security", "E-MULTIHOP", "TTL 255", intent.HeardSeen{For: short, ARP: arp(far), Callers: with(func(c *intent.CallerSeen) { c.TTL = 255 })}, nil, nil},
		{"from behind the router", "E-MULTIHOP", "calls from 192.168.50.1", intent.HeardSeen{For: short, ARP: arp(far),
			Callers: with(func(c *intent.CallerSeen) { c.From = elsewhere })}, nil, nil},
		{"no BGP", "E-TCP179-BLOCKED", "answers ARP", intent.HeardSeen{For: long, ARP: arp(far)}, nil, nil},
		{"no BGP yet", "", "", intent.HeardSeen{For: short, ARP: arp(far)}, nil, nil},
		{"refusals, which are unsigned", "E-TCP179-BLOCKED", "refuses connections", intent.HeardSeen{For: long, ARP: arp(far), Unsigned: 9,
			Callers: []intent.CallerSeen{{From: far, Resets: true}}}, nil, nil},
		{"calls without an ear", "E-TCP179-BLOCKED", "does not hear", intent.HeardSeen{For: long, ARP: arp(far), Callers: []intent.CallerSeen{calls}}, nil, nil},
	} {
		seen.Heard = &tt.heard
		seen.Session[0].History = tt.history
		w.sees(seen)
		w.stray(v, tt.strays)
		s := w.session(link)
		if s.Done || s.Code != tt.code || !strings.Contains(s.Evidence, tt.says) || !strings.HasPrefix(s.Evidence, tt.code) {
			w.Errorf("%s: done %v, got %q %q, want %q and %q", tt.name, s.Done, s.Code, s.Evidence, tt.code, tt.says)
		}
	}
	seen.Session[0].History = nil
	w.larger(link, v, seen)
}

// stray is what the port of an interface's connection sees that is no
// interface's. Another one, with tag 103, waits there to be accepted.
func (w *world) stray(v demarc.VirtualInterface, strays []intent.StraySeen) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		conn, _ := store.Connections.Get(tx, string(v.Connection))
		v.ID, v.VLAN, v.Owner, v.Gateway, v.State = "dxvif-fother00", 103, stranger, "", demarc.VIFConfirming
		store.VirtualInterfaces.Put(tx, v)
		store.PortSightings.Put(tx, intent.PortSeen{ID: conn.Port, Carrier: true, Strays: strays})
		return nil
	})
}

// larger checks what is said of packets that the line does not carry whole,
// and that they hold the link up.
func (w *world) larger(link demarc.Link, v demarc.VirtualInterface, seen intent.VIFSeen) {
	w.Helper()
	seen.Session = []intent.SessionSeen{{State: "Established", Since: w.now}}
	seen.Accepted = intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24")})
	seen.Advertised = intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("10.8.2.0/24")})
	for want, probe := range map[string]*intent.SoundingSeen{
		"smaller": {Octets: 9001, Answered: true},
		"larger":  {Octets: 1500, Answered: true, Whole: true, Larger: true},
		"":        {Octets: 1500}, // it answers nothing, as some routers do
	} {
		seen.Sounding = probe
		w.sees(seen, "192.168.50.0/24")
		if s := w.session(link); s.Done != (want == "") || (s.Code == "E-MTU-PATH") == s.Done || !strings.Contains(s.Evidence, want) {
			w.Errorf("%+v: done %v, %s %q", probe, s.Done, s.Code, s.Evidence)
		}
	}
	seen.Sounding = nil
	w.losses(link, seen)
	seen.Accepted = intent.RoutesSeen{}
	seen.Heard = &intent.HeardSeen{For: time.Second, Callers: []intent.CallerSeen{{From: v.Peers[0].CustomerAddress.Addr(), Answers: true, TTL: 255}}}
	w.sees(seen)
	if s := w.session(link); s.Code != "E-MULTIHOP" {
		w.Errorf("established and unheard: %s %q", s.Code, s.Evidence)
	}
}

// losses checks what is said of packets that the line loses, which do not hold
// the link up.
func (w *world) losses(link demarc.Link, seen intent.VIFSeen) {
	w.Helper()
	for _, tt := range []struct {
		echo       intent.EchoSeen
		code, says string
	}{
		{intent.EchoSeen{}, "", "what the line loses is not known: it was not asked for long enough"},
		{intent.EchoSeen{Verdict: "mute"}, "", "does not answer echo requests"},
		{intent.EchoSeen{Verdict: "limited", Percent: 80}, "", "limits how many echo requests"},
		{intent.EchoSeen{Verdict: "full", Percent: 80}, "", "all that its rate lets it"},
		{intent.EchoSeen{Verdict: intent.LineClean, Percent: 1}, "", "1 % of echo requests"},
		{intent.EchoSeen{Verdict: intent.LineLossy, Percent: 21}, "E-LINE-LOSSY", "21 % of the echo requests over this line get no answer"},
		{intent.EchoSeen{Verdict: intent.LineLossy, Percent: 21, Ways: &intent.WaysSeen{In: 19, Out: 2}}, "E-LINE-LOSSY", "19 % are lost from the router and 2 % to it"},
		{intent.EchoSeen{Verdict: intent.LineLossy, Percent: 21}, "E-LINE-LOSSY", "does not ask for it to be drained"},
		{intent.EchoSeen{Verdict: intent.LineLossy, Drained: w.now, Wait: time.Minute}, "E-LINE-LOSSY", "others carry what it should"},
		{intent.EchoSeen{Verdict: intent.LineClean, Drained: w.now, Wait: time.Minute}, "", "until it has lost nothing for 1m0s"},
	} {
		seen.Echo = &tt.echo
		w.sees(seen, "192.168.50.0/24")
		if s := w.session(link); !s.Done || s.Code != tt.code || !strings.Contains(s.Evidence, tt.says) {
			w.Errorf("%+v: done %v, %s %q, want %q", tt.echo, s.Done, s.Code, s.Evidence, tt.says)
		}
	}
}
