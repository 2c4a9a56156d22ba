package awsjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"demarc/api/awsjson"
)

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing", ``, ""},
		{"empty", ` {} `, ""},
		{"null member", `{"connectionId":null,"tags":null}`, ""},
		{"unknown member", `{"whatever":[1,{}]}`, ""},
		{"not an object", `["a"]`, "The request body must be a JSON object."},
		{"null", `null`, "The request body must be a JSON object."},
		{"cut off", `{"connectionId":"dxcon-`, "The request body is not valid JSON at byte 23: unexpected end of JSON input."},
		{"two objects", `{}{}`, "The request body is not valid JSON at byte 3: invalid character '{' after top-level value."},
		{"number for string", `{"connectionId":7}`, "NUMBER_VALUE can not be converted to a String (connectionId)"},
		{"flag for string", `{"connectionId":true}`, "BOOLEAN_VALUE can not be converted to a String (connectionId)"},
		{"string for integer", `{"newPrivateVirtualInterface":{"vlan":"101"}}`, "STRING_VALUE can not be converted to an Integer (newPrivateVirtualInterface.vlan)"},
		{"integer too large", `{"newPrivateVirtualInterface":{"vlan":4294967296}}`, "NUMBER_VALUE can not be converted to an Integer (newPrivateVirtualInterface.vlan)"},
		{"fraction for long", `{"newPrivateVirtualInterface":{"asnLong":1.5}}`, "NUMBER_VALUE can not be converted to a Long (newPrivateVirtualInterface.asnLong)"},
		{"string for flag", `{"newPrivateVirtualInterface":{"enableSiteLink":"yes"}}`, "STRING_VALUE can not be converted to a Boolean (newPrivateVirtualInterface.enableSiteLink)"},
		{"string for list", `{"newPrivateVirtualInterface":{"tags":"a"}}`, "STRING_VALUE can not be converted to a List (newPrivateVirtualInterface.tags)"},
		{"list for structure", `{"newPrivateVirtualInterface":[]}`, "Start of list found where not expected. (newPrivateVirtualInterface)"},
		{"structure for string", `{"connectionId":{}}`, "Start of structure or map found where not expected. (connectionId)"},
		{"string for structure", `{"newPrivateVirtualInterface":"x"}`, "STRING_VALUE can not be converted to a Structure (newPrivateVirtualInterface)"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			err := awsjson.Decode([]byte(c.body), new(directconnect.CreatePrivateVirtualInterfaceInput))
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			want := &awsjson.Error{Type: "SerializationException", Status: 400, Message: c.want}
			var got *awsjson.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeKeepsWhatWasGiven(t *testing.T) {
	var in directconnect.CreateBGPPeerInput
	if err := awsjson.Decode([]byte(`{"newBGPPeer":{"asnLong":4200000000,"authKey":""}}`), &in); err != nil {
		t.Fatal(err)
	}
	if in.VirtualInterfaceId != nil || *in.NewBGPPeer.AsnLong != 4200000000 || in.NewBGPPeer.AuthKey == nil || *in.NewBGPPeer.AuthKey != "" {
		t.Errorf("got %+v", in)
	}
}

func TestEncode(t *testing.T) {
	empty, text := "", "Köln <süd> \"1\"\n\u2028"
	issued := time.Date(2017, 4, 7, 12, 29, 24, 500e6, time.UTC)
	metadata := middleware.Metadata{}
	metadata.Set("request", "1")
	tests := []struct {
		name string
		out  smithy.Serializable
		want string
	}{
		{"nothing", &directconnect.TagResourceOutput{ResultMetadata: metadata}, `{}`},
		{"nil and empty", &directconnect.CreatePrivateVirtualInterfaceOutput{VirtualGatewayId: &empty, RouteFilterPrefixes: []types.RouteFilterPrefix{}},
			`{"routeFilterPrefixes":[],"virtualGatewayId":""}`},
		{"timestamp", &directconnect.CreateConnectionOutput{LoaIssueTime: &issued}, `{"loaIssueTime":1491568164.5}`},
		{"blob", &directconnect.DescribeLoaOutput{LoaContent: []byte("%PDF"), LoaContentType: types.LoaContentTypePdf},
			`{"loaContent":"JVBERg==","loaContentType":"application/pdf"}`},
		{"text", &directconnect.CreateConnectionOutput{ConnectionName: &text}, `{"connectionName":"Köln <süd> \"1\"\n\u2028"}`},
		{"irregular", &directconnect.DisassociateMacSecKeyOutput{MacSecKeys: []types.MacSecKey{{SecretARN: &empty}}}, `{"macSecKeys":[{"secretARN":""}]}`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := awsjson.Encode(c.out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(got), c.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOperation(t *testing.T) {
	tests := []struct{ name, method, media, target, want string }{
		{"right", "POST", "application/x-amz-json-1.1", "OvertureService.CreateLag", "CreateLag"},
		{"older version, charset", "POST", "application/x-amz-json-1.0; charset=utf-8", "OvertureService.CreateLag", "CreateLag"},
		{"method", "GET", "application/x-amz-json-1.1", "OvertureService.CreateLag", ""},
		{"media", "POST", "application/json", "OvertureService.CreateLag", ""},
		{"no media", "POST", "", "OvertureService.CreateLag", ""},
		{"no target", "POST", "application/x-amz-json-1.1", "", ""},
		{"another service", "POST", "application/x-amz-json-1.1", "DynamoDB_20120810.CreateLag", ""},
		{"no operation", "POST", "application/x-amz-json-1.1", "OvertureService.", ""},
	}
	for _, c := range tests {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("X-Amz-Target", c.target)
		got, err := awsjson.Operation(r, "OvertureService")
		if got != c.want {
			t.Errorf("%s: got %q", c.name, got)
		}
		var refused *awsjson.Error
		if c.want == "" && (!errors.As(err, &refused) || refused.Type != "UnknownOperationException" || refused.Status != 404) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestReadBody(t *testing.T) {
	largest := bytes.Repeat([]byte("a"), awsjson.MaxBody)
	tests := []struct {
		name   string
		body   io.Reader
		length int64
		status int
	}{
		{"small", strings.NewReader("{}"), 2, 0},
		{"largest", bytes.NewReader(largest), awsjson.MaxBody, 0},
		{"too large", strings.NewReader(""), awsjson.MaxBody + 1, 413},
		{"too large, unannounced", io.MultiReader(bytes.NewReader(largest), strings.NewReader("a")), -1, 413},
		{"broken off", io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10, 400},
	}
	for _, c := range tests {
		r := httptest.NewRequest("POST", "/", c.body)
		r.ContentLength = c.length
		body, err := awsjson.ReadBody(r)
		var refused *awsjson.Error
		switch {
		case c.status == 0 && (err != nil || int64(len(body)) != c.length):
			t.Errorf("%s: %d bytes, %v", c.name, len(body), err)
		case c.status != 0 && (!errors.As(err, &refused) || refused.Status != c.status):
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	w := httptest.NewRecorder()
	name := "a"
	if err := awsjson.WriteResult(w, "req-1", &directconnect.CreateConnectionOutput{ConnectionName: &name}); err != nil {
		t.Fatal(err)
	}
	checkAnswer(t, w.Result(), 200, "", `{"connectionName":"a"}`)

	w = httptest.NewRecorder()
	awsjson.WriteError(w, "req-1", 400, "DirectConnectClientException", `no "dxcon-1"`)
	checkAnswer(t, w.Result(), 400, "DirectConnectClientException", `{"__type":"DirectConnectClientException","message":"no \"dxcon-1\""}`)
}

func checkAnswer(t *testing.T, got *http.Response, status int, typ, body string) {
	t.Helper()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amzn-Requestid": {"req-1"}, "Content-Length": {fmt.Sprint(len(body))},
	}
	if typ != "" {
		want["X-Amzn-Errortype"] = []string{typ}
	}
	if diff := cmp.Diff(got.Header, want); diff != "" || got.StatusCode != status || string(text) != body {
		t.Errorf("%d %s %s", got.StatusCode, text, diff)
	}
}

// BenchmarkEncode writes 1,000 connections, beside encoding/json on the same
// struct, which spells the names wrong but shows what the detour costs.
func BenchmarkEncode(b *testing.B) {
	id, name := "dxcon-fgktov66", "berlin-1"
	out := &directconnect.DescribeConnectionsOutput{}
	for range 1000 {
		out.Connections = append(out.Connections, types.Connection{
			ConnectionId: &id, ConnectionName: &name, Bandwidth: &name, Location: &name, Region: &name, OwnerAccount: &name,
			ConnectionState: types.ConnectionStateAvailable, Vlan: 101, AwsDevice: &name, AwsDeviceV2: &name,
		})
	}
	b.Run("sdk", func(b *testing.B) {
		for b.Loop() {
			if _, err := awsjson.Encode(out); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(out.Connections); err != nil {
				b.Fatal(err)
			}
		}
	})
}
