package directconnect_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/account"
	"demarc/audit"
	"demarc/connection"
	"demarc/store"
)

const (
	someCKN = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	someCAK = "abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789"
)

const associateKey = `{"connectionId":"PORT","ckn":"` + someCKN + `","cak":"` + someCAK + `"}`

// TestMACsec is a key from its association to its end, whole answers.
func TestMACsec(t *testing.T) {
	w := newWorld(t)
	for _, plain := range []string{"macSecKeys", "encryptionMode", "portEncryptionStatus"} {
		if got, shown := w.do("customer", "DescribeConnections", `{"connectionId":"CONN"}`)["connections"].([]any)[0].(document)[plain]; shown {
			t.Errorf("a connection without MACsec shows %s %v", plain, got)
		}
	}
	conn := w.do("customer", "CreateConnection", `{"location":"LIS2","bandwidth":"10Gbps","connectionName":"secret","requestMACSec":true}`)
	id := conn["connectionId"].(string)
	encryption := func(conn document) document {
		return document{
			"macSecCapable": conn["macSecCapable"], "encryptionMode": conn["encryptionMode"],
			"macSecKeys": conn["macSecKeys"], "portEncryptionStatus": conn["portEncryptionStatus"],
		}
	}
	same := func(got, want any) {
		t.Helper()
		if diff := cmp.Diff(got, want); diff != "" {
			t.Error(diff)
		}
	}
	shown := document{"macSecCapable": true, "encryptionMode": "should_encrypt", "macSecKeys": []any{}, "portEncryptionStatus": "Encryption Down"}
	same(encryption(conn), shown)

	answer := w.do("customer", "AssociateMacSecKey", w.with(associateKey, "PORT", id))
	key := answer["macSecKeys"].([]any)[0].(document)
	arn, start := key["secretARN"].(string), key["startOn"].(string)
	keys := func(state string) []any {
		return []any{document{"secretARN": arn, "ckn": someCKN, "state": state, "startOn": start}}
	}
	same(answer, document{"connectionId": id, "macSecKeys": keys("associating")})
	w.write(func(tx *store.Tx) error { return connection.Expire(tx, time.Now()) })

	shown["macSecKeys"], shown["encryptionMode"] = keys("associated"), "must_encrypt"
	same(encryption(w.do("customer", "UpdateConnection", w.with(`{"connectionId":"PORT","encryptionMode":"must_encrypt"}`, "PORT", id))), shown)
	same(encryption(w.do("customer", "DescribeConnections", w.with(`{"connectionId":"PORT"}`, "PORT", id))["connections"].([]any)[0].(document)), shown)
	taken := w.do("customer", "DisassociateMacSecKey", w.with(`{"connectionId":"PORT","secretARN":"KEYNAME"}`, "PORT", id, "KEYNAME", arn))
	same(taken, document{"connectionId": id, "macSecKeys": keys("disassociating")})
	w.write(func(tx *store.Tx) error { return connection.Expire(tx, time.Now()) })
	shown["macSecKeys"], shown["encryptionMode"] = []any{}, "should_encrypt"
	same(encryption(w.do("customer", "DescribeConnections", w.with(`{"connectionId":"PORT"}`, "PORT", id))["connections"].([]any)[0].(document)), shown)
}

