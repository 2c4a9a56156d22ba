package agent

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"demarc"
	"demarc/agent/fastpath"
	"demarc/intent"
)

// A meter is the metrics of one node, made anew for each scrape from a report
// of its own, so that nothing is counted twice. Names follow those of the
// exporters of the field: node_exporter's receive and transmit, frr_exporter's
// bgp_peer.
type meter struct {
	node  node
	descs map[string]*prometheus.Desc
}

func newMetrics(id demarc.NodeID, n node) *meter {
	m := &meter{node: n, descs: map[string]*prometheus.Desc{}}
	for _, row := range metricRows {
		m.descs[row.name] = prometheus.NewDesc("demarc_"+row.name, row.help, row.labels, prometheus.Labels{"edge": string(id)})
	}
	return m
}

// metricRows are all metrics with their labels, besides edge.
var metricRows = []struct {
	name, help string
	labels     []string
}{
	{"applied_version", "Version of the intent that the node works on.", nil},
	{"problems", "Objects that could not be made right.", nil},

	{"fastpath", "Whether ordinary packets of the network are forwarded past the kernel's stack (1) or not (0), and why not.", []string{"network", "reason"}},

	{"port_carrier", "Whether the port has light (1) or not (0).", onPort()},
	{"port_receive_packets_total", "Packets that came from the cable.", onPort()},
	{"port_receive_bytes_total", "Bytes that came from the cable.", onPort()},
	{"port_receive_drop_total", "Packets from the cable that the link dropped.", onPort()},
	{"port_receive_errs_total", "Broken packets from the cable.", onPort()},
	{"port_transmit_packets_total", "Packets that went to the cable.", onPort()},
	{"port_transmit_bytes_total", "Bytes that went to the cable.", onPort()},
	{"port_transmit_drop_total", "Packets to the cable that the link dropped.", onPort()},
	{"port_transmit_errs_total", "Packets that could not be sent.", onPort()},
	{"port_refused_frames_total", "Frames that no virtual interface wanted.", onPort("reason")},
	{"port_refused_arp_total", "Those of the refused frames that were ARP.", onPort()},

	{"vif_receive_packets_total", "Packets from the customer.", onVIF()},
	{"vif_receive_bytes_total", "Bytes from the customer, on the line.", onVIF()},
	{"vif_receive_drop_total", "Packets from the customer that were dropped.", onVIF("reason")},
	{"vif_transmit_packets_total", "Packets to the customer.", onVIF()},
	{"vif_transmit_bytes_total", "Bytes to the customer, on the line.", onVIF()},
	{"vif_transmit_drop_total", "Packets to the customer that were dropped.", onVIF("reason")},
	{"vif_md5_failures_total", "TCP segments with a wrong or missing MD5 signature.", onVIF()},
	{"vif_bgp_strangers_total", "Connections to the BGP port from an address that is no peer's.", onVIF()},
	{"vif_prefixes", "Prefixes received (accepted, refused, or over_limit) from the customer, and advertised to it.", onVIF("kind")},
	{"vif_prefixes_refused", "Prefixes refused from the customer, by why.", onVIF("reason")},

	{"vif_echo_requests_total", "Echo requests to the customer's router over the line that were answered or given up.", onVIF()},
	{"vif_echo_lost_total", "Those of them that were not answered within a second.", onVIF()},
	{"vif_echo_lossy", "Whether the line loses packets (1) or not (0); absent while that is not known.", onVIF()},
	{"vif_echo_loss_ratio", "What part of the latest packets was lost, by direction (round_trip, and in and out where BFD tells them apart).", onVIF("direction")},
	{"vif_drained", "Whether others carry what the line should (1) or not (0).", onVIF()},

	{"bgp_peer_state", "Whether the BGP session is established (1) or not (0).", onVIF("peer")},
	{"bgp_peer_uptime_seconds", "How long the session has been established; 0 if it is not.", onVIF("peer")},
	{"bgp_peer_flaps_total", "How often the session left Established.", onVIF("peer")},
	{"bgp_peer_notifications_sent_total", "NOTIFICATION messages sent to the peer.", onVIF("peer")},
	{"bgp_peer_notifications_received_total", "NOTIFICATION messages received from the peer.", onVIF("peer")},
	{"bgp_peer_open_errors_total", "Sessions refused by either side for what its OPEN said.", onVIF("peer")},

	{"bfd_peer_state", "Whether BFD with the customer's router is up (1) or not (0).", onVIF("peer")},
	{"bfd_peer_uptime_seconds", "How long BFD has been up; 0 if it is not.", onVIF("peer")},
	{"bfd_peer_ups_total", "How often BFD came up.", onVIF("peer")},
	{"bfd_peer_refused_packets_total", "BFD packets that were not taken.", onVIF("peer")},

	{"vpc_refused_packets_total", "Packets that the security groups of an app host's interface did not let through.", []string{"vpc", "host", "direction"}},
	{"vpc_table_prefixes", "Prefixes that gateways propagate into a route table: taken, and left out since it is full.", []string{"vpc", "table", "kind"}},
	{"vpc_path_packets_total", "Packets that left (out) and entered (in) the VPC by a gateway.", onPath()},
	{"vpc_path_bytes_total", "Bytes that left (out) and entered (in) the VPC by a gateway.", onPath()},
}

