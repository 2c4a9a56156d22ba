package desk

import (
	"fmt"
	"net/netip"
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// An Elsewhere is the other Direct Connect that an environment is at.
type Elsewhere struct {
	At      string           `json:"at" doc:"aws, or the URL of the API"`
	Region  demarc.Region    `json:"region"`
	Account demarc.AccountID `json:"account" doc:"the platform's there, which interfaces are allocated to"`
	Gateway string           `json:"gateway,omitempty" doc:"what they are accepted onto there"`
}

// Sightings are what the caller has just seen of a link there, by calls of its
// own.
type Sightings struct {
	Lines      []LineSighted      `json:"lines,omitempty" doc:"its connections"`
	Interfaces []InterfaceSighted `json:"interfaces,omitempty" doc:"private ones that it sees"`
	Echo       *EchoSighted       `json:"echo,omitempty" doc:"what an address in the environment answered"`
}

// A LineSighted is a connection in the words of DescribeConnections.
type LineSighted struct {
	ID        demarc.ConnectionID    `json:"id"`
	Tag       string                 `json:"tag" doc:"the value of its tag demarc:link"`
	State     demarc.ConnectionState `json:"state"`
	Owner     demarc.AccountID       `json:"owner"`
	Location  demarc.LocationCode    `json:"location"`
	Bandwidth string                 `json:"bandwidth"`
	Device    string                 `json:"device,omitempty"`
	VLAN      demarc.VLAN            `json:"vlan,omitempty" doc:"of a hosted connection"`
	LOAIssued time.Time              `json:"loaIssued,omitzero"`
}

// An InterfaceSighted is one in the words of DescribeVirtualInterfaces.
type InterfaceSighted struct {
	ID                   demarc.VirtualInterfaceID    `json:"id"`
	Tag                  string                       `json:"tag,omitempty" doc:"the leg that its name says it is of"`
	Connection           demarc.ConnectionID          `json:"connection"`
	State                demarc.VirtualInterfaceState `json:"state"`
	Owner                demarc.AccountID             `json:"owner"`
	Location             demarc.LocationCode          `json:"location,omitempty"`
	Device               string                       `json:"device,omitempty"`
	VLAN                 demarc.VLAN                  `json:"vlan"`
	ASN                  demarc.ASN                   `json:"asn"`
	MTU                  int                          `json:"mtu"`
	AmazonAddress        netip.Prefix                 `json:"amazonAddress,omitzero"`
	CustomerAddress      netip.Prefix                 `json:"customerAddress,omitzero"`
	Rate                 string                       `json:"rate,omitempty" doc:"its limit, such as 200Mbps; absent for the connection's"`
	Gateway              string                       `json:"gateway,omitempty"`
	DirectConnectGateway string                       `json:"directConnectGateway,omitempty"`
	Session              string                       `json:"session,omitempty" doc:"up, down or unknown: the worst of its BGP sessions"`
}

// An EchoSighted is how many echo requests an address answered.
type EchoSighted struct {
	Address  netip.Addr `json:"address"`
	Sent     int        `json:"sent"`
	Answered int        `json:"answered"`
}

// An OfferRequest asks the platform to accept the interface of a leg there.
type OfferRequest struct {
	Leg  string    `json:"leg,omitempty" doc:"a letter; may be left out where there is one leg"`
	Seen Sightings `json:"seen"`
}

// An Offer is the interface there that a case asks to accept.
type Offer struct {
	Leg        string                    `json:"leg"`
	Interface  demarc.VirtualInterfaceID `json:"interface"`
	Connection demarc.ConnectionID       `json:"connection"`
	Token      demarc.LinkTokenID        `json:"token,omitempty" doc:"by which a partner allocated it"`
	Seen       time.Time                 `json:"seen,omitzero" doc:"when the platform had it judged; absent for not yet"`
	SeenBy     demarc.AccountID          `json:"seenBy,omitempty" doc:"who of the platform; shown to the platform"`
	Granted    time.Time                 `json:"granted,omitzero" doc:"since when it may be accepted there"`
	GrantedBy  string                    `json:"grantedBy,omitempty" doc:"an account, or desk"`
}

// A Hearing has interfaces judged that the caller, a platform, sees there.
type Hearing struct {
	Interfaces []InterfaceSighted `json:"interfaces"`
}

// Rulings are what to do with them, in the same order.
type Rulings struct {
	Rulings []Ruling `json:"rulings"`
}

// A Ruling is what to do with an interface there.
type Ruling struct {
	Interface demarc.VirtualInterfaceID `json:"interface"`
	Case      demarc.CaseID             `json:"case,omitempty" doc:"absent where none asks for it"`
	Verdict   demarc.Verdict            `json:"verdict,omitempty" enum:"accept,queue,reject" doc:"accept it there, let a person decide in the case, delete it there; absent: leave it"`
	Reason    string                    `json:"reason,omitempty"`
	FourEyes  bool                      `json:"fourEyes,omitempty"`
	Gateway   string                    `json:"gateway,omitempty" doc:"what to accept it onto; absent where the site does not say"`
}

// A RedemptionElsewhere says what a partner has allocated there as a token has
// it.
type RedemptionElsewhere struct {
	Token     string           `json:"token" doc:"its whole text"`
	Line      LineSighted      `json:"line" doc:"the caller's connection, or the hosted one that it has allocated"`
	Interface InterfaceSighted `json:"interface,omitzero" doc:"that was allocated on it; absent for a hosted connection"`
}

// sighted reads what was seen.
func (in Sightings) sighted() demarc.Sightings {
	out := demarc.Sightings{Echo: (*demarc.EchoSighted)(in.Echo)}
	for _, l := range in.Lines {
		out.Lines = append(out.Lines, demarc.LineSighted(l))
	}
	for _, v := range in.Interfaces {
		out.Interfaces = append(out.Interfaces, demarc.InterfaceSighted(v))
	}
	return out
}

func showElsewhere(e demarc.Elsewhere) *Elsewhere {
	if e == (demarc.Elsewhere{}) {
		return nil
	}
	shown := Elsewhere(e)
	return &shown
}

// followLink shows a link by what the caller sees of it there; nothing of that
// is kept.
func (c call) followLink(in Sightings) (Link, error) {
	view, err := c.read()
	if err != nil {
		return Link{}, err
	}
	link, follow, err := room.FollowLink(view, c.by, demarc.LinkID(c.request.PathValue("id")), in.sighted(), c.now)
	if err != nil {
		return Link{}, err
	}
	return c.showLink(view, link, follow.Legs, follow.Steps), nil
}

func (c call) offerInterface(in OfferRequest) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.OfferInterface(tx, c.by, demarc.LinkID(c.request.PathValue("id")), in.Leg, in.Seen.sighted(), c.now)
	})
}

