package edgelink

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
)

const (
	serviceName = "demarc.EdgeLink"
	methodName  = "Attach"

	// maxMessage has room for a report of some thousand interfaces with a
	// hundred routes each.
	maxMessage = 64 << 20

	// A node that says nothing for pingAfter is pinged, and given up when the
	// answer takes longer than pongWithin. One second is gRPC's minimum.
	pingAfter  = time.Second
	pongWithin = 2 * time.Second

	// A client pings every ten seconds at the most often (gRPC's minimum); the
	// server tolerates twice that.
	clientPingAfter = 10 * time.Second
	toleratedPing   = 5 * time.Second
)

// service is what protoc would have written.
var service = grpc.ServiceDesc{
	ServiceName: serviceName,
	HandlerType: (*attacher)(nil),
	Streams: []grpc.StreamDesc{{
		StreamName:    methodName,
		ServerStreams: true,
		ClientStreams: true,
		Handler: func(srv any, stream grpc.ServerStream) error {
			return srv.(attacher).attach(&serverEnd{
				BidiStreamingServer: &grpc.GenericServerStream[reportMessage, intentMessage]{ServerStream: stream},
			})
		},
	}},
}

type attacher interface{ attach(*serverEnd) error }

// NewGRPC makes the gRPC server that [Server.Register] needs: with our codec,
// with TLS, and with a keepalive that frees a dead node's name in three
// seconds. config must require and verify client certificates. End it with
// Stop, which waits for the handlers; GracefulStop would wait for the nodes to
// leave.
func NewGRPC(config *tls.Config) *grpc.Server {
	return grpc.NewServer(
		grpc.Creds(credentials.NewTLS(config)),
		grpc.ForceServerCodecV2(codec{}),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pongWithin}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: toleratedPing, PermitWithoutStream: true}),
		grpc.ConnectionTimeout(5*time.Second),
		grpc.WaitForHandlers(true),
	)
}

// codec is JSON. It is forced on both ends and not registered with gRPC, whose
// registry is the whole process's.
type codec struct{}

func (codec) Name() string { return "json" }

func (codec) Marshal(v any) (mem.BufferSlice, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	if err := json.Unmarshal(data.Materialize(), v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}
