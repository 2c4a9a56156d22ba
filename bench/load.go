package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"demarc/client"
)

// A shot is one request, signed: a signature is good for minutes, so the client
// costs next to nothing while it measures.
type shot struct {
	request *http.Request
	body    []byte
}

// aim signs a call of Direct Connect to an endpoint.
func aim(ctx context.Context, c *client.Client, endpoint, operation, body string) (shot, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", nil)
	if err != nil {
		return shot{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "OvertureService."+operation)
	return shot{req, []byte(body)}, c.Sign(ctx, req, []byte(body), "directconnect")
}

// A load is what one client sends: one shot after the other. It ends when there
// is none left.
type load func() (shot, bool)

// forAWhile sends one shot again and again, for a window.
func forAWhile(s shot) load {
	begin := time.Now()
	return func() (shot, bool) { return s, time.Since(begin) < window }
}

// each sends every shot once.
func each(shots []shot) load {
	return func() (s shot, ok bool) {
		if len(shots) == 0 {
			return s, false
		}
		s, shots = shots[0], shots[1:]
		return s, true
	}
}

// A yield is what came of a load: answers a second, and how long one took, in
// milliseconds.
type yield struct{ rate, p50, p99 float64 }

// fireAll lets clients send side by side, each on one kept-open connection.
func fireAll(loads []load) (yield, error) {
	var wg sync.WaitGroup
	took, errs := make([][]time.Duration, len(loads)), make([]error, len(loads))
	begin := time.Now()
	for i, l := range loads {
		wg.Go(func() { took[i], errs[i] = send(l) })
	}
	wg.Wait()
	elapsed := time.Since(begin).Seconds()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	if err := errors.Join(errs...); err != nil || len(all) == 0 {
		return yield{}, errors.Join(err, errors.New("not every request was answered"))
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return yield{float64(len(all)) / elapsed, ms(all[len(all)/2]), ms(all[len(all)*99/100])}, nil
}

func send(next load) (took []time.Duration, err error) {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	for s, ok := next(); ok; s, ok = next() {
		begin := time.Now()
		if err := fire(transport, s); err != nil {
			return took, err
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

func fire(transport *http.Transport, s shot) error {
	req := *s.request
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(s.body)), int64(len(s.body))
	resp, err := transport.RoundTrip(&req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, answer)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
