package edgelink_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// What a node that takes differences says and hears, as it is on the wire.
type (
	saying struct {
		intent.ReportDifference
		Difference  bool `json:"difference"`
		Understands bool `json:"understandsDifferences"`
	}
	hearing struct {
		intent.NodeDifference
		Difference  bool `json:"difference"`
		Understands bool `json:"understandsDifferences"`
	}
)

// A node that can put differences together hears only what changed; one that
// does not say so hears everything again.
func TestOnlyWhatChangedIsSentToWhoUnderstands(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	put(t, st, accepted("102", demarc.VIFPending))
	c := start(t, st, ca, "127.0.0.1:0", nil)

	old := open(t, c.address, identity(t, ca, "d1"))
	if n, err := old.Recv(); err != nil || len(n.Device.VIFs) != 2 {
		t.Fatalf("first, an old node hears %+v (%v)", n, err)
	}
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.MTU = 9001 })
	if n, err := old.Recv(); err != nil || len(n.Device.VIFs) != 2 {
		t.Fatalf("then, an old node hears %+v (%v)", n, err)
	}
	if err := old.CloseSend(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old node is gone", func() bool { _, there := c.Attached("d1"); return !there })

	stream := openAs[saying, hearing](t, c.address, identity(t, ca, "d1"))
	first, err := stream.Recv()
	if err != nil || first.Difference || !first.Understands || len(first.Device.VIFs) != 2 {
		t.Fatalf("first, a node hears %+v (%v)", first, err)
	}
	say := saying{Understands: true}
	say.Report = established("dxvif-101", first.Version)
	if err := stream.Send(&say); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the report is kept", func() bool { return stateOf(st, "dxvif-101") == demarc.VIFAvailable })
	changeVIF(t, st, "dxvif-102", func(v *demarc.VirtualInterface) { v.MTU = 9001 })
	next, err := stream.Recv()
	if err != nil || !next.Difference || len(next.Device.VIFs) != 1 || next.Device.VIFs[0].ID != "dxvif-102" || next.Version <= first.Version {
		t.Fatalf("then, a node hears %+v (%v)", next, err)
	}
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = demarc.VIFDeleting })
	next, err = stream.Recv()
	if err != nil || len(next.Device.VIFs) != 0 || len(next.Gone) != 1 || next.Gone[0] != "dxvif-101" {
		t.Fatalf("at last, a node hears %+v (%v)", next, err)
	}
}

// Routes that a report leaves out, since they are as before, are kept.
func TestReportsArePutTogether(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	e := runEdge(t, c.address, "d1", identity(t, ca, "d1"))
	first, _ := e.next(t)
	report := established("dxvif-101", first.Version)
	report.VIFs[0].Accepted = intent.RoutesOf(intent.RouteSeen{Prefix: prefix("192.168.50.0/24"), Since: time.Unix(1, 0).UTC()})
	for packets := range uint64(3) {
		seen := *report.VIFs[0]
		seen.RxPackets = packets
		report.VIFs = []*intent.VIFSeen{&seen}
		eventually(t, "the report is kept whole", func() bool {
			e.report(t, report) // as agents do: counters alone may have to wait for the next one
			seen, _ := store.VIFSightings.Get(st.Local(), "dxvif-101")
			return seen.RxPackets == packets && seen.Accepted.Len() == 1 && seen.Session[0].Established()
		})
	}
	silent := *report.VIFs[0]
	silent.Accepted = intent.RoutesSeen{}
	report.VIFs = []*intent.VIFSeen{&silent}
	e.report(t, report)
	eventually(t, "the withdrawal is kept", func() bool {
		seen, _ := store.VIFSightings.Get(st.Local(), "dxvif-101")
		return seen.Accepted.Len() == 0
	})
}
