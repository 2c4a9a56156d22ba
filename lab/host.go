package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"demarc/agent/linux"
)

// A Host is a machine of the world. It answers HTTP on port 80 with its own
// name and the address that it saw the caller come from.
type Host struct {
	name      string
	address   netip.Addr
	namespace *linux.Namespace
	log       *slog.Logger
	server    *http.Server
	served    chan struct{} // closed when the server's goroutine has ended
}

// Name is the host's name in the site file.
func (h *Host) Name() string { return h.name }

// Address is the host's address in the site file.
func (h *Host) Address() netip.Addr { return h.address }

// Namespace is where the host lives, for tests that want to look inside.
func (h *Host) Namespace() *linux.Namespace { return h.namespace }

func (h *Host) serveHTTP() error {
	var listener net.Listener
	err := h.namespace.Do(func() (err error) {
		listener, err = net.Listen("tcp", ":80")
		return err
	})
	if err != nil {
		return fmt.Errorf("serve HTTP on %s: %w", h.name, err)
	}
	h.server = &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			from, _, _ := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprintf(w, "%s answers %s\n", h.name, from)
		}),
	}
	h.served = make(chan struct{})
	go func() {
		defer close(h.served)
		if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			h.log.Warn("host stopped serving", "host", h.name, "err", err)
		}
	}()
	return nil
}

func (h *Host) close() error {
	if h.server != nil {
		h.server.Close()
		<-h.served
	}
	name := h.namespace.Name()
	return errors.Join(h.namespace.Close(), linux.DeleteNamespace(name))
}

// A Ping is what came of some echo requests.
type Ping struct {
	Sent, Received int
	// RTT is the average round trip in milliseconds, zero if nothing returned.
	RTT float64
}

func (p Ping) String() string {
	return fmt.Sprintf("%d of %d answered, %.2f ms", p.Received, p.Sent, p.RTT)
}

var (
	pingCount = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)
	pingRTT   = regexp.MustCompile(`= [\d.]+/([\d.]+)/`)
)

// Ping sends count echo requests to an address, one every interval, and waits
// a second for the last.
func (h *Host) Ping(ctx context.Context, to netip.Addr, count int, interval time.Duration) (Ping, error) {
	cmd := exec.CommandContext(ctx, "ping", "-n", "-W", "1", "-c", strconv.Itoa(count), "-i", strconv.FormatFloat(interval.Seconds(), 'f', 3, 64), to.String())
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := h.namespace.Do(cmd.Start); err != nil {
		return Ping{}, fmt.Errorf("start ping on %s: %w", h.name, err)
	}
	cmd.Wait() // exits with 1 when answers are missing; the counts say which
	m := pingCount.FindStringSubmatch(out.String())
	if m == nil {
		return Ping{}, fmt.Errorf("ping %s from %s: %s", to, h.name, strings.TrimSpace(out.String()))
	}
	var p Ping
	p.Sent, _ = strconv.Atoi(m[1])
	p.Received, _ = strconv.Atoi(m[2])
	if m := pingRTT.FindStringSubmatch(out.String()); m != nil {
		p.RTT, _ = strconv.ParseFloat(m[1], 64)
	}
	return p, nil
}

// Probe sends one echo request and reports whether it was answered within a
// twentieth of a second.
func (h *Host) Probe(ctx context.Context, to netip.Addr) (bool, error) {
	cmd := exec.CommandContext(ctx, "ping", "-n", "-q", "-c", "1", "-W", "0.05", to.String())
	if err := h.namespace.Do(cmd.Start); err != nil {
		return false, fmt.Errorf("start ping on %s: %w", h.name, err)
	}
	return cmd.Wait() == nil, nil
}

// Get fetches http://address/ from the host and returns the first line.
func (h *Host) Get(ctx context.Context, address netip.Addr) (string, error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			// An IP address and a deadline: the dial stays on this thread.
			err = h.namespace.Do(func() (err error) {
				conn, err = (&net.Dialer{Timeout: 3 * time.Second, FallbackDelay: -1}).DialContext(ctx, network, addr)
				return err
			})
			return conn, err
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address.String()+"/", nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("from %s: %w", h.name, err)
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the answer of %s: %w", address, err)
	}
	return strings.TrimSpace(line), nil
}
