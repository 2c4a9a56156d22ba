package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"demarc/api"
)

// A task runs until its context ends, or until it cannot go on.
type task func(context.Context) error

// runAll runs tasks side by side. When one ends, all are asked to; it returns
// when all have, with what went wrong first.
func runAll(ctx context.Context, tasks []task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan error, len(tasks))
	for _, t := range tasks {
		go func() { results <- t(ctx) }()
	}
	var errs []error
	for range tasks {
		if err := <-results; !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
		cancel()
	}
	return errors.Join(errs...)
}

// serveHTTP is a task that serves.
func serveHTTP(listener net.Listener, handler http.Handler, log *slog.Logger) task {
	return func(ctx context.Context) error { return api.Serve(ctx, listener, handler, log) }
}
