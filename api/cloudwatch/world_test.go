package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"demarc"
	"demarc/api"
	"demarc/api/apitest"
	"demarc/intent"
	"demarc/series"
	"demarc/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open is a door over a customer's connection with the platform's interface on
// it and its own limited one, after ten minutes in which the port received 60 B
// more each minute than in the one before.
func open(t *testing.T, regions ...demarc.Region) *apitest.Door {
	t.Helper()
	keeper := &series.Keeper{}
	d := apitest.Open(t, func(c *api.Config) { c.Series, c.OtherRegions = keeper, regions })
	customer, platform := d.Account(t, "customer").ID, d.Account(t, "platform").ID
	write(t, d, func(tx *store.Tx) {
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-a", Owner: customer, Port: "d1/p1", State: demarc.ConnectionAvailable})
		vif := demarc.VirtualInterface{ID: "dxvif-hosted", Owner: platform, ConnectionOwner: customer, Connection: "dxcon-a", Device: "d1", State: demarc.VIFAvailable}
		store.VirtualInterfaces.Put(tx, vif)
		vif.ID, vif.Owner, vif.VLAN, vif.RateLimit = "dxvif-limited", customer, 7, 50*demarc.Mbps
		store.VirtualInterfaces.Put(tx, vif)
	})
	var bytes uint64
	for minute := range 11 {
		bytes += 60 * uint64(minute)
		now := noon.Add(time.Duration(minute) * time.Minute)
		write(t, d, func(tx *store.Tx) {
			store.NodeSightings.Put(tx, intent.NodeSeen{ID: "d1", At: now})
			store.PortSightings.Put(tx, intent.PortSeen{ID: "d1/p1", Carrier: true, Line: &intent.LineSeen{RxBytes: bytes}})
			store.VIFSightings.Put(tx, intent.VIFSeen{ID: "dxvif-hosted", RxBytes: bytes, Session: []intent.SessionSeen{{State: "Established"}}})
			store.VIFSightings.Put(tx, intent.VIFSeen{ID: "dxvif-limited", RxBytes: 6250 * bytes, Drops: intent.DropsSeen{RxShaped: bytes}})
		})
		keeper.Sample(d.Store.Local(), now)
	}
	return d
}

func write(t *testing.T, d *apitest.Door, f func(*store.Tx)) {
	t.Helper()
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error { f(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

// A caller is the SDK's client as one account.
type caller struct {
	t *testing.T
	*sdk.Client
}

func as(t *testing.T, d *apitest.Door, profile string) caller {
	t.Helper()
	return caller{t, sdk.NewFromConfig(d.Config(t, profile))}
}

func on(values ...string) (all []types.Dimension) {
	for i, name := range []string{"ConnectionId", "VirtualInterfaceId"} {
		if i < len(values) {
			all = append(all, types.Dimension{Name: aws.String(name), Value: &values[i]})
		}
	}
	return all
}

func minute(n int) *time.Time { return aws.Time(noon.Add(time.Duration(n) * time.Minute)) }
