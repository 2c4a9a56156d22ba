package device

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/agent/vlan"
	"demarc/bgp"
	"demarc/intent"
)

// Report says what the device sees now; counters are those of the last second.
func (d *Device) Report() intent.Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	report := intent.Report{
		Node: d.config.Node, Applied: d.version,
		Problems: d.crew.Problems(d.exists),
		VIFs:     make(intent.Lines[intent.VIFSeen], 0, len(d.vifs)),
	}
	for _, id := range slices.Sorted(maps.Keys(d.ports)) {
		if p := d.ports[id]; p.want != nil {
			seen := d.portSeen(p)
			report.Ports = append(report.Ports, &seen)
		}
	}
	for _, id := range d.vifsInOrder() {
		report.VIFs = append(report.VIFs, d.line(id, d.vifs[id]))
	}
	return report
}

func (d *Device) portSeen(p *port) intent.PortSeen {
	counted := d.counters.Ports[p.want.Interface]
	seen := intent.PortSeen{
		ID: p.want.ID, Carrier: p.carrier,
		UnknownVLAN:  counted.Refused[vlan.UnknownVLAN],
		Untagged:     counted.Refused[vlan.Untagged],
		DoubleTagged: counted.Refused[vlan.DoubleTagged],
	}
	seen.Line = p.line
	var last time.Time
	for _, stranger := range counted.Strangers {
		seen.ARP += stranger.ARP
		if time.Since(stranger.Last) < intent.HeardFor && len(seen.Strays) < intent.HeardMost {
			seen.Strays = append(seen.Strays, intent.StraySeen{VLAN: demarc.VLAN(stranger.VLAN), Double: stranger.Reason == vlan.DoubleTagged, Sender: stranger.Sender})
		}
		if stranger.Reason == vlan.UnknownVLAN && stranger.Last.After(last) {
			seen.LastUnknownVLAN, last = demarc.VLAN(stranger.VLAN), stranger.Last
		}
	}
	return seen
}

// vifsInOrder are the ids of all VIFs. Called with mu held.
func (d *Device) vifsInOrder() []demarc.VirtualInterfaceID {
	if d.inOrder == nil {
		d.inOrder = slices.Sorted(maps.Keys(d.vifs))
	}
	return d.inOrder
}

// line is the VIF's line of the report: the same as before, if it says the same.
// Called with mu held.
func (d *Device) line(id demarc.VirtualInterfaceID, v *vif) *intent.VIFSeen {
	if v.looked {
		return v.line
	}
	seen := intent.VIFSeen{ID: id} // being removed, and listed until nothing is left
	if v.want != nil {
		seen = d.vifSeen(v)
	}
	if v.line == nil || !reflect.DeepEqual(*v.line, seen) {
		v.line = &seen
	}
	v.looked = true
	return v.line
}

// touch has the VIF looked at for the next report, since something about it may
// be news. Called with mu held.
func (v *vif) touch() { v.looked = false }

// touchOf touches a session's VIF. Called with mu held.
func (d *Device) touchOf(s *session) {
	if v := d.vifs[s.vif]; v != nil {
		v.touch()
	}
}

// touchAll is for what only counts, or tells nobody: it is in a report a second
// later.
func (d *Device) touchAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range d.vifs {
		v.touch()
	}
}

func (d *Device) vifSeen(v *vif) intent.VIFSeen {
	seen := intent.VIFSeen{
		ID: v.want.ID, Built: v.built, MTU: v.mtu, MD5Failures: v.md5Failures, Drops: v.drops, Forwarded: v.forwarded,
		Heard: v.heard, Sounding: v.path.seen(time.Now()), Echo: v.echo,
	}
	if p := d.ports[v.want.Port]; p != nil && p.want != nil {
		counted := d.counters.VIFs[vlan.Key{Port: p.want.Interface, VLAN: uint16(v.want.VLAN)}]
		seen.RxPackets, seen.RxBytes = counted.RxPackets, counted.RxBytes
		seen.TxPackets, seen.TxBytes = counted.TxPackets, counted.TxBytes
	}
	for _, peer := range v.want.Peers {
		s := v.sessions[peer.ID]
		seen.Session = append(seen.Session, d.sessionSeen(s))
		seen.Strangers += d.speaker.Strangers(s.key)
	}
	routes := v.routesSeen()
	seen.Accepted, seen.Advertised, seen.Refused = routes.accepted, routes.advertised, routes.refused
	return seen
}

func (d *Device) sessionSeen(s *session) intent.SessionSeen {
	seen := intent.SessionSeen{
		Peer:              s.peer.ID,
		NotificationsSent: s.history.sent, NotificationsReceived: s.history.received,
		OpenErrors: s.history.openErrors, Flaps: s.history.flaps,
		History: s.history.changes,
		BFD:     d.bfdSeen(s),
	}
	status, running := d.speaker.Status(s.key)
	if s.off != "" || !running {
		seen.State, seen.Since, seen.Reason = bgp.Idle.String(), s.offSince, s.off
		return seen
	}
	seen.State, seen.Since, seen.Reason = status.State.String(), status.Since, status.LastReason.String()
	if s.overrun != nil {
		seen.Overrun = s.overrun
		seen.State, seen.Since = bgp.Idle.String(), s.overrun.Since
		seen.Reason = "held down, since the peer sent too many prefixes: " + seen.Reason
	}
	return seen
}

// count reads the counters of tags.
func (d *Device) count() error {
	counters, err := d.demux.Counters()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counters = counters
	return nil
}
