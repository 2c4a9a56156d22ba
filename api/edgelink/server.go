package edgelink

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"demarc"
	"demarc/intent"
	"demarc/internal/pki"
	"demarc/store"
)

// An Observer moves the state of connections and interfaces by what the edge
// saw. Its functions run inside a store transaction, so they may run again and
// have no effect but through it; they are called again for a sighting that has
// changed nothing. A nil function moves nothing.
type Observer struct {
	// Port is about the connection on a port.
	Port func(*store.Tx, intent.PortSeen) error
	// VIF is about an interface from acceptance on, also while it is deleted.
	VIF func(*store.Tx, intent.VIFSeen) error
	// Settle is called for an interface that is being deleted, once its device
	// has nothing of it any more.
	Settle func(*store.Tx, demarc.VirtualInterfaceID) error
}

// Config is what a server needs.
type Config struct {
	// Store has the nouns that intents are compiled from, and takes the
	// sightings. Required.
	Store *store.Store
	// Observer decides what a sighting means.
	Observer Observer
	// Clock tells how old a sighting is; nil means the system's.
	Clock demarc.Clock
	// Site is the clock by which deadlines run, which may be moved; nil means
	// Clock.
	Site demarc.Clock
	// Log gets a line when a node comes, goes, or says what it must not; nil
	// means none.
	Log *slog.Logger
	// Metrics takes the server's metrics; nil means nobody reads them.
	Metrics prometheus.Registerer
}

// A Server is control's end. It is safe for concurrent use.
type Server struct {
	cfg     Config
	metrics *metrics

	mu       sync.Mutex // guards attached
	attached map[demarc.NodeID]*attachment
}

// New makes a server that serves nobody until it is registered. It fails when
// Config lacks the store, or Metrics has such a server's metrics already.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil {
		return nil, errors.New("edgelink: Store must be set")
	}
	if cfg.Clock == nil {
		cfg.Clock = demarc.SystemClock
	}
	if cfg.Site == nil {
		cfg.Site = cfg.Clock
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(cfg.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the edge's channel: %w", err)
	}
	return &Server{cfg: cfg, metrics: m, attached: map[demarc.NodeID]*attachment{}}, nil
}

// Register lets g serve nodes. g comes from [NewGRPC], and must be stopped
// before the store is closed.
func (s *Server) Register(g *grpc.Server) { g.RegisterService(&service, s) }

// Attached reports whether an agent is attached here under the node's name,
// and since when. It says nothing about traffic, which does not need us.
func (s *Server) Attached(node demarc.NodeID) (since time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.attached[node]
	if !ok {
		return time.Time{}, false
	}
	return a.since, true
}

// attach serves one node until it goes away.
func (s *Server) attach(stream *serverEnd) error {
	node, err := identify(stream)
	if err != nil {
		s.cfg.Log.Warn("refused an edge", "err", err)
		return status.Error(codes.Unauthenticated, err.Error())
	}
	a, err := s.enter(node, stream)
	if err != nil {
		s.cfg.Log.Warn("refused an edge", "edge", node, "err", err)
		return err
	}
	defer s.leave(a)
	a.log.Info("edge attached")
	err = a.serve()
	if err == nil || errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
		a.log.Info("edge went away")
		return nil
	}
	a.log.Warn("lost an edge", "err", err)
	return err
}

// identify is who the certificate at the far end says it is.
func identify(stream *serverEnd) (demarc.NodeID, error) {
	far, ok := peer.FromContext(stream.Context())
	if !ok {
		return "", errors.New("the far end is not known")
	}
	info, ok := far.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return "", errors.New("the far end does not speak TLS")
	}
	id, err := pki.NodeOf(info.State)
	return demarc.NodeID(id), err
}

// enter takes the node's name, which one stream at a time can have.
func (s *Server) enter(node demarc.NodeID, stream *serverEnd) (*attachment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.attached[node]; ok {
		return nil, status.Errorf(codes.AlreadyExists, "an agent is attached as node %s since %s", node, other.since.Format(time.RFC3339))
	}
	a := &attachment{
		server: s, node: node, since: s.cfg.Clock(), stream: stream,
		log:     s.cfg.Log.With("edge", node),
		reports: newLatest(),
		told:    newTold(s.cfg.Store, node),
		judge:   newJudge(node, s.cfg.Observer),
	}
	s.attached[node] = a
	s.metrics.attached.Inc()
	return a, nil
}

func (s *Server) leave(a *attachment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.attached, a.node)
	s.metrics.attached.Dec()
	s.metrics.problems.DeleteLabelValues(string(a.node))
}
