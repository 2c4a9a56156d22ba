package agent

import (
	"github.com/prometheus/client_golang/prometheus"

	"demarc"
	"demarc/intent"
)

// metrics shows a node's report to Prometheus. Nothing is counted twice: each
// scrape makes a report of its own.
type metrics struct {
	report func() intent.Report

	bgpUp, prefixes, packets, bytes, md5Failures *prometheus.Desc
	carrier, refused                             *prometheus.Desc
	pathPackets, pathBytes                       *prometheus.Desc
	applied, problems                            *prometheus.Desc
}

func newMetrics(node demarc.NodeID, report func() intent.Report) *metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("demarc_"+name, help, labels, prometheus.Labels{"node": string(node)})
	}
	return &metrics{
		report:      report,
		bgpUp:       desc("vif_bgp_up", "Whether the BGP session is established (1) or not (0).", "vif", "peer"),
		prefixes:    desc("vif_prefixes", "Prefixes accepted from, refused from or advertised to the customer.", "vif", "kind"),
		packets:     desc("vif_packets_total", "Packets from (rx) and to (tx) the customer.", "vif", "direction"),
		bytes:       desc("vif_bytes_total", "Bytes from (rx) and to (tx) the customer, on the line.", "vif", "direction"),
		md5Failures: desc("vif_md5_failures_total", "TCP segments with a wrong or missing MD5 signature.", "vif"),
		carrier:     desc("port_carrier", "Whether the port has light (1) or not (0).", "port"),
		refused:     desc("port_refused_frames_total", "Frames that no virtual interface wanted.", "port", "reason"),
		pathPackets: desc("vpc_path_packets_total", "Packets that left (out) and entered (in) the VPC by a gateway.", "vpc", "target", "direction"),
		pathBytes:   desc("vpc_path_bytes_total", "Bytes that left (out) and entered (in) the VPC by a gateway.", "vpc", "target", "direction"),
		applied:     desc("applied_version", "Version of the intent that the node works on."),
		problems:    desc("problems", "Objects that could not be made right."),
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.bgpUp, m.prefixes, m.packets, m.bytes, m.md5Failures, m.carrier, m.refused, m.pathPackets, m.pathBytes, m.applied, m.problems,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	r := m.report()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	count := func(d *prometheus.Desc, value uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	gauge(m.applied, float64(r.Applied))
	gauge(m.problems, float64(len(r.Problems)))
	for _, p := range r.Ports {
		gauge(m.carrier, number(p.Carrier), string(p.ID))
		count(m.refused, p.UnknownVLAN, string(p.ID), "unknown_vlan")
		count(m.refused, p.Untagged, string(p.ID), "untagged")
		count(m.refused, p.DoubleTagged, string(p.ID), "double_tagged")
	}
	for _, v := range r.VIFs {
		id := string(v.ID)
		for _, s := range v.Session {
			gauge(m.bgpUp, number(s.Established()), id, string(s.Peer))
		}
		gauge(m.prefixes, float64(len(v.Accepted)), id, "accepted")
		gauge(m.prefixes, float64(len(v.Refused)), id, "refused")
		gauge(m.prefixes, float64(len(v.Advertised)), id, "advertised")
		count(m.packets, v.RxPackets, id, "rx")
		count(m.packets, v.TxPackets, id, "tx")
		count(m.bytes, v.RxBytes, id, "rx")
		count(m.bytes, v.TxBytes, id, "tx")
		count(m.md5Failures, v.MD5Failures, id)
	}
	for _, v := range r.VPCs {
		for _, p := range v.Paths {
			count(m.pathPackets, p.OutPackets, string(v.ID), p.Target, "out")
			count(m.pathPackets, p.InPackets, string(v.ID), p.Target, "in")
			count(m.pathBytes, p.OutBytes, string(v.ID), p.Target, "out")
			count(m.pathBytes, p.InBytes, string(v.ID), p.Target, "in")
		}
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
