package directconnect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc/resiliency"
	"demarc/store"
)

const groupBody = `{"resiliencyGroupName":"two","intendedResiliencyModel":"basic-resiliency","clientToken":"t1","tags":[{"key":"a","value":"b"}]}`

func (w *world) group(profile, operation, body string) document {
	w.Helper()
	return w.do(profile, operation, body)["resiliencyGroup"].(document)
}

// settleGroups moves the clock on.
func (w *world) settleGroups() {
	w.Helper()
	w.write(func(tx *store.Tx) error { return resiliency.Expire(tx, time.Now()) })
}

func TestResiliencyGroup(t *testing.T) {
	w := newWorld(t)
	made := w.group("customer", "CreateResiliencyGroup", groupBody)
	id := made["resiliencyGroupId"].(string)
	want := document{
		"resiliencyGroupId": id, "resiliencyGroupName": "two", "resiliencyGroupType": "Managed", "state": "pending",
		"ownerAccount": w.fill("CUSTOMER"), "resiliencyGroupArn": w.fill("arn:aws:directconnect:eu-west-1:CUSTOMER:dxrg/" + id),
		"tags": []any{document{"key": "a", "value": "b"}},
	}
	if diff := cmp.Diff(made, want); diff != "" {
		t.Error(diff)
	}
	w.settleGroups()
	this := `{"resiliencyGroupId":"` + id + `"`
	want["state"] = "available"
	if diff := cmp.Diff(w.group("customer", "GetResiliencyGroup", this+`}`), want); diff != "" {
		t.Error(diff)
	}
	second := w.do("customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"two"}`)["connectionId"].(string)
	third := w.do("customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"three"}`)["connectionId"].(string)
	members := func() (ids []string) {
		for _, m := range w.do("customer", "ListResiliencyGroupAssociations", this+`}`)["items"].([]any) {
			_, id, _ := strings.Cut(m.(document)["connectionArn"].(string), "dxcon/")
			ids = append(ids, id)
		}
		return ids
	}
	// Three connections on two devices: all or none.
	all := fmt.Sprintf(`%s,"connectionIdentifiers":["CONN",%q,%q]}`, this, second, third)
	if got := w.refused("customer", "AssociateConnectionsToResiliencyGroup", all); !strings.Contains(got, "both end on device") {
		t.Errorf("got %s", got)
	}
	// An ARN names a connection where it is, and nowhere else.
	for _, elsewhere := range []string{"arn:aws:directconnect:us-east-1:CUSTOMER:dxcon/CONN", "arn:aws-cn:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"} {
		got := w.refused("customer", "AssociateConnectionsToResiliencyGroup", fmt.Sprintf(`%s,"connectionIdentifiers":[%q]}`, this, elsewhere))
		if want := w.fill("DirectConnectClientException: Could not find Connection with ID " + elsewhere); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// One that is named twice is there once.
	both := w.do("customer", "AssociateConnectionsToResiliencyGroup", fmt.Sprintf(`%s,"connectionIdentifiers":["CONN","arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/%s",%q]}`, this, second, second))
	if got := len(both["resiliencyGroupAssociations"].([]any)); got != 2 {
		t.Errorf("%d associations, want 2", got)
	}
	if got := members(); len(got) != 2 {
		t.Errorf("got members %v", got)
	}
	if got := w.refused("customer", "DeleteResiliencyGroup", this+`}`); !strings.Contains(got, "still has 2 connections") {
		t.Errorf("got %s", got)
	}
	// Two equal ones at a flat rate are a pair; the third is not in the group.
	w.do("customer", "UpdateConnectionsBillingMode", fmt.Sprintf(`{"billingMode":"FlatRateTier2","connectionIds":["CONN",%q,%q]}`, second, third))
	modes := map[string]any{}
	for _, c := range w.do("customer", "DescribeConnections", `{}`)["connections"].([]any) {
		modes[c.(document)["connectionId"].(string)] = c.(document)["billingMode"]
	}
	if diff := cmp.Diff(modes, map[string]any{w.conn: "PortPairFlatRateTier2", second: "PortPairFlatRateTier2", third: "FlatRateTier2"}); diff != "" {
		t.Error(diff)
	}
	// A connection that is deleted leaves the group.
	w.do("customer", "DeleteConnection", `{"connectionId":"`+second+`"}`)
	w.settleGroups()
	if got := members(); len(got) != 1 {
		t.Errorf("got members %v", got)
	}
	w.do("customer", "DisassociateConnectionsFromResiliencyGroup", this+`,"connectionIdentifiers":["CONN"]}`)
	for name := range w.Store.Local().Claims("resiliency/") {
		t.Errorf("%s is left", name)
	}
	if got := w.group("customer", "DeleteResiliencyGroup", this+`}`); got["state"] != "deleting" {
		t.Errorf("got %v", got)
	}
	w.settleGroups()
	if got := w.group("customer", "GetResiliencyGroup", this+`}`); got["state"] != "deleted" {
		t.Errorf("got %v", got)
	}
}

func TestClientToken(t *testing.T) {
	w := newWorld(t)
	first := w.group("customer", "CreateResiliencyGroup", groupBody)
	w.do("customer", "UpdateResiliencyGroup", `{"resiliencyGroupId":"`+first["resiliencyGroupId"].(string)+`","resiliencyGroupName":"meanwhile"}`)
	if diff := cmp.Diff(w.group("customer", "CreateResiliencyGroup", groupBody), first); diff != "" {
		t.Errorf("the same token and parameters: %s", diff)
	}
	other := strings.Replace(groupBody, `"two"`, `"three"`, 1)
	if got := w.refused("customer", "CreateResiliencyGroup", other); !strings.Contains(got, "DirectConnectClientException: clientToken was used for another request") {
		t.Errorf("got %s", got)
	}
	if got := w.group("partner", "CreateResiliencyGroup", groupBody); got["resiliencyGroupId"] == first["resiliencyGroupId"] {
		t.Error("another account's token is its own")
	}
	if got := w.do("customer", "ListResiliencyGroups", `{}`)["items"].([]any); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestBillingMode(t *testing.T) {
	w := newWorld(t)
	second := w.do("customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"two"}`)["connectionId"].(string)
	both := fmt.Sprintf(`"connectionIds":["CONN",%q]}`, second)
	for body, want := range map[string]string{
		`{"billingMode":"FlatRateTier1","connectionIds":["CONN"]}`: second + " is at LIS1 as well",
		`{"billingMode":"PortPairFlatRateTier1",` + both:           "is neither PayAsYouGo nor",
		`{"billingMode":"FlatRateTier1","connectionIds":[]}`:       "connectionIds is required",
	} {
		if got := w.refused("customer", "UpdateConnectionsBillingMode", body); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, mode := range []string{"FlatRateTier1", "FlatRateTier1", "FlatRateTier2", "PayAsYouGo"} {
		got := w.do("customer", "UpdateConnectionsBillingMode", `{"billingMode":"`+mode+`",`+both)
		if got["billingMode"] != mode || got["connections"].([]any)[1].(document)["billingMode"] != mode {
			t.Errorf("got %v", got)
		}
	}
	if got := w.refused("customer", "UpdateConnectionsBillingMode", `{"billingMode":"FlatRateTier1",`+both); !strings.Contains(got, "was changed 3 times in six months") {
		t.Errorf("got %s", got)
	}
	if got := w.refused("customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"3","billingMode":"FlatRateTier1"}`); !strings.Contains(got, "share one billing mode") {
		t.Errorf("got %s", got)
	}
}

func TestAgreements(t *testing.T) {
	w := newWorld(t)
	if got := w.do("customer", "ConfirmCustomerAgreement", `{"agreementName":"terms 2026"}`); got["status"] != "signed" {
		t.Errorf("got %v", got)
	}
	for profile, want := range map[string]document{
		"customer": {"nniPartnerType": "nonPartner", "agreements": []any{document{"agreementName": "terms 2026", "status": "signed"}}},
		"partner":  {"nniPartnerType": "v2", "agreements": []any{}},
	} {
		if diff := cmp.Diff(w.do(profile, "DescribeCustomerMetadata", `{}`), want); diff != "" {
			t.Errorf("%s: %s", profile, diff)
		}
	}
}
