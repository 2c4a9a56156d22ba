package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
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

// serveHTTP is a task that serves, and gives requests under way five seconds
// to finish.
func serveHTTP(listener net.Listener, server *http.Server) task {
	return func(ctx context.Context) error {
		stopped := make(chan error, 1)
		defer context.AfterFunc(ctx, func() {
			grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			stopped <- server.Shutdown(grace)
		})()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return <-stopped
	}
}
