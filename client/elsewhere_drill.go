package client

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
)

// A Test is a failover test in the words of Direct Connect.
type Test struct {
	ID        string    `json:"id"`
	Interface string    `json:"interface"`
	Status    string    `json:"status"`
	Minutes   int32     `json:"minutes,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"` // when it ends, or has ended
}

// StartTest forces the sessions of an interface of the caller's down for a time.
func (e *Elsewhere) StartTest(ctx context.Context, id string, minutes int32) error {
	_, err := e.api.StartBgpFailoverTest(ctx, &directconnect.StartBgpFailoverTestInput{VirtualInterfaceId: &id, TestDurationInMinutes: &minutes})
	return err
}

// StopTest ends the test of an interface before its time.
func (e *Elsewhere) StopTest(ctx context.Context, id string) error {
	_, err := e.api.StopBgpFailoverTest(ctx, &directconnect.StopBgpFailoverTestInput{VirtualInterfaceId: &id})
	return err
}

// Tests lists all that an interface has had. AWS does not say how it spells a
// status, so that ours is any of its spellings.
func (e *Elsewhere) Tests(ctx context.Context, id string) (tests []Test, err error) {
	all, err := listed(func(token *string) (*directconnect.ListVirtualInterfaceTestHistoryOutput, error) {
		return e.api.ListVirtualInterfaceTestHistory(ctx, &directconnect.ListVirtualInterfaceTestHistoryInput{VirtualInterfaceId: &id, NextToken: token})
	}, func(out *directconnect.ListVirtualInterfaceTestHistoryOutput) ([]types.VirtualInterfaceTestHistory, *string) {
		return out.VirtualInterfaceTestHistory, out.NextToken
	})
	for _, t := range all {
		tests = append(tests, Test{
			ID: aws.ToString(t.TestId), Interface: aws.ToString(t.VirtualInterfaceId), Status: statusOf(aws.ToString(t.Status)),
			Minutes: aws.ToInt32(t.TestDurationInMinutes), Started: aws.ToTime(t.StartTime), Ended: aws.ToTime(t.EndTime),
		})
	}
	return tests, err
}

func statusOf(text string) string {
	text = strings.ReplaceAll(strings.ToLower(text), " ", "_")
	return strings.ReplaceAll(text, "canceled", "cancelled")
}
