package directconnect_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestLetters: both forms carry the PDF, and each call renews the letter.
func TestLetters(t *testing.T) {
	w := newWorld(t)
	letter := func(loa document) string {
		content, err := base64.StdEncoding.DecodeString(loa["loaContent"].(string))
		if err != nil || loa["loaContentType"] != "application/pdf" {
			t.Fatalf("got %v: %v", loa["loaContentType"], err)
		}
		return string(content)
	}
	issued := func() any {
		return w.do("customer", "DescribeConnections", `{}`)["connections"].([]any)[0].(document)["loaIssueTime"]
	}
	if before := issued(); before != nil {
		t.Errorf("issued at %v, before anybody asked", before)
	}
	flat := letter(w.do("customer", "DescribeLoa", `{"connectionId":"CONN","providerName":"Carrier X","loaContentType":"application/pdf"}`))
	first := issued()
	wrapped := letter(w.do("customer", "DescribeConnectionLoa", `{"connectionId":"CONN"}`)["loa"].(document))
	if !strings.HasPrefix(flat, "%PDF-") || !strings.HasPrefix(wrapped, "%PDF-") {
		t.Error("a letter is no PDF")
	}
	if second := issued(); first == nil || second.(float64) <= first.(float64) {
		t.Errorf("issued at %v, then at %v", first, second)
	}
}
