package directconnect_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPages reads the connections of the customer two by two, and then all at
// once.
func TestPages(t *testing.T) {
	w := newWorld(t)
	want := []string{w.conn}
	for i := range 4 {
		conn := w.do("customer", "CreateConnection", fmt.Sprintf(`{"location":"LIS2","bandwidth":"1Gbps","connectionName":"n%d"}`, i))
		want = append(want, conn["connectionId"].(string))
	}
	slices.Sort(want)

	all := w.do("customer", "DescribeConnections", `{}`)
	if diff := cmp.Diff(ids(all), want); diff != "" || all["nextToken"] != nil {
		t.Errorf("token %v %s", all["nextToken"], diff)
	}

	first := w.do("customer", "DescribeConnections", `{"maxResults":2}`)
	token := first["nextToken"].(string)
	if got := w.refused("partner", "DescribeConnections", `{"nextToken":"`+token+`"}`); got != "DirectConnectClientException: nextToken is not one that DescribeConnections gave this account" {
		t.Errorf("another account's token: %s", got)
	}
	if got := w.refused("customer", "DescribeVirtualInterfaces", `{"nextToken":"`+token+`"}`); got != "DirectConnectClientException: nextToken is not one that DescribeVirtualInterfaces gave this account" {
		t.Errorf("another operation's token: %s", got)
	}
	second := w.doExactly("customer", "DescribeConnections", `{"maxResults":2,"nextToken":"`+token+`"}`)
	third := w.doExactly("customer", "DescribeConnections", `{"maxResults":1000,"nextToken":"`+second["nextToken"].(string)+`"}`)
	if third["nextToken"] != nil {
		t.Errorf("the last page has token %v", third["nextToken"])
	}
	if diff := cmp.Diff(slices.Concat(ids(first), ids(second), ids(third)), want); diff != "" {
		t.Error(diff)
	}
	if got := []int{len(ids(first)), len(ids(second)), len(ids(third))}; !slices.Equal(got, []int{2, 2, 1}) {
		t.Errorf("pages of %v", got)
	}
}

func ids(out document) []string {
	var all []string
	for _, conn := range out["connections"].([]any) {
		all = append(all, conn.(document)["connectionId"].(string))
	}
	return all
}
