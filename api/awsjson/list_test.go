package awsjson_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc/api/awsjson"
)

// TestAListIsTheSDKs: element by element is the same bytes as all at once.
func TestAListIsTheSDKs(t *testing.T) {
	token := aws.String("to \"be\" continued")
	for _, out := range []directconnect.DescribeConnectionsOutput{
		{Connections: []types.Connection{}},
		{Connections: []types.Connection{{ConnectionId: aws.String("dxcon-1")}}, NextToken: token},
		{Connections: []types.Connection{{ConnectionId: aws.String("dxcon-1"), Vlan: 7}, {ConnectionName: aws.String("ö"), Tags: []types.Tag{}}}},
	} {
		list := &awsjson.List{Member: "connections", NextToken: out.NextToken}
		for _, c := range out.Connections {
			list.Elements = append(list.Elements, awsjson.Kept(encoded(t, &c)))
		}
		if got, want := encoded(t, list), encoded(t, &out); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
