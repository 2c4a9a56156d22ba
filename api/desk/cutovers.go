package desk

import (
	"net/http"
	"net/netip"
	"time"

	"demarc"
	"demarc/audit"
	room "demarc/cutover"
	"demarc/store"
)

// cutoverOperations are the rows about moving to one's own Transit Gateway.
func cutoverOperations() []Operation {
	return []Operation{
		takes("/desk/v1/cutovers", "planCutover", "Plan the move from hosted interfaces to one's own Transit Gateway", http.StatusCreated, call.planCutover),
		reads("/desk/v1/cutovers", "listCutovers", "The cut-overs that the caller is party to, the latest first", call.cutovers),
		reads("/desk/v1/cutovers/{id}", "getCutover", "A cut-over with what was measured, and its gate", call.getCutover),
		acts("/desk/v1/cutovers/{id}/agree", "agreeCutover", "Agree to what the other party has planned", call.agreeCutover),
		acts("/desk/v1/cutovers/{id}/cancel", "cancelCutover", "Call a plan off", call.cancelCutover),
		acts("/desk/v1/cutovers/{id}/rehearse", "rehearseCutover", "Move the probes alone, both ways, and back", call.rehearseCutover),
		acts("/desk/v1/cutovers/{id}/start", "startCutover", "Move prefix by prefix, measured; what exceeds the measure is put back", call.startCutover),
		acts("/desk/v1/cutovers/{id}/rollback", "rollBackCutover", "Put everything back, as long as the hosted interfaces are there", call.rollBackCutover),
		acts("/desk/v1/cutovers/{id}/sign-off", "signOffCutover", "Agree to the end of the hosted interfaces, as their customer", call.signOffCutover),
		takes("/desk/v1/cutovers/{id}/hand", "tellCutover", "Say what the caller's machine sees of a cut-over at another Direct Connect, and be told what is wanted of it", http.StatusOK, call.tellCutover).forRoles(demarc.RoleAgent),
		takes("/desk/v1/cutovers/{id}/object", "objectToCutover", "Object to the end of the hosted interfaces, as their customer", http.StatusOK, call.objectToCutover),
	}
}

func (c call) planCutover(in CutoverRequest) (Cutover, error) {
	wish := room.Wish{Case: in.Case, Manual: in.Manual, Probes: map[string]netip.Addr{}, Apart: time.Duration(in.ApartSeconds) * time.Second}
	if in.Terms != nil {
		wish.Terms = demarc.CutoverTerms(*in.Terms)
	}
	for _, app := range []struct {
		field, text string
		to          *netip.Addr
	}{{"app", in.App, &wish.App}, {"app6", in.App6, &wish.App6}} {
		address, err := netip.ParseAddr(app.text)
		if app.text != "" && err != nil {
			return Cutover{}, demarc.Errorf(demarc.Invalid, "%q is no address", app.text).
				Coded("E-CUTOVER-PROBE", "Write one such as 10.8.2.10 or fd20:8:2::10").In(app.field)
		}
		*app.to = address
	}
	for _, p := range in.Probes {
		address, err := netip.ParseAddr(p.Address)
		if err != nil {
			return Cutover{}, demarc.Errorf(demarc.Invalid, "%q is no address", p.Address).
				Coded("E-CUTOVER-PROBE", "Write one such as 192.168.50.10").In("probes")
		}
		wish.Probes[p.Prefix.String()] = address
	}
	return c.changeCutover(func(tx *store.Tx) (demarc.Cutover, error) { return room.Plan(tx, c.by.ID, wish, c.now) })
}

func (c call) agreeCutover() (Cutover, error)    { return c.moveCutover(room.Agree) }
func (c call) cancelCutover() (Cutover, error)   { return c.moveCutover(room.Cancel) }
func (c call) rehearseCutover() (Cutover, error) { return c.moveCutover(room.Rehearse) }
func (c call) startCutover() (Cutover, error)    { return c.moveCutover(room.Start) }
func (c call) signOffCutover() (Cutover, error)  { return c.moveCutover(room.SignOff) }

func (c call) objectToCutover(in ObjectionRequest) (Cutover, error) {
	return c.changeCutover(func(tx *store.Tx) (demarc.Cutover, error) { return room.Object(tx, c.by.ID, c.cutoverID(), in.Reason) })
}

