package device

import (
	"maps"
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
		VIFs:     slices.Grow([]intent.VIFSeen(nil), len(d.vifs)),
	}
	for _, id := range slices.Sorted(maps.Keys(d.ports)) {
		if p := d.ports[id]; p.want != nil {
			report.Ports = append(report.Ports, d.portSeen(p))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.vifs)) {
		seen := intent.VIFSeen{ID: id} // being removed, and listed until nothing is left
		if v := d.vifs[id]; v.want != nil {
			seen = d.vifSeen(v)
		}
		report.VIFs = append(report.VIFs, seen)
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
