package edgelink

import (
	"sync/atomic"

	"google.golang.org/grpc"

	"demarc/intent"
)

// An intentMessage is an intent on its way to a node.
type intentMessage struct {
	intent.NodeDifference
	manner
}

// A reportMessage is a report on its way to control.
type reportMessage struct {
	intent.ReportDifference
	manner
}

// The manner of a message. A program from before there were differences sends
// and is sent whole documents.
type manner struct {
	// Difference says that the message is what differs from the one before on
	// the same stream; else it is whole.
	Difference bool `json:"difference,omitempty"`
	// Understands says that the sender can put differences together.
	Understands bool `json:"understandsDifferences,omitempty"`
}

// A serverEnd is control's end of a stream, on which whole documents are sent
// and received. A stream loses nothing and keeps the order, so both ends know
// what was said before.
type serverEnd struct {
	grpc.BidiStreamingServer[reportMessage, intentMessage]
	understood atomic.Bool   // the far end can put differences together
	sent       intent.Node   // the last; of the goroutine that sends
	heard      intent.Report // the last; of the goroutine that receives
}

func (e *serverEnd) Send(n *intent.Node) error {
	m := intentMessage{intent.NodeDifference{Node: *n}, manner{Understands: true}}
	if d, ok := n.Since(e.sent); ok && e.understood.Load() {
		m.NodeDifference, m.Difference = d, true
	}
	e.sent = *n
	return e.BidiStreamingServer.Send(&m)
}

func (e *serverEnd) Recv() (*intent.Report, error) {
	m, err := e.BidiStreamingServer.Recv()
	if err != nil {
		return nil, err
	}
	e.understood.Store(m.Understands)
	report := m.Report
	if m.Difference {
		report = e.heard.With(m.ReportDifference)
	}
	e.heard = report
	return &report, nil
}

// A clientEnd is the node's.
type clientEnd struct {
	grpc.BidiStreamingClient[reportMessage, intentMessage]
	understood atomic.Bool   // the far end can put differences together
	sent       intent.Report // the last; of the goroutine that sends
	heard      intent.Node   // the last; of the goroutine that receives
}

func (e *clientEnd) Send(r *intent.Report) error {
	m := reportMessage{intent.ReportDifference{Report: *r}, manner{Understands: true}}
	if d, ok := r.Since(e.sent); ok && e.understood.Load() {
		m.ReportDifference, m.Difference = d, true
	}
	e.sent = *r
	return e.BidiStreamingClient.Send(&m)
}

func (e *clientEnd) Recv() (*intent.Node, error) {
	m, err := e.BidiStreamingClient.Recv()
	if err != nil {
		return nil, err
	}
	e.understood.Store(m.Understands)
	n := m.Node
	if m.Difference {
		n = e.heard.With(m.NodeDifference)
	}
	e.heard = n
	return &n, nil
}
