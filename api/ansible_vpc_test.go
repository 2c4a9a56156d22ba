package api_test

import (
	"testing"

	"demarc/api/apitest"
	"demarc/store"
)

// TestAnsibleNetwork plays Debian's modules for VPCs and Transit Gateways.
func TestAnsibleNetwork(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	before := 0
	for range store.VPCs.All(d.Store.Local()) {
		before++
	}
	play(t, d, "network")
	after := 0
	for range store.VPCs.All(d.Store.Local()) {
		after++
	}
	if after != before {
		t.Errorf("%d VPCs are left", after-before)
	}
}