func onPort(more ...string) []string { return append([]string{"port"}, more...) }
func onVIF(more ...string) []string  { return append([]string{"vif"}, more...) }
func onPath() []string               { return []string{"vpc", "target", "direction"} }

// Describe implements prometheus.Collector.
func (m *meter) Describe(out chan<- *prometheus.Desc) {
	for _, d := range m.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *meter) Collect(out chan<- prometheus.Metric) {
	r := m.node.Report()
	s := sheet{m, out}
	s.gauge("applied_version", float64(r.Applied))
	s.gauge("problems", float64(len(r.Problems)))
	for _, p := range r.Ports {
		s.port(*p)
	}
	for _, v := range r.VIFs {
		s.vif(*v)
	}
	for _, v := range r.VPCs {
		s.vpc(*v)
	}
	for network, off := range m.node.FastPath() {
		s.gauge("fastpath", number(off == fastpath.On), network, string(off))
	}
}

// A sheet is one scrape.
type sheet struct {
	meter *meter
	out   chan<- prometheus.Metric
}

func (s sheet) gauge(name string, value float64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(s.meter.descs[name], prometheus.GaugeValue, value, labels...)
}

func (s sheet) count(name string, value uint64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(s.meter.descs[name], prometheus.CounterValue, float64(value), labels...)
}

func (s sheet) port(p intent.PortSeen) {
	id := string(p.ID)
	s.gauge("port_carrier", number(p.Carrier), id)
	s.count("port_refused_frames_total", p.UnknownVLAN, id, "unknown_vlan")
	s.count("port_refused_frames_total", p.Untagged, id, "untagged")
	s.count("port_refused_frames_total", p.DoubleTagged, id, "double_tagged")
	s.count("port_refused_arp_total", p.ARP, id)
	if p.Line == nil {
		return
	}
	s.count("port_receive_packets_total", p.Line.RxPackets, id)
	s.count("port_receive_bytes_total", p.Line.RxBytes, id)
	s.count("port_receive_drop_total", p.Line.RxDropped, id)
	s.count("port_receive_errs_total", p.Line.RxErrors, id)
	s.count("port_transmit_packets_total", p.Line.TxPackets, id)
	s.count("port_transmit_bytes_total", p.Line.TxBytes, id)
	s.count("port_transmit_drop_total", p.Line.TxDropped, id)
	s.count("port_transmit_errs_total", p.Line.TxErrors, id)
}

