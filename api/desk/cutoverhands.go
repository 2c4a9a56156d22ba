package desk

import (
	"context"
	"net/netip"
	"time"

	"demarc"
	"demarc/audit"
	room "demarc/cutover"
	"demarc/store"
)

// A CutoverWord is what a party's machine says of a cut-over at another Direct
// Connect.
type CutoverWord struct {
	Hand     int               `json:"hand" doc:"as the latest orders say; 0 to begin, after which no machine before is listened to"`
	Number   uint64            `json:"number,omitempty" doc:"goes up with each word: one that comes again is not counted again"`
	Revision int               `json:"revision,omitempty" doc:"of the orders that were carried out before what is seen was looked at"`
	Seen     *TransitSightings `json:"seen,omitempty" doc:"absent where nothing was looked at"`
	Echoes   []CutoverEcho     `json:"echoes,omitempty" doc:"the customer's to count: of each address that the cut-over asks from, since the machine began"`
	Trouble  string            `json:"trouble,omitempty" doc:"why an order could not be carried out"`
}

// A CutoverEcho is what was counted of the echoes asked for from an address.
type CutoverEcho struct {
	Probe              netip.Addr         `json:"probe"`
	Sent               uint64             `json:"sent"`
	Answered           uint64             `json:"answered"`
	Lost               uint64             `json:"lost" doc:"not answered within a second"`
	SilentMilliseconds int64              `json:"silentMilliseconds" doc:"what the lost ones stand for"`
	TTL                int                `json:"ttl,omitempty" doc:"that the latest answer had left"`
	In                 demarc.CutoverPath `json:"in,omitempty" enum:"old,new" doc:"the path on which the Amazon end answers; absent where none does"`
	Silent             bool               `json:"silent,omitempty" doc:"nothing was answered for a second"`
}

// CutoverOrders are what is wanted of a party's machine now.
type CutoverOrders struct {
	Hand           int                           `json:"hand"`
	Revision       int                           `json:"revision"`
	Party          demarc.Party                  `json:"party"`
	Case           demarc.CaseID                 `json:"case"`
	State          demarc.CutoverState           `json:"state"`
	Over           bool                          `json:"over" doc:"there is nothing more to do, or to put back"`
	Hurry          bool                          `json:"hurry" doc:"something is being turned"`
	TransitGateway demarc.TransitGatewayID       `json:"transitGateway"`
	Routes         []CutoverOrder                `json:"routes" doc:"the cut-over's own prefixes, in route tables (platform) or among allowed prefixes (customer)"`
	Associations   []demarc.GatewayAssociationID `json:"associations,omitempty" doc:"by which the way in is turned (customer)"`
	Delete         []demarc.VirtualInterfaceID   `json:"delete,omitempty" doc:"hosted interfaces whose gate is open (platform)"`
	App            netip.Addr                    `json:"app,omitzero" doc:"what is asked for echoes over IPv4"`
	App6           netip.Addr                    `json:"app6,omitzero" doc:"what is asked over IPv6"`
	Probes         []netip.Addr                  `json:"probes,omitempty" doc:"from where (customer)"`
}

// A CutoverOrder is a prefix that is to be there, or is not to be.
type CutoverOrder struct {
	Prefix netip.Prefix `json:"prefix"`
	There  bool         `json:"there"`
}

// tellCutover takes in a machine's word. What machines see several times a second
// is no act of anybody's: of the audit's records, the other service has those of
// what is done there, and here is that a machine began.
func (c call) tellCutover(in CutoverWord) (CutoverOrders, error) {
	word := room.Word{Hand: in.Hand, Number: in.Number, Revision: in.Revision, Trouble: in.Trouble}
	if in.Seen != nil {
		seen := in.Seen.sighted()
		word.Seen = &seen
	}
	for _, e := range in.Echoes {
		word.Echoes = append(word.Echoes, room.Echoed{
			Probe: e.Probe, Sent: e.Sent, Answered: e.Answered, Lost: e.Lost, SilentFor: time.Duration(e.SilentMilliseconds) * time.Millisecond,
			TTL: uint8(min(max(e.TTL, 0), 255)), In: e.In, Silent: e.Silent,
		})
	}
	ctx, cancel := context.WithTimeout(c.request.Context(), writeTimeout)
	defer cancel()
	var orders room.Orders
	err := c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if orders, err = room.Tell(tx, c.by.ID, c.cutoverID(), word, c.now); err != nil || in.Hand != 0 {
			return err
		}
		return audit.Note(ctx, tx, c.by.ID, c.operation, c.now)
	})
	if err != nil {
		return CutoverOrders{}, err
	}
	out := CutoverOrders{
		Hand: orders.Hand, Revision: orders.Revision, Party: orders.Party, Case: orders.Case, State: orders.State, Over: orders.Over, Hurry: orders.Hurry,
		TransitGateway: orders.TransitGateway, Associations: orders.Associations, Delete: orders.Delete, App: orders.App, App6: orders.App6, Probes: orders.Probes,
		Routes: []CutoverOrder{},
	}
	for _, r := range orders.Routes {
		out.Routes = append(out.Routes, CutoverOrder(r))
	}
	return out, nil
}

func showHands(r store.Reader, of demarc.Cutover) *CutoverThere {
	platform, customer := room.Hands(r, of)
	return &CutoverThere{App: of.There.App, App6: of.There.App6, ApartSeconds: int(of.There.Apart / time.Second), Platform: CutoverHand(platform), Customer: CutoverHand(customer)}
}
