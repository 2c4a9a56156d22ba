package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// Limits that keep slow or silent clients from holding connections.
const (
	headTime = 5 * time.Second
	// bodyTime is for a mebibyte over a bad line. A body that trickles is cut off.
	bodyTime = 30 * time.Second
	// answerTime begins when the answer is ready: a letter has to be sent.
	answerTime = time.Minute
	idleTime   = 2 * time.Minute
	// maxHead is the bytes of a request's head. The longest is signed by an
	// assumed role, whose session is a few hundred.
	maxHead = 16 << 10
	// grace is what requests under way get when the server stops.
	grace = 5 * time.Second
)

// Serve answers what comes to the listener until ctx ends, for the door or any
// other handler of ours. It returns nil when all requests under way were
// answered. Nil logs to slog.Default().
//
// A handler's request context is not cancelled when its client goes away: a
// write that has begun is finished, and what waits has a limit of its own. Its
// answer is sent when it returns, not before.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	if log == nil {
		log = slog.Default()
	}
	server := newServer(handler, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(patient{listener, log}) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.ShutdownWithContext(ending)
	// Shutdown does not know a listener that it was faster than.
	_ = listener.Close()
	return errors.Join(err, <-served)
}

func newServer(handler http.Handler, log *slog.Logger) *fasthttp.Server {
	return &fasthttp.Server{
		Handler: func(c *fasthttp.RequestCtx) { exchange(c, handler, log) },
		// Until the head is there; then HeaderReceived has its say.
		ReadTimeout: headTime,
		HeaderReceived: func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
			return fasthttp.RequestConfig{ReadTimeout: bodyTime}
		},
		WriteTimeout:   answerTime,
		IdleTimeout:    idleTime,
		ReadBufferSize: maxHead,
		// Handlers read bodies themselves, since each refuses in its own dialect
		// what is too long or breaks off: only a byte is read beforehand.
		StreamRequestBody:            true,
		MaxRequestBodySize:           1,
		DisablePreParseMultipartForm: true,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		CloseOnShutdown:              true,
		SecureErrorLogMessage:        true,
		Logger:                       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// A patient listener waits for a file descriptor when there is none left, or
// for memory, instead of giving up.
type patient struct {
	net.Listener
	log *slog.Logger
}

func (p patient) Accept() (net.Conn, error) {
	for {
		conn, err := p.Listener.Accept()
		if !wearsOff(err) {
			return conn, err
		}
		p.log.Error("no connection can be accepted", "err", err)
		time.Sleep(acceptPause)
	}
}

// acceptPause is how long connections wait that could not be accepted.
const acceptPause = 100 * time.Millisecond

func wearsOff(err error) bool {
	for _, passing := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}
