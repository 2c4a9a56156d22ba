package api

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/valyala/fasthttp"
)

// exchange lets a handler of net/http answer a request of fasthttp.
//
// Why two of them: net/http reads ahead in a goroutine while a request is
// answered, to notice a client that goes away, and so wakes a second thread for
// each request. A client that is alone waits twice as long for its answer.
func exchange(c *fasthttp.RequestCtx, handler http.Handler, log *slog.Logger) {
	body := &bodyOf{from: c.RequestBodyStream()}
	r, err := requestOf(c, body)
	if err != nil {
		c.Error("The request's target is no URI (RFC 9112, section 3.2).", http.StatusBadRequest)
		c.SetConnectionClose()
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			log.Error("a handler panicked", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			c.Response.Reset()
			c.SetStatusCode(http.StatusInternalServerError)
			c.SetConnectionClose()
		}
	}()
	w := &response{to: c, header: http.Header{}}
	handler.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)
	if !body.readOut() {
		c.SetConnectionClose()
	}
}

// requestOf is a request as a handler knows it. What it holds are copies: the
// bytes are the next request's as soon as this one is answered.
func requestOf(c *fasthttp.RequestCtx, body *bodyOf) (*http.Request, error) {
	target := string(c.Request.Header.RequestURI())
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method: string(c.Method()), URL: u, RequestURI: target,
		Proto: "HTTP/1.0", ProtoMajor: 1,
		Host: string(c.Host()), Header: headerOf(&c.Request.Header),
		Body: http.NoBody,
	}
	if c.Request.Header.IsHTTP11() {
		r.Proto, r.ProtoMinor = "HTTP/1.1", 1
	}
	if body.from != nil {
		r.Body, r.ContentLength = io.NopCloser(body), int64(c.Request.Header.ContentLength())
	}
	return r, nil
}

// headerOf leaves out what net/http keeps elsewhere.
func headerOf(from *fasthttp.RequestHeader) http.Header {
	h := make(http.Header, from.Len())
	for name, value := range from.All() {
		switch string(name) {
		case "Host", "Transfer-Encoding":
		default:
			h.Add(string(name), string(value))
		}
	}
	return h
}

// A bodyOf is the body of a request.
type bodyOf struct {
	from  io.Reader // nil for none
	ended bool      // what comes behind is the next request
}

func (b *bodyOf) Read(p []byte) (n int, err error) {
	if b.from == nil || b.ended {
		return 0, io.EOF
	}
	n, err = b.from.Read(p)
	b.ended = err == io.EOF
	return n, err
}

// readOut reads what a handler left, so that the next request begins behind it
// and a client that is still sending hears the answer. It is false where the
// body breaks off, or too much was left.
func (b *bodyOf) readOut() bool {
	n, err := io.CopyN(io.Discard, b, maxLeft)
	return err == io.EOF && n < maxLeft
}

// maxLeft is the bytes of four of the longest bodies.
const maxLeft = 4 << 20

// A response is what a handler writes. It is sent when the handler is done.
type response struct {
	to     *fasthttp.RequestCtx
	header http.Header
	begun  bool // the header is what it was then
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.to.SetStatusCode(status)
	for name, values := range w.header {
		for _, value := range values {
			w.to.Response.Header.Add(name, value)
		}
	}
}

func (w *response) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.to.Write(data)
}
