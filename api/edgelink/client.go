package edgelink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"demarc"
	"demarc/intent"
)

const (
	// Waiting doubles from the first to the last: a control process that was
	// restarted is found at once, and one that is gone costs nothing much.
	firstWait = 50 * time.Millisecond
	lastWait  = time.Second

	// connectTimeout is for an address that swallows packets.
	connectTimeout = 3 * time.Second
)

// ClientConfig is what a node needs to attach.
type ClientConfig struct {
	// Address is host:port of any control process.
	Address string
	// TLS trusts the site's authority and shows the node's certificate.
	TLS *tls.Config
	// Node is whose certificate that is. An intent for another is not taken.
	Node demarc.NodeID
	// Log gets a line when the channel comes and when it goes; nil means none.
	Log *slog.Logger
}

// Validate names the field at fault.
func (c ClientConfig) Validate() error {
	switch {
	case c.Address == "":
		return errors.New("edgelink: Address must be set")
	case c.TLS == nil:
		return errors.New("edgelink: TLS must be set")
	case c.Node == "":
		return errors.New("edgelink: Node must be set")
	}
	return nil
}

// A Client is the node's end.
type Client struct{ cfg ClientConfig }

// Dial checks the configuration. The connection is made, and made again, by
// [Client.Run]: a node starts without control as well.
func Dial(cfg ClientConfig) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{cfg}, nil
}

// Run keeps the node attached until ctx ends, and then returns nil.
//
// It takes every report as soon as it is offered, sends the newest, and sends
// it again after each reconnect; a closed channel means that there are no more.
// Each intent that arrives is handed to intents, one at a time, and never after
// Run has returned. While that function works, reports flow but later intents
// wait; the same intent may come again after a reconnect.
func (c *Client) Run(ctx context.Context, reports <-chan intent.Report, intents func(intent.Node)) error {
	newest := newLatest()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	tasks.Go(func() { collect(ctx, reports, newest) })

	wait, said := firstWait, ""
	for {
		attached, err := c.attach(ctx, newest, intents)
		if ctx.Err() != nil {
			return nil
		}
		if attached {
			wait, said = firstWait, ""
		}
		if what := lasting(err); what != said {
			c.cfg.Log.Warn("not attached to control", "reason", err)
			said = what
		}
		if !rest(ctx, wait/2+rand.N(wait/2)) {
			return nil
		}
		wait = min(2*wait, lastWait)
	}
}

// lasting is what an error says that is the same the next time: that of a
// certificate out of its time ends with the time.
func lasting(err error) string {
	what, _, _ := strings.Cut(err.Error(), ": current time ")
	return what
}

// collect takes reports off the agent's hands.
func collect(ctx context.Context, reports <-chan intent.Report, newest *latest) {
	for {
		select {
		case r, ok := <-reports:
			if !ok {
				return
			}
			newest.put(&r)
		case <-ctx.Done():
			return
		}
	}
}

// attach is one connection with one stream, from dialing to its end, which
// always has a reason. It reports whether the node was attached meanwhile.
func (c *Client) attach(ctx context.Context, newest *latest, intents func(intent.Node)) (attached bool, err error) {
	conn, err := c.connection()
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	raw, err := conn.NewStream(ctx, &service.Streams[0], "/"+serviceName+"/"+methodName)
	if err != nil {
		cancel()
		return false, err
	}
	stream := &clientEnd{BidiStreamingClient: &grpc.GenericClientStream[reportMessage, intentMessage]{ClientStream: raw}}
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() { c.speak(ctx, stream, newest) })
	return c.listen(stream, intents)
}

// connection is a new one each time, so that there is one waiting time and not
// two, and so that a renewed certificate is shown.
func (c *Client) connection() (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient(c.cfg.Address,
		grpc.WithTransportCredentials(credentials.NewTLS(c.cfg.TLS)),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: connectTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: clientPingAfter, Timeout: pongWithin}),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(codec{}), grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
	)
	if err != nil {
		return nil, fmt.Errorf("reach control at %s: %w", c.cfg.Address, err)
	}
	return conn, nil
}

// speak sends the newest report at once and then each newer one, until the
// stream ends.
func (c *Client) speak(ctx context.Context, stream *clientEnd, newest *latest) {
	for {
		if report := newest.load(); report != nil {
			mine := *report
			mine.Node = c.cfg.Node
			if err := stream.Send(&mine); err != nil {
				return // listen says why
			}
		}
		select {
		case <-newest.fresh:
		case <-ctx.Done():
			return
		}
	}
}

// listen hands over intents until the stream ends.
func (c *Client) listen(stream *clientEnd, intents func(intent.Node)) (attached bool, err error) {
	for {
		n, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return attached, errors.New("control ended the stream")
		}
		if err != nil {
			return attached, err
		}
		if n.Node != c.cfg.Node {
			return attached, status.Errorf(codes.PermissionDenied, "control takes this node for %s: the certificate is not %s's", n.Node, c.cfg.Node)
		}
		if !attached {
			attached, n.Anew = true, true
			c.cfg.Log.Info("attached to control", "version", n.Version)
		}
		intents(*n)
	}
}
