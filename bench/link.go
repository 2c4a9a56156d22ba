package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/lab"
)

// The link that the benchmarks use, chosen so that it can be ordered again
// and again and the router's configuration stays the same.
const (
	benchASN         = 65010
	benchEnvironment = "acme-prod"
	benchKey         = "0xbench.bench.bench.b"
)

// A socket is where a line arrives, and how it is numbered.
type socket struct {
	location, cable  string
	vlan             demarc.VLAN
	amazon, customer netip.Prefix
}

// lis1 is that of a benchmark with one line.
var lis1 = socket{"LIS1", "eth0", 101, netip.MustParsePrefix("169.254.200.1/30"), netip.MustParsePrefix("169.254.200.2/30")}

// A line is a connection with the customer's router on it.
type line struct {
	*bed
	socket
	connection        string
	platform, gateway string
	router            *lab.Router
	host, app         *lab.Host
	appAddress        netip.Addr
	vif               *string // of a benchmark that makes only one
	mtu               int     // 0 is 1500
}

// patch orders a connection of a speed at LIS1 and waits for its carrier.
func (b *bed) patch(ctx context.Context, speed string) (*line, error) {
	return b.patchAt(ctx, lis1, speed)
}

func (b *bed) patchAt(ctx context.Context, at socket, speed string) (*line, error) {
	l := &line{bed: b, socket: at}
	var err error
	if l.router, err = b.world.Router("acme-r1"); err != nil {
		return nil, err
	}
	l.host = l.router.Host()
	if l.app, l.appAddress, err = b.world.App(benchEnvironment); err != nil {
		return nil, err
	}
	if l.platform, l.gateway, err = b.findEnvironment(ctx); err != nil {
		return nil, err
	}
	dx := b.parties[demarc.Customer].DirectConnect()
	conn, err := dx.CreateConnection(ctx, &directconnect.CreateConnectionInput{
		Location: aws.String(at.location), Bandwidth: aws.String(speed), ConnectionName: aws.String("bench"),
	})
	if err != nil {
		return nil, err
	}
	l.connection = aws.ToString(conn.ConnectionId)
	if _, err := dx.DescribeLoa(ctx, &directconnect.DescribeLoaInput{ConnectionId: conn.ConnectionId}); err != nil {
		return nil, err
	}
	if err := b.parties[demarc.Facility].Desk(ctx, "POST", "/desk/v1/facility/cross-connects/"+l.connection+"/patch", nil, nil); err != nil {
		return nil, err
	}
	return l, await(ctx, "carrier", func() (bool, error) {
		out, err := dx.DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{ConnectionId: conn.ConnectionId})
		return err == nil && out.Connections[0].ConnectionState == types.ConnectionStateAvailable, err
	})
}

// findEnvironment gives the account and the gateway that the interface leads
// to.
func (b *bed) findEnvironment(ctx context.Context) (platform, gateway string, err error) {
	var list struct {
		Environments []struct{ Name, Platform, Gateway string }
	}
	if err := b.parties[demarc.Customer].Desk(ctx, "GET", "/desk/v1/environments", nil, &list); err != nil {
		return "", "", err
	}
	for _, env := range list.Environments {
		if env.Name == benchEnvironment {
			return env.Platform, env.Gateway, nil
		}
	}
	return "", "", fmt.Errorf("no environment %s", benchEnvironment)
}

func (l *line) packet() int { return cmp.Or(l.mtu, 1500) }

// allocate offers the interface to the platform.
func (l *line) allocate(ctx context.Context) (*string, error) {
	out, err := l.parties[demarc.Customer].DirectConnect().AllocatePrivateVirtualInterface(ctx, &directconnect.AllocatePrivateVirtualInterfaceInput{
		ConnectionId: aws.String(l.connection), OwnerAccount: aws.String(l.platform),
		NewPrivateVirtualInterfaceAllocation: &types.NewPrivateVirtualInterfaceAllocation{
			VirtualInterfaceName: aws.String("bench"), Vlan: int32(l.vlan), Asn: benchASN, Mtu: aws.Int32(int32(l.packet())), AuthKey: aws.String(benchKey),
			AmazonAddress: aws.String(l.amazon.String()), CustomerAddress: aws.String(l.customer.String()),
		},
	})
	if err != nil {
		return nil, err
	}
	return out.VirtualInterfaceId, nil
}

func (l *line) confirm(ctx context.Context, vif *string) error {
	_, err := l.parties[demarc.Platform].DirectConnect().ConfirmPrivateVirtualInterface(ctx, &directconnect.ConfirmPrivateVirtualInterfaceInput{
		VirtualInterfaceId: vif, VirtualGatewayId: aws.String(l.gateway),
	})
	return err
}

// configure pastes the interface's configuration into the customer's router.
func (l *line) configure(ctx context.Context, vif *string) error {
	out, err := l.parties[demarc.Customer].DirectConnect().DescribeRouterConfiguration(ctx, &directconnect.DescribeRouterConfigurationInput{
		VirtualInterfaceId: vif, RouterTypeIdentifier: aws.String(l.router.RouterType()),
	})
	if err != nil {
		return err
	}
	if err := l.router.AddTag(l.cable, l.vlan, l.packet(), l.customer); err != nil {
		return err
	}
	return l.router.Configure(ctx, aws.ToString(out.CustomerRouterConfig))
}

// remove deletes the interface and waits until the edge has let go of it.
func (l *line) remove(ctx context.Context, vif *string) error {
	dx := l.parties[demarc.Customer].DirectConnect()
	if _, err := dx.DeleteVirtualInterface(ctx, &directconnect.DeleteVirtualInterfaceInput{VirtualInterfaceId: vif}); err != nil {
		return err
	}
	return await(ctx, "the interface to be deleted", func() (bool, error) {
		out, err := dx.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{VirtualInterfaceId: vif})
		return err == nil && (len(out.VirtualInterfaces) == 0 || out.VirtualInterfaces[0].VirtualInterfaceState == types.VirtualInterfaceStateDeleted), err
	})
}

// reach waits until the app host answers a ping of the customer's host.
func (l *line) reach(ctx context.Context) error {
	return await(ctx, "the first packet", func() (bool, error) {
		p, err := l.host.Probe(ctx, l.appAddress)
		return p, err
	})
}

// await asks until it is so, for a minute at most.
func await(ctx context.Context, what string, seen func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var last error
	for {
		ok, err := seen()
		if ok {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s (last error: %v)", what, last)
		case <-time.After(2 * time.Millisecond):
		}
	}
}
