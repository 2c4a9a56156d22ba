package site_test

import (
	"testing"

	"demarc"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

// TestElsewhere imports an environment that goes to another Direct Connect, and
// comes back.
func TestElsewhere(t *testing.T) {
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	st := storetest.Embedded(t, store.Tables()...)
	for _, at := range []*site.Elsewhere{
		nil,
		{At: "aws", Region: "us-east-1", Account: "123456789012", Gateway: "vgw-1"},
		{At: "https://directconnect.example", Region: "eu-west-1", Account: "123456789012"},
		nil,
	} {
		s.Environments[0].Elsewhere = at
		if err := s.Import(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		var want demarc.Elsewhere
		if at != nil {
			want = demarc.Elsewhere{At: at.At, Region: at.Region, Account: demarc.AccountID(at.Account), Gateway: at.Gateway}
		}
		if env, _ := store.Environments.Get(st.Local(), s.Environments[0].Name); env.Elsewhere != want || env.Away() != (at != nil) {
			t.Errorf("got %+v, want %+v", env.Elsewhere, want)
		}
	}
}
