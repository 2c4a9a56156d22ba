package api

import (
	"log/slog"
	"net/http"
	"time"
)

// NewServer is a server for the door, or for any other handler of ours, whose
// limits keep slow or silent clients from holding connections. The caller
// listens, and shuts it down. Nil logs to slog.Default().
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.Default()
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		// A mebibyte over a bad line. A body that trickles is cut off.
		ReadTimeout: 30 * time.Second,
		// The longest operation waits 15 seconds, and a letter has to be sent.
		WriteTimeout:   time.Minute,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
