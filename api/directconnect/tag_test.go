package directconnect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTags(t *testing.T) {
	w := newWorld(t)
	for name, arn := range map[string]string{"customer": "arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/CONN", "platform": "arn:aws:directconnect:eu-west-1:PLATFORM:dxvif/DXVIF"} {
		w.do(name, "TagResource", `{"resourceArn":"`+arn+`","tags":[{"key":"a","value":"1"},{"key":"b"}]}`)
		w.do(name, "TagResource", `{"resourceArn":"`+arn+`","tags":[{"key":"c","value":"3"},{"key":"a","value":"2"}]}`)
		w.do(name, "UntagResource", `{"resourceArn":"`+arn+`","tagKeys":["b","nothing"]}`)
		got := w.do(name, "DescribeTags", `{"resourceArns":["`+arn+`"]}`)
		tags := []any{document{"key": "c", "value": "3"}, document{"key": "a", "value": "2"}}
		want := document{"resourceTags": []any{document{"resourceArn": w.fill(arn), "tags": tags}}}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// The connection's owner sees the interface, but not its owner's tags.
	seen := w.do("customer", "DescribeVirtualInterfaces", `{}`)["virtualInterfaces"].([]any)[0].(document)
	if diff := cmp.Diff(seen["tags"], any([]any{})); diff != "" {
		t.Error(diff)
	}
}

func TestTagRefusals(t *testing.T) {
	w := newWorld(t)
	const arn = "arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf(`{"key":"k%d"}`, i))
	}
	w.do("customer", "TagResource", `{"resourceArn":"`+arn+`","tags":[`+strings.Join(many[:50], ",")+`]}`)
	tests := []struct{ name, operation, body, want string }{
		{"too many at once", "TagResource", `{"resourceArn":"` + arn + `","tags":[` + strings.Join(many, ",") + `]}`, "TooManyTagsException: 51 tags are more than the 50 that a resource may have"},
		{"one too many", "TagResource", `{"resourceArn":"` + arn + `","tags":[{"key":"k50"}]}`, "TooManyTagsException: 51 tags are more than the 50 that a resource may have"},
		{"twice", "TagResource", `{"resourceArn":"` + arn + `","tags":[{"key":"a"},{"key":"a"}]}`, `DuplicateTagKeysException: tag key "a" is given twice`},
		{"reserved", "TagResource", `{"resourceArn":"` + arn + `","tags":[{"key":"aws:a"}]}`, `DirectConnectClientException: tag key "aws:a" begins with aws:, which is reserved`},
		{"none", "TagResource", `{"resourceArn":"` + arn + `","tags":[]}`, "DirectConnectClientException: The member tags is required"},
		{"no ARN", "TagResource", `{"resourceArn":"CONN","tags":[{"key":"a"}]}`, `DirectConnectClientException: "CONN" is no ARN of a Direct Connect resource`},
		{"of another service", "UntagResource", `{"resourceArn":"arn:aws:ec2:eu-west-1:CUSTOMER:dxcon/CONN","tagKeys":["a"]}`,
			`DirectConnectClientException: "arn:aws:ec2:eu-west-1:CUSTOMER:dxcon/CONN" is no ARN of a Direct Connect resource`},
		{"of another region", "DescribeTags", `{"resourceArns":["arn:aws:directconnect:eu-west-2:CUSTOMER:dxcon/CONN"]}`,
			"DirectConnectClientException: there is no resource arn:aws:directconnect:eu-west-2:CUSTOMER:dxcon/CONN"},
		{"of another kind", "DescribeTags", `{"resourceArns":["arn:aws:directconnect:eu-west-1:CUSTOMER:dxlag/dxlag-f0000000"]}`,
			"DirectConnectClientException: there is no resource arn:aws:directconnect:eu-west-1:CUSTOMER:dxlag/dxlag-f0000000"},
	}
	for _, c := range tests {
		if diff := cmp.Diff(w.refused("customer", c.operation, c.body), w.fill(c.want)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	// The connection's owner sees the interface, but its tags are not there.
	got := w.refused("customer", "DescribeTags", `{"resourceArns":["arn:aws:directconnect:eu-west-1:CUSTOMER:dxvif/DXVIF"]}`)
	if want := w.fill("DirectConnectClientException: there is no resource arn:aws:directconnect:eu-west-1:CUSTOMER:dxvif/DXVIF"); got != want {
		t.Error(got)
	}
}
