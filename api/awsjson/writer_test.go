package awsjson_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"
	clientjson "github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/google/go-cmp/cmp"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"demarc/api/awsjson"
)

// bySDK writes a shape with the SDK's own writer, as the body of a request.
func bySDK(t testing.TB, shape smithy.Serializable) string {
	t.Helper()
	service := smithy.NewSchema(smithy.ShapeID{Namespace: "demarc", Name: "Any"}, smithy.ShapeTypeService, 0)
	structure := smithy.NewSchema(smithy.ShapeID{Namespace: "demarc", Name: "Any"}, smithy.ShapeTypeStructure, 0)
	operation := smithy.NewOperationSchema(structure, structure, structure)
	request := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	protocol := clientjson.New11(smithy.NewServiceSchema(service, ""))
	if err := protocol.SerializeRequest(context.Background(), operation, shape, request); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(request.GetStream())
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func encoded(t testing.TB, shape smithy.Serializable) string {
	t.Helper()
	got, err := awsjson.Encode(shape)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// FuzzTextAsTheSDK: whatever is in a string, it is written as the SDK does it.
func FuzzTextAsTheSDK(f *testing.F) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, seed := range []string{"", "plain text", "Köln <süd> & \"1\" \\ \n\r\t\x00\x1f\x7f", "\u2028\u2029\ufffd😀", string(every), "\xe2\x80", "é\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shape := &directconnect.CreateConnectionOutput{ConnectionName: &text, Tags: []types.Tag{{Key: &text}, {Key: &text, Value: &text}}}
		if diff := cmp.Diff(encoded(t, shape), bySDK(t, shape)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAsTheSDK(t *testing.T) {
	no, wide, asn, at := false, int64(math.MaxInt64), int64(4200000000), time.Unix(1491568164, 5e8)
	for name, shape := range map[string]smithy.Serializable{
		"nothing":     &directconnect.TagResourceOutput{},
		"empty lists": &directconnect.DescribeConnectionsOutput{Connections: []types.Connection{}},
		"nested": &directconnect.DescribeVirtualInterfacesOutput{VirtualInterfaces: []types.VirtualInterface{
			{Vlan: 1, AsnLong: &asn, AmazonSideAsn: &wide, JumboFrameCapable: &no, BgpPeers: []types.BGPPeer{{AsnLong: &asn}, {}}},
			{}, {Tags: []types.Tag{{}, {}}},
		}},
		"times":      &directconnect.CreateConnectionOutput{LoaIssueTime: &at},
		"zero time":  &directconnect.CreateConnectionOutput{LoaIssueTime: &time.Time{}},
		"blob":       &directconnect.DescribeLoaOutput{LoaContent: bytes.Repeat([]byte{0, 255, 3}, 100)},
		"empty blob": &directconnect.DescribeLoaOutput{LoaContent: []byte{}},
		"no blob":    everything{},
	} {
		if diff := cmp.Diff(encoded(t, shape), bySDK(t, shape)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// everything has what no shape of Direct Connect has.
type everything struct{}

func (everything) Serialize(s smithy.ShapeSerializer) {
	member := func(name string) *smithy.Schema {
		return smithy.NewSchema(smithy.ShapeID{Namespace: "a", Name: "Any", Member: name}, smithy.ShapeTypeMember, 0)
	}
	s.WriteStruct(nil)
	for i, v := range []float64{0, 1.5, -1e-9, 1e21, math.Inf(1), math.Inf(-1), math.NaN()} {
		s.WriteFloat64(member("wide"+string(rune('a'+i))), v)
		s.WriteFloat32(member("narrow"+string(rune('a'+i))), float32(v))
	}
	s.WriteInt8(member("small"), -1)
	s.WriteInt16(member("medium"), 300)
	s.WriteBlob(member("blob"), nil)
	s.WriteMap(member("map"))
	s.WriteKey(nil, "a key: {")
	s.WriteList(member("value"))
	s.WriteString(member("member"), "x")
	s.WriteString(member("member"), "y")
	s.CloseList()
	s.WriteKey(nil, "")
	s.WriteNil(member("value"))
	s.CloseMap()
	s.WriteUnion(member("union"), member("variant"))
	s.WriteInt32(member("variant"), 7)
	s.CloseUnion()
	s.CloseStruct()
}

// odd has a value that JSON has no form for.
type odd struct{}

func (odd) Serialize(s smithy.ShapeSerializer) { s.WriteDocument(nil, document.Null{}) }

func TestEncodeNames(t *testing.T) {
	if got, err := awsjson.Encode(odd{}); err == nil || err.Error() != "encode awsjson_test.odd: JSON has no form for a document" {
		t.Errorf("got %s, %v", got, err)
	}
}