// MostHeard is how many interfaces are judged in one transaction, and so in one
// request.
const MostHeard = 100

func (c call) judgeOffers(in Hearing) (Rulings, error) {
	if err := c.platformOnly(); err != nil {
		return Rulings{}, err
	}
	if n := len(in.Interfaces); n == 0 || n > MostHeard {
		return Rulings{}, demarc.Errorf(demarc.Invalid, "%d interfaces were handed in", n).Coded("E-SIGHTING", fmt.Sprintf("Hand in 1 to %d at a time", MostHeard)).In("interfaces")
	}
	var out Rulings
	err := c.write(func(tx *store.Tx) error {
		out.Rulings = nil // a transaction may run again
		for _, v := range in.Interfaces {
			ruling, err := room.JudgeOffer(tx, c.actor, demarc.InterfaceSighted(v), c.now)
			if err != nil {
				return err
			}
			out.Rulings = append(out.Rulings, Ruling(ruling))
		}
		return nil
	})
	return out, err
}

func (c call) redeemElsewhere(in RedemptionElsewhere) (Token, error) {
	var t demarc.LinkToken
	err := c.write(func(tx *store.Tx) (err error) {
		if in.Interface == (InterfaceSighted{}) {
			t, err = room.RedeemHostedAway(tx, c.by, demarc.NewSecret(in.Token), demarc.LineSighted(in.Line), c.now)
			return err
		}
		t, err = room.RedeemAway(tx, c.by, demarc.NewSecret(in.Token), demarc.LineSighted(in.Line), demarc.InterfaceSighted(in.Interface), c.now)
		return err
	})
	return c.showToken(t), err
}

// showOffer is what a case asks for there. Who of the platform has looked is the
// platform's own matter.
func (c call) showOffer(of demarc.Case) *Offer {
	if of.Offer == nil {
		return nil
	}
	o := of.Offer
	out := &Offer{Leg: o.Leg, Interface: o.Interface.ID, Connection: o.Line.ID, Token: o.Token, Seen: o.At, SeenBy: o.By, Granted: o.Granted, GrantedBy: o.GrantedBy}
	if c.by.ID != of.Assignee {
		out.SeenBy = ""
	}
	return out
}

// elsewhereOperations are the rows about links at another Direct Connect.
func elsewhereOperations() []Operation {
	return []Operation{
		asks("/desk/v1/links/{id}/sightings", "followLink", "A link at another Direct Connect with its steps, by what the caller sees there; nothing is kept", call.followLink),
		takes("/desk/v1/links/{id}/vigil", "keepVigil", "Say what the caller sees of a link at another Direct Connect, and have its parties told what has changed", 200, call.keepVigil).forRoles(demarc.RoleAgent),
		takes("/desk/v1/links/{id}/offers", "offerInterface", "Ask the platform to accept the interface of a leg at another Direct Connect", 201, call.offerInterface),
		asks("/desk/v1/cases/{id}/sightings", "followTransit", "A case about a Transit Gateway at another Direct Connect with its steps, by what the caller sees there; nothing is kept", call.followTransit),
		takes("/desk/v1/cases/{id}/transit", "tellTransit", "Say in such a case what the caller sees there", 200, call.tellTransit).forRoles(demarc.RoleAgent),
		takes("/desk/v1/platform/offers:judge", "judgeOffers", "Have interfaces judged that the caller sees at another Direct Connect", 200, call.judgeOffers).forRoles(demarc.RoleAgent),
		takes("/desk/v1/platform/drills:judge", "judgeDrill", "Say what the caller sees of a drill at another Direct Connect, and be told what to do next", 200, call.judgeDrill).forRoles(demarc.RoleAgent),
		takes("/desk/v1/partner/tokens:redeem-elsewhere", "redeemTokenElsewhere", "Say what was allocated at another Direct Connect as a token has it", 201, call.redeemElsewhere),
	}
}
