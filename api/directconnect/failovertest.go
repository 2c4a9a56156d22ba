package directconnect

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/store"
	"demarc/vif"
)

func startBgpFailoverTest(c call, tx *store.Tx, in *dx.StartBgpFailoverTestInput) (*dx.StartBgpFailoverTestOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	minutes := vif.DefaultTest
	if in.TestDurationInMinutes != nil {
		minutes = int(*in.TestDurationInMinutes)
	}
	t, err := vif.StartTest(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), in.BgpPeers, minutes, c.now)
	return &dx.StartBgpFailoverTestOutput{VirtualInterfaceTest: testShape(t)}, err
}

func stopBgpFailoverTest(c call, tx *store.Tx, in *dx.StopBgpFailoverTestInput) (*dx.StopBgpFailoverTestOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	t, err := vif.StopTest(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), c.now)
	return &dx.StopBgpFailoverTestOutput{VirtualInterfaceTest: testShape(t)}, err
}

func listVirtualInterfaceTestHistory(c call, view *store.View, in *dx.ListVirtualInterfaceTestHistoryInput) (*dx.ListVirtualInterfaceTestHistoryOutput, error) {
	filter := vif.TestFilter{
		Test:      demarc.FailoverTestID(text(in.TestId)),
		Interface: demarc.VirtualInterfaceID(text(in.VirtualInterfaceId)),
		Status:    text(in.Status),
		Peers:     in.BgpPeers,
	}
	tests, next, err := page(c, regional.Only(c.scope, vif.Tests(view, c.by, filter, c.now), func(t demarc.FailoverTest) demarc.Region { return t.Region }), func(t demarc.FailoverTest) string { return string(t.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.ListVirtualInterfaceTestHistoryOutput{VirtualInterfaceTestHistory: make([]types.VirtualInterfaceTestHistory, 0, len(tests)), NextToken: next}
	for _, t := range tests {
		out.VirtualInterfaceTestHistory = append(out.VirtualInterfaceTestHistory, *testShape(t))
	}
	return out, nil
}

// testShape is a test as AWS shows it: one that runs has the end that is
// planned.
func testShape(t demarc.FailoverTest) *types.VirtualInterfaceTestHistory {
	end := t.Ended
	if end.IsZero() {
		end = t.Due()
	}
	shape := &types.VirtualInterfaceTestHistory{
		TestId:                aws.String(string(t.ID)),
		VirtualInterfaceId:    aws.String(string(t.Interface)),
		OwnerAccount:          aws.String(string(t.Owner)),
		Status:                aws.String(string(t.Status)),
		TestDurationInMinutes: aws.Int32(int32(t.Duration / time.Minute)),
		StartTime:             optionalTime(t.Started),
		EndTime:               optionalTime(end),
		BgpPeers:              []string{},
	}
	for _, p := range t.Peers {
		shape.BgpPeers = append(shape.BgpPeers, string(p))
	}
	return shape
}
