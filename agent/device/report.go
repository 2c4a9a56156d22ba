package device

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/agent/vlan"
	"demarc/bgp"
	"demarc/intent"
	"demarc/route"
)

// Report says what the device sees now; counters are those of the last second.
func (d *Device) Report() intent.Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	report := intent.Report{
		Node: d.config.Node, Applied: d.version,
		Problems: d.crew.Problems(d.exists),
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
		if stranger.Reason == vlan.UnknownVLAN && stranger.Last.After(last) {
			seen.LastUnknownVLAN, last = demarc.VLAN(stranger.VLAN), stranger.Last
		}
	}
	return seen
}

func (d *Device) vifSeen(v *vif) intent.VIFSeen {
	seen := intent.VIFSeen{ID: v.want.ID, Built: v.built, MTU: v.mtu, MD5Failures: v.md5Failures, Drops: v.drops}
	if p := d.ports[v.want.Port]; p != nil && p.want != nil {
		counted := d.counters.VIFs[vlan.Key{Port: p.want.Interface, VLAN: uint16(v.want.VLAN)}]
		seen.RxPackets, seen.RxBytes = counted.RxPackets, counted.RxBytes
		seen.TxPackets, seen.TxBytes = counted.TxPackets, counted.TxBytes
	}
	for _, peer := range v.want.Peers {
		s := v.sessions[peer.ID]
		status := d.sessionSeen(s)
		seen.Session = append(seen.Session, status)
		seen.Strangers += d.speaker.Strangers(s.key)
		seen.Accepted = append(seen.Accepted, s.acceptedSeen()...)
		seen.Refused = append(seen.Refused, s.refusedSeen()...)
		if status.Established() {
			seen.Advertised = append(seen.Advertised, s.advertisedSeen()...)
		}
	}
	return seen
}

func (d *Device) sessionSeen(s *session) intent.SessionSeen {
	seen := intent.SessionSeen{
		Peer:              s.peer.ID,
		NotificationsSent: s.history.sent, NotificationsReceived: s.history.received,
		OpenErrors: s.history.openErrors, Flaps: s.history.flaps,
		History: slices.Clone(s.history.changes),
		BFD:     d.bfdSeen(s),
	}
	status, running := d.speaker.Status(s.key)
	if s.off != "" || !running {
		seen.State, seen.Since, seen.Reason = bgp.Idle.String(), s.offSince, s.off
		return seen
	}
	seen.State, seen.Since, seen.Reason = status.State.String(), status.Since, status.LastReason.String()
	if status.Held {
		seen.Reason = "held down, since the peer sent too many prefixes: " + seen.Reason
	}
	return seen
}

func (s *session) acceptedSeen() []intent.RouteSeen {
	accepted := s.accepted()
	seen := make([]intent.RouteSeen, 0, len(accepted))
	for _, prefix := range slices.SortedFunc(maps.Keys(accepted), netip.Prefix.Compare) {
		learned := accepted[prefix]
		seen = append(seen, intent.RouteSeen{
			Prefix: prefix, ASPath: asPath(learned.Attributes.Path),
			Communities: words(learned.Attributes.Communities), MED: learned.Attributes.MED,
			Preference: route.PreferenceFor(learned.Attributes.Communities.List()), Since: learned.Since,
		})
	}
	return seen
}

func (s *session) advertisedSeen() []intent.RouteSeen {
	seen := make([]intent.RouteSeen, 0, len(s.advertised))
	for _, prefix := range slices.SortedFunc(maps.Keys(s.advertised), netip.Prefix.Compare) {
		told := s.advertised[prefix]
		seen = append(seen, intent.RouteSeen{
			Prefix: prefix, ASPath: asPath(told.Attributes.Path.Prepend(uint32(s.peer.LocalASN))),
			Communities: words(told.Attributes.Communities), Since: told.Since,
		})
	}
	return seen
}

func (s *session) refusedSeen() []intent.RefusedSeen {
	seen := make([]intent.RefusedSeen, 0, len(s.refused))
	for _, prefix := range slices.SortedFunc(maps.Keys(s.refused), netip.Prefix.Compare) {
		seen = append(seen, intent.RefusedSeen{Prefix: prefix, Reason: s.refused[prefix]})
	}
	return seen
}

func words(set bgp.Communities) (words []string) {
	for _, c := range set.List() {
		words = append(words, c.String())
	}
	return words
}

// asPath lists the AS numbers in order, those of sets too.
func asPath(path bgp.ASPath) (asns []demarc.ASN) {
	for _, segment := range path.Segments() {
		for _, asn := range segment.ASNs {
			asns = append(asns, demarc.ASN(asn))
		}
	}
	return asns
}

// count reads the counters. Refused signatures are only looked for where there
// is no session: they explain why.
func (d *Device) count() error {
	counters, err := d.demux.Counters()
	if err != nil {
		return err
	}
	for id, namespace := range d.silent() {
		failures, err := readMD5Failures(namespace)
		if err != nil {
			return err
		}
		d.mu.Lock()
		if v := d.vifs[id]; v != nil {
			v.md5Failures = failures
		}
		d.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counters = counters
	return nil
}

// silent are the namespaces of VIFs with a session that should be up and is
// not; of very many, those whose turn it is.
func (d *Device) silent() map[demarc.VirtualInterfaceID]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []demarc.VirtualInterfaceID
	for id, v := range d.vifs {
		if d.isSilent(v) {
			ids = append(ids, id)
		}
	}
	namespaces := map[demarc.VirtualInterfaceID]string{}
	for _, id := range nextOf(ids, d.asked) {
		namespaces[id], d.asked = d.config.Instance.VIF(d.config.Node, id), id
	}
	return namespaces
}

// isSilent is called with mu held.
func (d *Device) isSilent(v *vif) bool {
	for _, s := range v.sessions {
		if status, running := d.speaker.Status(s.key); running && status.State != bgp.Established {
			return true
		}
	}
	return false
}