// TestMACsecOfPartners: an interconnect has it as a connection does, and a
// hosted connection says whether its interconnect has.
func TestMACsecOfPartners(t *testing.T) {
	w := newWorld(t)
	for _, macsec := range []bool{false, true} {
		ic := w.do("partner", "CreateInterconnect", fmt.Sprintf(`{"interconnectName":"ic","bandwidth":"10Gbps","location":"LIS1","requestMACSec":%v}`, macsec))
		id := ic["interconnectId"].(string)
		if ic["macSecCapable"] != macsec {
			t.Errorf("the interconnect says %v", ic["macSecCapable"])
		}
		hosted := w.do("partner", "AllocateHostedConnection", w.with(`{"connectionId":"IC","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "IC", id))
		if hosted["partnerInterconnectMacSecCapable"] != macsec || hosted["macSecCapable"] != false {
			t.Errorf("the hosted connection says %v", hosted)
		}
		told := w.refused("customer", "AssociateMacSecKey", w.with(associateKey, "PORT", hosted["connectionId"].(string)))
		if !strings.Contains(told, "is hosted and has no port of its own") {
			t.Errorf("a key for a hosted connection: %s", told)
		}
		if !macsec {
			continue
		}
		w.do("partner", "AssociateMacSecKey", w.with(associateKey, "PORT", id))
		if keys := w.do("partner", "DescribeInterconnects", w.with(`{"interconnectId":"IC"}`, "IC", id))["interconnects"].([]any)[0].(document)["macSecKeys"].([]any); len(keys) != 1 {
			t.Errorf("the interconnect has %v", keys)
		}
	}
}

// TestNobodySeesACAK: it is in no answer, no refusal and no record, and another
// account cannot use it by its name.
func TestNobodySeesACAK(t *testing.T) {
	w := newWorld(t)
	lag := w.do("customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"10Gbps","lagName":"l","requestMACSec":true}`)["lagId"].(string)
	other := w.do("partner", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"10Gbps","location":"LIS1","requestMACSec":true}`)["interconnectId"].(string)
	told := []any{w.do("customer", "AssociateMacSecKey", w.with(associateKey, "PORT", lag))}
	arn := told[0].(document)["macSecKeys"].([]any)[0].(document)["secretARN"].(string)
	told = append(told,
		w.refused("customer", "AssociateMacSecKey", w.with(strings.Replace(associateKey, someCAK, "0"+someCAK, 1), "PORT", lag)),
		w.refused("customer", "AssociateMacSecKey", w.with(strings.Replace(associateKey, `"cak":"a`, `"cak":"b`, 1), "PORT", lag)),
		w.refused("customer", "AssociateMacSecKey", w.with(strings.Replace(associateKey, `{`, `{"secretARN":"x",`, 1), "PORT", lag)),
		w.do("customer", "DescribeLags", `{}`), w.do("customer", "DescribeConnections", `{}`),
		w.do("customer", "DisassociateMacSecKey", w.with(`{"connectionId":"LAG","secretARN":"KEYNAME"}`, "LAG", lag, "KEYNAME", arn)),
		audit.List(w.Store.Local(), demarc.Account{Operator: true}, audit.Query{}, 99),
	)
	for l := range store.LAGs.All(w.Store.Local()) {
		told = append(told, fmt.Sprintf("%v %+v %#v", l, l.MACsec, l.MACsec.Keys))
	}
	for _, said := range told {
		text, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(text)), strings.ToLower(someCAK[1:])) {
			t.Errorf("it is in %s", text)
		}
	}
	refused := w.refused("partner", "AssociateMacSecKey", w.with(`{"connectionId":"IC","secretARN":"KEYNAME"}`, "IC", other, "KEYNAME", arn))
	nowhere := w.refused("partner", "AssociateMacSecKey", w.with(`{"connectionId":"IC","secretARN":"KEYNAME"}`, "IC", other, "KEYNAME", "arn:nothing"))
	if strings.Replace(refused, arn, "arn:nothing", 1) != nowhere {
		t.Errorf("a stranger is told %s, and of nothing %s", refused, nowhere)
	}
}

// TestLimitersAreCounted also where there is none, in every answer that shows a
// connection or LAG.
func TestLimitersAreCounted(t *testing.T) {
	w := newWorld(t)
	limiters := func(shown any) any { return shown.(document)["rateLimiterStatus"] }
	first := func(out document, member string) any { return out[member].([]any)[0] }
	same := func(name string, shown any, want document) {
		t.Helper()
		if diff := cmp.Diff(limiters(shown), any(want)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	none := document{"inUse": 0.0, "maxAllowed": 10.0, "remaining": 10.0, "totalBandwidth": "0Mbps"}
	same("CreateConnection", w.do("customer", "CreateConnection", `{"location":"LIS2","bandwidth":"1Gbps","connectionName":"two"}`), none)
	same("UpdateConnection", w.do("customer", "UpdateConnection", `{"connectionId":"CONN","connectionName":"b"}`), none)
	same("DescribeConnections", first(w.do("customer", "DescribeConnections", `{"connectionId":"CONN"}`), "connections"), none)
	same("UpdateConnectionsBillingMode", first(w.do("customer", "UpdateConnectionsBillingMode", `{"connectionIds":["CONN"],"billingMode":"FlatRateTier1"}`), "connections"), none)
	w.do("customer", "UpdateVirtualInterfaceAttributes", `{"virtualInterfaceId":"DXVIF","rateLimit":"300Mbps"}`)
	w.write(func(tx *store.Tx) error {
		q := account.Quotas(tx)
		q.RateLimiters = 1
		store.Quotas.Put(tx, q)
		return nil
	})
	all := document{"inUse": 1.0, "maxAllowed": 1.0, "remaining": 0.0, "totalBandwidth": "300Mbps"}
	same("all of a connection's", first(w.do("customer", "DescribeConnections", `{"connectionId":"CONN"}`), "connections"), all)
	same("CreateLag", w.do("customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"l","connectionId":"CONN"}`), all)
	same("DescribeLags", first(w.do("customer", "DescribeLags", `{}`), "lags"), all)
}

// TestShares: what is on a connection or LAG is summed up on it.
func TestShares(t *testing.T) {
	w := newWorld(t)
	w.do("customer", "UpdateVirtualInterfaceAttributes", `{"virtualInterfaceId":"DXVIF","rateLimit":"300Mbps"}`)
	w.do("customer", "AllocatePrivateVirtualInterface", strings.Replace(strings.Replace(allocation, "101", "102", 1), "65001", `65002,"rateLimit":"900Mbps"`, 1))
	share := func(shown document) document {
		return document{
			"limiters": shown["rateLimiterStatus"], "4": shown["prefixPoolSizeIpv4"], "6": shown["prefixPoolSizeIpv6"],
			"free 4": shown["prefixPoolUnallocatedCountIpv4"], "free 6": shown["prefixPoolUnallocatedCountIpv6"],
		}
	}
	want := document{
		"limiters": document{"inUse": 2.0, "maxAllowed": 10.0, "remaining": 8.0, "totalBandwidth": "1.2Gbps"},
		"4":        5000.0, "6": 5000.0, "free 4": 4800.0, "free 6": 4800.0,
	}
	conn := w.do("customer", "DescribeConnections", `{"connectionId":"CONN"}`)["connections"].([]any)[0].(document)
	if diff := cmp.Diff(share(conn), want); diff != "" {
		t.Errorf("the connection: %s", diff)
	}
	lag := w.do("customer", "CreateLag", `{"numberOfConnections":2,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"l","connectionId":"CONN","billingMode":"FlatRateTier1"}`)
	if diff := cmp.Diff(share(lag), want); diff != "" { // no link came up yet
		t.Errorf("the LAG: %s", diff)
	}
	for _, m := range lag["connections"].([]any) {
		w.write(func(tx *store.Tx) error {
			c, _ := store.Connections.Get(tx, m.(document)["connectionId"].(string))
			c.State = demarc.ConnectionAvailable
			store.Connections.Put(tx, c)
			return nil
		})
	}
	want["4"], want["6"], want["free 4"], want["free 6"] = 10000.0, 10000.0, 9800.0, 9800.0
	if diff := cmp.Diff(share(w.do("customer", "DescribeLags", `{}`)["lags"].([]any)[0].(document)), want); diff != "" {
		t.Errorf("the LAG, its links up: %s", diff)
	}
	for _, member := range lag["connections"].([]any) {
		if got := share(member.(document)); got["limiters"] != nil || got["4"] != nil {
			t.Errorf("a member shows %v", got)
		}
		if got := member.(document)["billingMode"]; got != "FlatRateTier1" || lag["billingMode"] != got {
			t.Errorf("a member is billed by %v, the LAG by %v", got, lag["billingMode"])
		}
	}
}
