package desk

import (
	"strings"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/store"
)

func (c call) crossConnects() (CrossConnects, error) {
	view, err := c.read()
	if err != nil {
		return CrossConnects{}, err
	}
	out := CrossConnects{CrossConnects: []CrossConnect{}}
	for _, xc := range facility.CrossConnects(view, c.by.ID) {
		out.CrossConnects = append(out.CrossConnects, wired(view, xc))
	}
	return out, nil
}

func (c call) patch() (CrossConnect, error) { return c.change(connection.Patch) }

func (c call) unpatch() (CrossConnect, error) { return c.change(facility.Unpatch) }

// change is the facility plugging or pulling a fibre.
func (c call) change(act func(*store.Tx, demarc.AccountID, demarc.ConnectionID, time.Time) (demarc.CrossConnect, error)) (CrossConnect, error) {
	var xc demarc.CrossConnect
	err := c.write(func(tx *store.Tx) (err error) {
		xc, err = act(tx, c.by.ID, demarc.ConnectionID(c.request.PathValue("connection")), c.now)
		return err
	})
	if err != nil {
		return CrossConnect{}, err
	}
	return wired(c.Store.Local(), xc), nil
}

// wired adds to an order where to plug in.
func wired(r store.Reader, xc demarc.CrossConnect) CrossConnect {
	port, _ := store.Ports.Get(r, string(xc.Port))
	device, _ := store.Devices.Get(r, string(xc.Port.Device()))
	return CrossConnect{
		Connection: xc.Connection, Location: xc.Location, Port: xc.Port,
		Rack: device.Rack, Panel: port.Panel, PanelPort: port.PanelPort,
		Router: xc.Cage.Router, Interface: xc.Cage.Interface,
		Patched: xc.Patched, Unpatch: xc.Unpatch, UnpatchBy: xc.UnpatchBy, Changed: xc.Changed, Problem: xc.Problem, Note: xc.Note, LeadsTo: strings.TrimSpace(xc.Actual.Router + " " + xc.Actual.Interface),
	}
}

// A FibreReport says what is wrong with a fibre, nothing when it is well, or
// where its far end really is.
type FibreReport struct {
	Problem   string `json:"problem,omitempty" enum:"E-XC-POLARITY,E-XC-NO-LIGHT"`
	Note      string `json:"note,omitempty"`
	Router    string `json:"router,omitempty" doc:"with interface: where the far end really is"`
	Interface string `json:"interface,omitempty"`
}

func (c call) reportFibre(in FibreReport) (CrossConnect, error) {
	return c.change(func(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.CrossConnect, error) {
		if in.Router != "" || in.Interface != "" {
			return facility.Replug(tx, by, id, in.Router, in.Interface, now)
		}
		return facility.Report(tx, by, id, in.Problem, in.Note, now)
	})
}
