package directconnect_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/store"
)

// only lists the caller's connections twice, the second time from what was kept
// at the first, and returns the one there is.
func (w *world) only(profile string) document {
	w.Helper()
	w.do(profile, "DescribeConnections", `{}`)
	all := w.do(profile, "DescribeConnections", `{}`)["connections"].([]any)
	if len(all) != 1 {
		w.Fatalf("%s has %d connections, want 1", profile, len(all))
	}
	return all[0].(document)
}

// TestAKeptConnectionIsNeverOld changes each thing that an answer is made of
// after the answer was kept: the connection, and what else is shown with it.
func TestAKeptConnectionIsNeverOld(t *testing.T) {
	w := newWorld(t)
	w.only("customer")
	w.do("customer", "UpdateConnection", `{"connectionId":"CONN","connectionName":"two"}`)
	if got := w.only("customer")["connectionName"]; got != "two" {
		t.Errorf("the name is %v, want two", got)
	}
	arn := "arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"
	w.do("customer", "TagResource", `{"resourceArn":"`+arn+`","tags":[{"key":"a","value":"b"}]}`)
	if got := w.only("customer")["tags"].([]any); len(got) != 1 {
		t.Errorf("the tags are %v, want one", got)
	}
	w.do("customer", "UpdateVirtualInterfaceAttributes", `{"virtualInterfaceId":"DXVIF","rateLimit":"100Mbps"}`)
	if got := w.only("customer")["rateLimiterStatus"].(document)["inUse"]; got != 1.0 {
		t.Errorf("%v rate limiters are in use, want one", got)
	}
	before := w.only("customer")["prefixPoolUnallocatedCountIpv4"].(float64)
	w.do("customer", "AllocatePrivateVirtualInterface", strings.Replace(allocation, "101", "102", 1))
	if got := w.only("customer")["prefixPoolUnallocatedCountIpv4"].(float64); got >= before {
		t.Errorf("%v prefixes are left of %v beside another interface", got, before)
	}

	ic := w.do("partner", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"1Gbps","location":"LIS1"}`)["interconnectId"].(string)
	w.do("partner", "AllocateHostedConnection",
		w.with(`{"connectionId":"IC","ownerAccount":"PLATFORM","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "IC", ic))
	if got := w.only("platform")["partnerName"]; got != "Carrier X" {
		t.Errorf("the partner is %v, want Carrier X", got)
	}
	w.write(func(tx *store.Tx) error {
		partner, _ := store.Accounts.Get(tx, string(w.Account(t, "partner").ID))
		partner.Title = "Carrier Y"
		store.Accounts.Put(tx, partner)
		return nil
	})
	if got := w.only("platform")["partnerName"]; got != "Carrier Y" {
		t.Errorf("the partner is %v, want Carrier Y", got)
	}
}

// TestAKeptConnectionIsItsOwners: what its owner was shown, tags and all, is
// not what the partner is shown who hosts it.
func TestAKeptConnectionIsItsOwners(t *testing.T) {
	w := newWorld(t)
	ic := w.do("partner", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"1Gbps","location":"LIS1"}`)["interconnectId"].(string)
	w.do("partner", "AllocateHostedConnection",
		w.with(`{"connectionId":"IC","ownerAccount":"PLATFORM","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "IC", ic))
	hosted := w.only("platform")["connectionId"].(string)
	w.write(func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, hosted)
		c.Tags = []demarc.Tag{{Key: "secret", Value: "plan"}}
		store.Connections.Put(tx, c)
		return nil
	})
	if got := w.only("platform")["tags"].([]any); len(got) != 1 {
		t.Errorf("the owner is shown the tags %v, want one", got)
	}
	shown := w.do("partner", "DescribeHostedConnections", w.with(`{"connectionId":"IC"}`, "IC", ic))["connections"].([]any)
	if got := shown[0].(document)["tags"].([]any); len(got) != 0 {
		t.Errorf("the partner is shown the tags %v, want none", got)
	}
}
