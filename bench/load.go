package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"demarc/client"
)

// A shot is one request, signed and written out: a signature is good for
// minutes, so the client costs next to nothing while it measures.
type shot struct {
	address string // host:port
	request []byte
}

// aim signs a call of Direct Connect to an endpoint.
func aim(ctx context.Context, c *client.Client, endpoint, operation, body string) (shot, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", nil)
	if err != nil {
		return shot{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "OvertureService."+operation)
	if err := c.Sign(ctx, req, []byte(body), "directconnect"); err != nil {
		return shot{}, err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader([]byte(body))), int64(len(body))
	return written(req)
}

// written is a request as it goes over the wire.
func written(req *http.Request) (shot, error) {
	var wire bytes.Buffer
	err := req.Write(&wire)
	return shot{req.URL.Host, wire.Bytes()}, err
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

// fireAll lets clients send side by side, each on one connection that is kept
// open where the server keeps it.
func fireAll(loads []load) (yield, error) {
	var wg sync.WaitGroup
	took, errs := make([][]time.Duration, len(loads)), make([]error, len(loads))
	begin := time.Now()
	for i, l := range loads {
		wg.Go(func() { took[i], errs[i] = send(l, len(loads) == 1) })
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

func send(next load, alone bool) (took []time.Duration, err error) {
	g := &gun{alone: alone}
	defer g.close()
	for s, ok := next(); ok; s, ok = next() {
		begin := time.Now()
		if err := g.fire(s); err != nil {
			return took, err
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

// A gun is a client of which as little as possible runs on the machine that is
// measured: http.Transport has two goroutines for a connection, and takes as
// long for a small answer as the server.
type gun struct {
	alone bool               // no other is used meanwhile
	conn  io.ReadWriteCloser // nil is not connected
	in    *bufio.Reader
}

// dial connects with a socket whose reads and writes block their thread, which
// the kernel wakes itself: by Go's poller, an answer to a client that is alone
// wakes one thread that wakes another.
func dial(address string) (*os.File, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, err
	}
	file.Fd() // makes it blocking
	return file, nil
}

func (g *gun) fire(s shot) error {
	if g.conn == nil {
		conn, err := dial(s.address)
		if err != nil {
			return err
		}
		g.conn = conn
		if g.alone {
			g.conn = rawConn{conn}
		}
		g.in = bufio.NewReaderSize(g.conn, 512<<10) // a large answer is read at once
	}
	if _, err := g.conn.Write(s.request); err != nil {
		return err
	}
	resp, err := http.ReadResponse(g.in, nil) // its body is of the connection and holds nothing
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, answer)
	}
	if resp.Close {
		defer g.close()
	}
	return g.discard(resp)
}

// discard reads the answer. What has an announced length is not copied.
func (g *gun) discard(resp *http.Response) error {
	if resp.ContentLength < 0 {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	_, err := g.in.Discard(int(resp.ContentLength))
	return err
}

func (g *gun) close() {
	if g.conn != nil {
		g.conn.Close()
		g.conn = nil
	}
}
