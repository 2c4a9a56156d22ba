package desk_test

import (
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/share"
	"demarc/store"
	"demarc/transit"
)

// bring makes a Transit Gateway of an account in a Region, shared with some.
func (w *world) bring(by demarc.AccountID, region demarc.Region, with ...demarc.AccountID) (id demarc.TransitGatewayID, shared demarc.ResourceShareID) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "vpc-a", Region: "eu-west-1"})
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "vpc-b", Region: "eu-central-1"})
		store.Subnets.Put(tx, demarc.Subnet{ID: "subnet-1", VPC: vpc, Owner: platform, Zone: "eu-west-1a"})
		gw, err := transit.Create(tx, by, demarc.TransitGateway{ASN: 64900, Region: region}, transit.Defaults{Association: true, Propagation: true}, w.now)
		if err != nil || len(with) == 0 {
			id = gw.ID
			return err
		}
		s, err := share.Create(tx, by, demarc.ResourceShare{Name: "hub", Region: region, External: true}, share.Members{Resources: []demarc.TransitGatewayID{gw.ID}, Principals: with}, w.now)
		id, shared = gw.ID, s.ID
		return err
	})
	return id, shared
}

func TestWhatACaseMayName(t *testing.T) {
	w := newWorld(t)
	here, _ := w.bring(customer, "eu-west-1")
	elsewhere, _ := w.bring(customer, "eu-central-1")
	theirs, theirShare := w.bring(stranger, "eu-west-1", platform)
	shared, good := w.bring(customer, "eu-west-1", platform)
	_, toOthers := w.bring(customer, "eu-west-1", stranger)
	arn := func(region string, id demarc.ResourceShareID) string {
		return "arn:aws:ram:" + region + ":" + string(customer) + ":resource-share/" + string(id)
	}
	for name, test := range map[string]struct {
		fields demarc.CaseFields
		code   string
		field  string
	}{
		"nothing":                     {demarc.CaseFields{}, "", ""},
		"one that is not shared yet":  {demarc.CaseFields{TransitGateway: here}, "", ""},
		"one in another Region":       {demarc.CaseFields{TransitGateway: elsewhere}, "E-REGION-TGW", "transitGateway"},
		"another's":                   {demarc.CaseFields{TransitGateway: theirs}, "", "transitGateway"},
		"one that there is not":       {demarc.CaseFields{TransitGateway: "tgw-absent"}, "", "transitGateway"},
		"its share":                   {demarc.CaseFields{ResourceShare: arn("eu-west-1", good)}, "", ""},
		"both":                        {demarc.CaseFields{TransitGateway: shared, ResourceShare: string(good)}, "", ""},
		"the share of another one":    {demarc.CaseFields{TransitGateway: here, ResourceShare: string(good)}, "E-TGW-NOT-SHARED", "resourceShare"},
		"a share in another Region":   {demarc.CaseFields{ResourceShare: arn("eu-central-1", good)}, "E-REGION-TGW", "resourceShare"},
		"another's share":             {demarc.CaseFields{ResourceShare: string(theirShare)}, "", "resourceShare"},
		"a share with somebody else":  {demarc.CaseFields{ResourceShare: string(toOthers)}, "E-TGW-NOT-SHARED", "resourceShare"},
		"a share that there is not":   {demarc.CaseFields{ResourceShare: "share-absent"}, "", "resourceShare"},
		"something that is no share":  {demarc.CaseFields{ResourceShare: "arn:aws:ec2:eu-west-1:1:vpc/x"}, "", "resourceShare"},
		"a prefix that is the VPC's":  {demarc.CaseFields{Prefixes: []string{"10.8.2.0/25"}}, "E-CIDR-OVERLAP", "prefixes[0]"},
		"a prefix with bits too many": {demarc.CaseFields{Prefixes: []string{"192.168.50.1/24"}}, "E-CIDR-INVALID", "prefixes[0]"},
	} {
		if test.fields.Prefixes == nil {
			test.fields.Prefixes = []string{"192.168.50.0/24"}
		}
		_, refusal := w.open(customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-prod", Fields: test.fields})
		switch {
		case test.field == "" && refusal != nil, test.field != "" && refusal == nil:
			t.Errorf("%s: got %v", name, refusal)
		case refusal != nil && (refusal.Code != test.code || refusal.Field != test.field):
			t.Errorf("%s: got %s in %s, want %s in %s", name, refusal.Code, refusal.Field, test.code, test.field)
		}
	}
}

// TestWhoseMoveItIs follows a case up to the customer's routes.
func TestWhoseMoveItIs(t *testing.T) {
	w := newWorld(t)
	c, refusal := w.open(customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-prod", Fields: demarc.CaseFields{Prefixes: []string{"192.168.50.0/24"}}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	next := func(id string, party demarc.Party, says string) demarc.Step {
		t.Helper()
		s, _ := desk.WhoseMove(desk.TransitSteps(w.store.Local(), c, w.now))
		if s.ID != id || s.Party != party || !strings.Contains(s.Evidence, says) {
			t.Errorf("got %s, %s: %q; want %s, %s: %q", s.ID, s.Party, s.Evidence, id, party, says)
		}
		return s
	}
	accept := func(want string) {
		t.Helper()
		refusal := w.try(func(tx *store.Tx) error {
			_, err := desk.Accept(tx, demarc.Actor{Account: platform}, c.ID, w.now)
			return err
		})
		if got := refusal; (got == nil) != (want == "") || got != nil && got.Code != want {
			t.Errorf("the platform's move: got %v, want %q", got, want)
		}
	}
	next("share", demarc.Customer, "has no Transit Gateway")
	accept("E-CASE-STATE")
	w.bring(customer, "eu-west-1")
	next("share", demarc.Customer, "E-TGW-NOT-SHARED")
	accept("E-TGW-NOT-SHARED")
	tgw, _ := w.bring(customer, "eu-west-1", platform)
	if s := next("share-accept", demarc.Platform, "E-SHARE-NOT-ACCEPTED"); !s.Deadline.Equal(w.now.Add(demarc.InvitationLapse)) {
		t.Errorf("the deadline is %s", s.Deadline)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.write(func(tx *store.Tx) error { return share.Expire(tx, w.now) })
	next("share", demarc.Customer, "E-TGW-NOT-SHARED") // the invitation has lapsed
	again, _ := w.bring(customer, "eu-west-1", platform)
	accept("")
	next("attach-accept", demarc.Customer, "waits to be accepted")
	accept("E-CASE-STATE")
	var attachment demarc.TransitGatewayAttachment
	for a := range store.TransitGatewayAttachments.By(w.store.Local(), "vpc", string(vpc)) {
		attachment = a
	}
	if attachment.TransitGateway != again || tgw == again {
		t.Errorf("attached to %s, and shared last was %s", attachment.TransitGateway, again)
	}
	w.write(func(tx *store.Tx) error {
		_, err := transit.Accept(tx, customer, attachment.ID)
		return err
	})
	next("customer-routes", demarc.Customer, "does not reach 192.168.50.0/24")
	w.write(func(tx *store.Tx) error {
		_, err := transit.DetachVPC(tx, platform, attachment.ID, w.now)
		return err
	})
	next("attach", demarc.Platform, "is deleted")
}

// TestAnAttachmentWithoutIPv6 is the platform's to change where IPv6 is asked for,
// once it can be: the customer accepts it first.
func TestAnAttachmentWithoutIPv6(t *testing.T) {
	w := newWorld(t)
	c, refusal := w.open(customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-prod", Fields: demarc.CaseFields{Prefixes: []string{"fd50:50::/64"}}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	tgw, _ := w.bring(customer, "eu-west-1", platform)
	var a demarc.TransitGatewayAttachment
	w.write(func(tx *store.Tx) (err error) {
		for i := range store.ResourceShareInvitations.All(tx) {
			if _, err := share.Accept(tx, platform, i.ID, w.now); err != nil {
				return err
			}
		}
		a, err = transit.AttachVPC(tx, platform, demarc.TransitGatewayAttachment{TransitGateway: tgw, VPC: vpc, Subnets: []demarc.SubnetID{"subnet-1"}}, w.now)
		return err
	})
	next := func(want string) {
		t.Helper()
		if s, _ := desk.WhoseMove(desk.TransitSteps(w.store.Local(), c, w.now)); s.ID != want {
			t.Errorf("got %s: %s; want %s", s.ID, s.Evidence, want)
		}
	}
	next("attach-accept")
	w.write(func(tx *store.Tx) error { _, err := transit.Accept(tx, customer, a.ID); return err })
	next("attach")
	w.write(func(tx *store.Tx) error {
		on := true
		_, err := transit.ModifyAttachment(tx, platform, a.ID, transit.AttachmentChanges{IPv6: &on})
		return err
	})
	next("customer-routes")
}
