package edgelink

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a server counts. The label edge is a node's id: there are
// as many as the site's authority has issued certificates for.
type metrics struct {
	attached prometheus.Gauge
	reports  *prometheus.CounterVec
	intents  *prometheus.CounterVec
	refused  *prometheus.CounterVec
	problems *prometheus.GaugeVec
	lines    prometheus.Counter
}

// newMetrics registers them, unless r is nil.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		attached: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "demarc_edges_attached", Help: "Nodes that hold a stream to this process."}),
		reports: byEdge("demarc_edge_reports_total", "Reports received."),
		intents: byEdge("demarc_edge_intents_sent_total", "Intents sent."),
		refused: byEdge("demarc_edge_report_lines_refused_total", "Lines of reports about objects that are not the node's."),
		problems: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "demarc_edge_problems", Help: "Objects that an attached node could not make true."}, []string{"edge"}),
		lines: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "demarc_edge_report_lines_kept_total", Help: "Lines of reports that were worth a write."}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.attached, m.reports, m.intents, m.refused, m.problems, m.lines} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func byEdge(name, help string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"edge"})
}