// rollBackCutover records what is done in the other party's name for it as
// well.
func (c call) rollBackCutover() (Cutover, error) {
	return c.changeCutover(func(tx *store.Tx) (demarc.Cutover, error) {
		back, acts, err := room.Rollback(tx, c.by.ID, c.cutoverID(), c.now)
		if err != nil {
			return back, err
		}
		for _, act := range acts {
			if act.Account == c.by.ID {
				continue
			}
			if err := audit.Note(c.request.Context(), tx, act.Account, act.Operation, c.now); err != nil {
				return back, err
			}
		}
		return back, nil
	})
}

// moveCutover does what needs no more than the cut-over's id.
func (c call) moveCutover(act func(*store.Tx, demarc.AccountID, demarc.CutoverID, time.Time) (demarc.Cutover, error)) (Cutover, error) {
	return c.changeCutover(func(tx *store.Tx) (demarc.Cutover, error) { return act(tx, c.by.ID, c.cutoverID(), c.now) })
}

// changeCutover runs fn as one transaction and shows the cut-over that it gives.
func (c call) changeCutover(fn func(tx *store.Tx) (demarc.Cutover, error)) (Cutover, error) {
	var changed demarc.Cutover
	err := c.write(func(tx *store.Tx) (err error) {
		changed, err = fn(tx)
		return err
	})
	if err != nil {
		return Cutover{}, err
	}
	return c.showCutover(c.Store.Local(), changed), nil
}

func (c call) cutovers() (Cutovers, error) {
	view, err := c.read()
	if err != nil {
		return Cutovers{}, err
	}
	out := Cutovers{Cutovers: []Cutover{}}
	for _, found := range room.List(view, c.by.ID) {
		out.Cutovers = append(out.Cutovers, c.showCutover(view, found))
	}
	return out, nil
}

func (c call) getCutover() (Cutover, error) {
	view, err := c.read()
	if err != nil {
		return Cutover{}, err
	}
	found, err := room.Get(view, c.by.ID, c.cutoverID())
	if err != nil {
		return Cutover{}, err
	}
	return c.showCutover(view, found), nil
}

func (c call) cutoverID() demarc.CutoverID { return demarc.CutoverID(c.request.PathValue("id")) }

func (c call) showCutover(r store.Reader, of demarc.Cutover) Cutover {
	out := Cutover{
		ID: of.ID, Case: of.Case, Environment: of.Environment, Gateway: of.Gateway, TransitGateway: of.TransitGateway,
		Manual: of.There == nil && len(of.Associations) == 0, State: of.State, Since: of.Since, Why: of.Why,
		CustomerAgreed: of.CustomerAgreed, PlatformAgreed: of.PlatformAgreed, Rehearsed: of.Rehearsed, Turned: of.Turned,
		RollbackMilliseconds: of.RollbackTook.Milliseconds(), Told: of.Gate.Told, Due: of.Gate.Ends(), Created: of.Created, Ended: of.Ended,
		Terms: CutoverTerms(of.Terms.Filled()), Prefixes: []CutoverPrefix{}, Interfaces: []CutoverInterface{},
	}
	seen, _ := store.VPCSightings.Get(r, string(of.VPC))
	for i, p := range of.Prefixes {
		row := CutoverPrefix{
			Prefix: p.Prefix, Probe: p.Probe.String(), State: p.State, Sent: p.Measured.Sent, Lost: p.Measured.Lost,
			SilentMilliseconds: p.Measured.Silent.Milliseconds(), AsymmetricMilliseconds: p.Measured.Asymmetric.Milliseconds(), Rehearsal: p.Rehearsal,
		}
		found, ok := seen.ProbeOf(p.Probe)
		if of.There != nil {
			found, ok = room.Echo(r, of, i, c.now)
		}
		if ok && !of.State.Ended() {
			row.Out, row.In, row.Answers = found.Out, found.In, !found.Silent && found.Count.Answered > 0
		}
		out.Prefixes = append(out.Prefixes, row)
	}
	for _, v := range of.Interfaces {
		out.Interfaces = append(out.Interfaces, CutoverInterface{ID: v.ID, VLAN: int(v.VLAN), Deleted: v.Deleted, Gone: v.Gone})
	}
	if of.There != nil {
		out.There = showHands(r, of)
	}
	if of.State == demarc.CutoverCarrying {
		for _, s := range room.Gate(r, of, c.now) {
			out.Gate = append(out.Gate, Step(s))
		}
	}
	return out
}
