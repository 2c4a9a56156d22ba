package desk

import (
	"net/netip"
	"time"

	"demarc"
	"demarc/audit"
	room "demarc/desk"
	"demarc/store"
)

// A DrillRequest asks for the sessions of a leg to be forced down.
type DrillRequest struct {
	Leg     string `json:"leg" doc:"a letter"`
	Minutes int    `json:"minutes" doc:"1 to 4320"`
	Force   bool   `json:"force,omitempty" doc:"also if no other leg is up, which cuts the link off"`
}

// A Drill is a failover test of a leg.
type Drill struct {
	ID               demarc.FailoverTestID     `json:"id" doc:"also the failover test's"`
	Link             demarc.LinkID             `json:"link"`
	Leg              string                    `json:"leg"`
	VirtualInterface demarc.VirtualInterfaceID `json:"virtualInterface"`
	By               demarc.AccountID          `json:"by" doc:"who asked for it; the test is the interface owner's"`
	Status           demarc.FailoverTestStatus `json:"status" enum:"in_progress,completed,cancelled,failed"`
	Forced           bool                      `json:"forced,omitempty"`
	Started          time.Time                 `json:"started"`
	Due              time.Time                 `json:"due" doc:"when it ends by itself"`
	Ended            time.Time                 `json:"ended,omitzero"`
	Down             time.Time                 `json:"down,omitzero" doc:"when the leg's sessions were seen down"`
	Others           []DrillLeg                `json:"others" doc:"the legs that were up when it began"`
	Verdict          string                    `json:"verdict" enum:"unproven,cut-off,idle,one-way,carried,stayed" doc:"what the other legs' counters say; stayed: their sessions alone, at another Direct Connect"`
	Measured         *DrillLoss                `json:"measured,omitempty" doc:"absent where the link names no address to probe"`
}

// A DrillLoss is what was lost between the environment and the link's probe,
// there or back.
type DrillLoss struct {
	Probe              netip.Addr `json:"probe"`
	Sent               uint64     `json:"sent"`
	Lost               uint64     `json:"lost" doc:"not answered within a second"`
	SilentMilliseconds int64      `json:"silentMilliseconds" doc:"the time that the lost ones stand for"`
}

// A DrillLeg is what another leg carried meanwhile.
type DrillLeg struct {
	Leg              string                    `json:"leg"`
	VirtualInterface demarc.VirtualInterfaceID `json:"virtualInterface"`
	Received         uint64                    `json:"received" doc:"packets from the customer"`
	Sent             uint64                    `json:"sent" doc:"packets to it"`
	Lost             bool                      `json:"lost,omitempty" doc:"its session went down too"`
}

// Drills is a list of them, the latest first.
type Drills struct {
	Drills []Drill `json:"drills"`
}

func showDrill(d room.DrillRecord) Drill {
	out := Drill{
		ID: d.ID, Link: d.Link, Leg: d.Leg, VirtualInterface: d.Test.Interface, By: d.By, Status: d.Test.Status, Forced: d.Forced,
		Started: d.Started, Due: d.Test.Due(), Ended: d.Ended, Down: d.Down, Verdict: d.Verdict, Others: []DrillLeg{},
	}
	if d.Probe.IsValid() {
		out.Measured = &DrillLoss{d.Probe, d.Measured.Sent, d.Measured.Lost, d.Measured.Silent.Milliseconds()}
	}
	for _, l := range d.Others {
		out.Others = append(out.Others, DrillLeg{Leg: l.Leg, VirtualInterface: l.Interface, Received: l.Received(), Sent: l.Sent(), Lost: l.Lost})
	}
	return out
}

func (c call) startDrill(in DrillRequest) (Drill, error) {
	return c.onDrill("StartBgpFailoverTest", func(tx *store.Tx) (demarc.Drill, error) {
		return room.StartDrill(tx, c.by.ID, c.linkID(), room.DrillWish(in), c.now)
	})
}

func (c call) stopDrill() (Drill, error) {
	return c.onDrill("StopBgpFailoverTest", func(tx *store.Tx) (demarc.Drill, error) {
		return room.StopDrill(tx, c.by.ID, c.linkID(), demarc.FailoverTestID(c.request.PathValue("drill")), c.now)
	})
}

// onDrill does something with a drill, and records it for the owner of the
// interface as well: it was done in its name.
func (c call) onDrill(operation string, act func(*store.Tx) (demarc.Drill, error)) (Drill, error) {
	var d demarc.Drill
	err := c.write(func(tx *store.Tx) (err error) {
		if d, err = act(tx); err != nil {
			return err
		}
		if env, _ := store.Environments.Get(tx, d.Environment); env.Platform != c.by.ID {
			return audit.Note(c.request.Context(), tx, env.Platform, operation, c.now)
		}
		return nil
	})
	if err != nil {
		return Drill{}, err
	}
	return showDrill(room.Record(c.Store.Local(), d)), nil
}

func (c call) drills() (Drills, error) {
	view, err := c.read()
	if err != nil {
		return Drills{}, err
	}
	records, err := room.Drills(view, c.by.ID, c.linkID())
	out := Drills{Drills: []Drill{}}
	for _, d := range records {
		out.Drills = append(out.Drills, showDrill(d))
	}
	return out, err
}

func (c call) linkID() demarc.LinkID { return demarc.LinkID(c.request.PathValue("id")) }
