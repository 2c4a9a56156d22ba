package api_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"demarc/api/apitest"
)

// BenchmarkDescribe is what a signed read costs behind the connection.
func BenchmarkDescribe(b *testing.B) {
	d := apitest.Open(b)
	const body = "{}"
	request := right(b, d, "directconnect").sign(b, d.Request(b, "DescribeConnections", body), body)
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		b.Fatal(err)
	}
	request, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		request.Body = io.NopCloser(bytes.NewReader([]byte(body)))
		answer := httptest.ResponseRecorder{HeaderMap: http.Header{}, Body: &bytes.Buffer{}, Code: 200}
		d.Handler.ServeHTTP(&answer, request)
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Body)
		}
	}
}