func (s sheet) vif(v intent.VIFSeen) {
	id := string(v.ID)
	s.count("vif_receive_packets_total", v.RxPackets, id)
	s.count("vif_receive_bytes_total", v.RxBytes, id)
	s.count("vif_receive_drop_total", v.Drops.RxShaped, id, "shaper")
	s.count("vif_receive_drop_total", v.Drops.RxLink, id, "link")
	s.count("vif_receive_drop_total", v.Drops.RxSpoofed, id, "source")
	s.count("vif_transmit_packets_total", v.TxPackets, id)
	s.count("vif_transmit_bytes_total", v.TxBytes, id)
	s.count("vif_transmit_drop_total", v.Drops.TxShaped, id, "shaper")
	s.count("vif_transmit_drop_total", v.Drops.TxLink, id, "link")
	s.count("vif_md5_failures_total", v.MD5Failures, id)
	s.count("vif_bgp_strangers_total", v.Strangers, id)
	s.gauge("vif_prefixes", float64(v.Accepted.Len()+len(v.Refused)+v.OverLimit()), id, "received")
	s.gauge("vif_prefixes", float64(v.OverLimit()), id, "over_limit")
	s.gauge("vif_prefixes", float64(v.Accepted.Len()), id, "accepted")
	s.gauge("vif_prefixes", float64(len(v.Refused)), id, "refused")
	s.gauge("vif_prefixes", float64(v.Advertised.Len()), id, "advertised")
	refused := map[string]int{} // by a handful of reasons
	for _, r := range v.Refused {
		refused[r.Reason]++
	}
	for reason, prefixes := range refused {
		s.gauge("vif_prefixes_refused", float64(prefixes), id, reason)
	}
	for _, peer := range v.Session {
		s.peer(id, peer)
	}
	if v.Echo != nil {
		s.echo(id, *v.Echo)
	}
}

func (s sheet) echo(vif string, e intent.EchoSeen) {
	s.count("vif_echo_requests_total", e.Asked, vif)
	s.count("vif_echo_lost_total", e.Lost, vif)
	s.gauge("vif_drained", number(e.IsDrained()), vif)
	if e.Verdict != intent.LineClean && e.Verdict != intent.LineLossy {
		return
	}
	s.gauge("vif_echo_lossy", number(e.Lossy()), vif)
	s.gauge("vif_echo_loss_ratio", float64(e.Percent)/100, vif, "round_trip")
	if e.Ways != nil {
		s.gauge("vif_echo_loss_ratio", float64(e.Ways.In)/100, vif, "in")
		s.gauge("vif_echo_loss_ratio", float64(e.Ways.Out)/100, vif, "out")
	}
}

func (s sheet) peer(vif string, p intent.SessionSeen) {
	peer := string(p.Peer)
	uptime := 0.0
	if p.Established() {
		uptime = time.Since(p.Since).Seconds()
	}
	s.gauge("bgp_peer_state", number(p.Established()), vif, peer)
	s.gauge("bgp_peer_uptime_seconds", uptime, vif, peer)
	s.count("bgp_peer_flaps_total", p.Flaps, vif, peer)
	s.count("bgp_peer_notifications_sent_total", p.NotificationsSent, vif, peer)
	s.count("bgp_peer_notifications_received_total", p.NotificationsReceived, vif, peer)
	s.count("bgp_peer_open_errors_total", p.OpenErrors, vif, peer)
	if p.BFD.State != "" {
		s.bfd(vif, peer, p.BFD)
	}
}

func (s sheet) bfd(vif, peer string, b intent.BFDSeen) {
	uptime := 0.0
	if b.Up() {
		uptime = time.Since(b.Since).Seconds()
	}
	s.gauge("bfd_peer_state", number(b.Up()), vif, peer)
	s.gauge("bfd_peer_uptime_seconds", uptime, vif, peer)
	s.count("bfd_peer_ups_total", b.Ups, vif, peer)
	s.count("bfd_peer_refused_packets_total", b.Refused, vif, peer)
}

func (s sheet) vpc(v intent.VPCSeen) {
	for _, g := range v.Refused {
		s.count("vpc_refused_packets_total", g.InPackets, string(v.ID), g.Host, "in")
		s.count("vpc_refused_packets_total", g.OutPackets, string(v.ID), g.Host, "out")
	}
	for _, t := range v.Tables {
		s.gauge("vpc_table_prefixes", float64(t.Propagated), string(v.ID), string(t.ID), "taken")
		s.gauge("vpc_table_prefixes", float64(t.LeftOut), string(v.ID), string(t.ID), "left_out")
	}
	for _, p := range v.Paths {
		s.count("vpc_path_packets_total", p.OutPackets, string(v.ID), p.Target, "out")
		s.count("vpc_path_packets_total", p.InPackets, string(v.ID), p.Target, "in")
		s.count("vpc_path_bytes_total", p.OutBytes, string(v.ID), p.Target, "out")
		s.count("vpc_path_bytes_total", p.InBytes, string(v.ID), p.Target, "in")
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
