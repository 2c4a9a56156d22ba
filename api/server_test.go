package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// serve lets handler answer until the test ends, or stop is called.
func serve(t *testing.T, handler http.HandlerFunc) (address string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()
	stop = sync.OnceValue(func() error { cancel(); return <-served })
	t.Cleanup(func() { _ = stop() })
	return listener.Addr().String(), stop
}

// A wire is a client that sends what it is told to, byte by byte.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, address string) wire {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return wire{conn, bufio.NewReader(conn)}
}

func (w wire) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// hear reads one answer whole.
func (w wire) hear(t *testing.T, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.Header().Set("X-Heard", r.Header.Get("X-Said"))
	fmt.Fprintf(w, "%s %s %s %s %d %q %v", r.Method, r.RequestURI, r.Proto, r.Host, r.ContentLength, body, err)
}

func TestExchange(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, echo)
	for _, tt := range []struct {
		name, request, method string
		status                int
		want                  string
		closes                bool
	}{
		{"none", "GET /a?b=%20c HTTP/1.1\r\nHost: h\r\n\r\n", "GET", 200, `GET /a?b=%20c HTTP/1.1 h 0 "" <nil>`, false},
		{"announced", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", "POST", 200, `POST / HTTP/1.1 h 2 "{}" <nil>`, false},
		{"in chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "POST", 200, `POST / HTTP/1.1 h -1 "{}" <nil>`, false},
		{"the head alone", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD", 200, "", false},
		{"an old client", "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "GET", 200, `GET / HTTP/1.0 h 0 "" <nil>`, true},
		{"a last request", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET", 200, `GET / HTTP/1.1 h 0 "" <nil>`, true},
		{"no URI", "GET %zz HTTP/1.1\r\nHost: h\r\n\r\n", "GET", 400, "", true},
		{"no HTTP", "hello\r\n\r\n", "GET", 400, "", true},
		{"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "POST", 400, "", true},
		{"too long a head", "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", maxHead) + "\r\n\r\n", "GET", 431, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := dial(t, address)
			w.say(t, tt.request)
			resp, body := w.hear(t, tt.method)
			if resp.StatusCode != tt.status || resp.Close != tt.closes || tt.status == 200 && body != tt.want {
				t.Errorf("got %d %q, closing %t; want %d %q, closing %t", resp.StatusCode, body, resp.Close, tt.status, tt.want, tt.closes)
			}
		})
	}
}

// TestBodyLeft: a handler that does not read a body does not take it for the
// next request.
func TestBodyLeft(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/all" {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		io.WriteString(w, r.URL.Path)
	})
	const next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
	smuggled := strings.Repeat("GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", 1000)
	announced := fmt.Sprintf(" HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(smuggled), smuggled)
	chunked := fmt.Sprintf(" HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled)
	for _, path := range []string{"/none", "/all"} {
		for _, rest := range []string{announced, chunked} {
			w := dial(t, address)
			w.say(t, "POST "+path+rest+next)
			if _, body := w.hear(t, "POST"); body != path {
				t.Errorf("got %q, want %q", body, path)
			}
			if _, body := w.hear(t, "GET"); body != "/next" {
				t.Errorf("after %s: got %q, want /next", path, body)
			}
		}
	}

	w := dial(t, address)
	w.say(t, fmt.Sprintf("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", maxLeft+1, strings.Repeat("a", maxLeft)))
	if resp, body := w.hear(t, "POST"); body != "/large" || !resp.Close {
		t.Errorf("a body that is too large: got %q, closing %t", body, resp.Close)
	}
}

// TestContinue: a client that asks whether it may send its body is told so.
func TestContinue(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, echo)
	w := dial(t, address)
	w.say(t, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	if resp, _ := w.hear(t, "POST"); resp.StatusCode != http.StatusContinue {
		t.Fatalf("got %s, want 100 Continue", resp.Status)
	}
	w.say(t, "{}")
	if _, body := w.hear(t, "POST"); body != `POST / HTTP/1.1 h 2 "{}" <nil>` {
		t.Error(body)
	}
}

// TestRequestIsKept: what a handler keeps of a request stays as it was.
func TestRequestIsKept(t *testing.T) {
	t.Parallel()
	var kept []*http.Request
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { kept = append(kept, r) })
	w := dial(t, address)
	for _, name := range []string{"aaaa", "bbbb"} {
		w.say(t, "GET /"+name+" HTTP/1.1\r\nHost: "+name+"\r\nX-"+name+": "+name+"\r\n\r\n")
		w.hear(t, "GET")
	}
	r := kept[0]
	if got := r.URL.Path + r.RequestURI + r.Host + r.Header.Get("X-Aaaa"); got != "/aaaa/aaaaaaaaaaaa" {
		t.Errorf("after the next request, the first is %s", got)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half an answer")
		panic("mistake")
	})
	for range 2 {
		w := dial(t, address)
		w.say(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if resp, body := w.hear(t, "GET"); resp.StatusCode != http.StatusInternalServerError || body != "" {
			t.Errorf("got %s %q", resp.Status, body)
		}
	}
}

// TestSlowClients: many that never finish their requests keep nobody from being
// answered, and are cut off.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, echo)
	slow := make([]wire, 200)
	for i := range slow {
		slow[i] = dial(t, address)
		slow[i].say(t, "POST / HTTP/1.1\r\nHost:")
	}
	w := dial(t, address)
	w.say(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if resp, _ := w.hear(t, "GET"); resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	for _, w := range slow {
		if _, err := io.ReadAll(w); err != nil {
			t.Fatalf("a slow client is not cut off: %v", err)
		}
	}
}

// TestStop: who is being answered when the server stops is answered, and no
// connection stays.
func TestStop(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	address, stop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(asked)
			<-answer
		}
		io.WriteString(w, "done")
	})
	idle, busy := dial(t, address), dial(t, address)
	idle.say(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	idle.hear(t, "GET")
	busy.say(t, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if _, err := idle.in.ReadByte(); err != io.EOF {
		t.Errorf("an idle connection: %v, want EOF", err)
	}
	close(answer)
	if resp, body := busy.hear(t, "GET"); body != "done" || !resp.Close {
		t.Errorf("got %q, closing %t", body, resp.Close)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("the server still listens")
	}
}

// TestStopBeforeStart ends a server that has hardly begun.
func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	for range 100 {
		_, stop := serve(t, echo)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// exhausted is a listener that has no descriptor for the first connections.
type exhausted struct {
	net.Listener
	left int
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.left--; l.left >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return nil, net.ErrClosed
}

func TestPatience(t *testing.T) {
	t.Parallel()
	l := &exhausted{left: 2}
	if _, err := (patient{l, slog.New(slog.DiscardHandler)}).Accept(); !errors.Is(err, net.ErrClosed) || l.left != -1 {
		t.Errorf("got %v with %d attempts left", err, l.left)
	}
}
