package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"

	"demarc"
	"demarc/lab"
)

// The line behind the Transit Gateway, on the same cable as the hosted one.
const (
	transitTag demarc.VLAN = 202
	// cutoverWatch is how long packets are sent at most.
	cutoverWatch = 90 * time.Second
)

var transitSocket = socket{"LIS1", "eth0", transitTag, netip.MustParsePrefix("169.254.202.1/30"), netip.MustParsePrefix("169.254.202.2/30")}

// cutoverLoss moves an environment from a hosted interface to its customer's
// Transit Gateway under a thousand packets a second each way, and back after
// each run. What is measured is the worse direction, in seconds: lost packets by
// the rate they are sent at.
func cutoverLoss(ctx context.Context, s *setting) (f figures, err error) {
	b, l, err := path{speed: "1Gbps", mtu: 1500}.lay(ctx, s)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return f, err
	}
	h := &hub{line: l}
	if err := h.build(ctx); err != nil {
		return f, err
	}
	for range s.runs {
		lost, err := h.move(ctx)
		if err != nil {
			return f, err
		}
		f.measured = append(f.measured, lost)
	}
	return f, nil
}

// A hub is a line whose customer has a Transit Gateway besides.
type hub struct {
	*line
	gateway string // the Transit Gateway
	of      string // the case
}

// build is the procedure up to the customer's routes.
func (h *hub) build(ctx context.Context) error {
	customer := h.parties[demarc.Customer]
	cloud := ec2.NewFromConfig(customer.Config())
	made, err := cloud.CreateTransitGateway(ctx, &ec2.CreateTransitGatewayInput{Options: &types.TransitGatewayRequestOptions{AmazonSideAsn: aws.Int64(64900)}})
	if err != nil {
		return err
	}
	h.gateway = aws.ToString(made.TransitGateway.TransitGatewayId)
	_, err = ram.NewFromConfig(customer.Config()).CreateResourceShare(ctx, &ram.CreateResourceShareInput{
		Name: aws.String("hub"), ResourceArns: []string{aws.ToString(made.TransitGateway.TransitGatewayArn)}, Principals: []string{h.platform}, AllowExternalPrincipals: aws.Bool(true),
	})
	if err != nil {
		return err
	}
	var opened struct{ ID string }
	err = customer.Desk(ctx, "POST", "/desk/v1/cases", map[string]any{
		"kind": "own-transit-gateway", "environment": benchEnvironment, "fields": map[string]any{"prefixes": []string{h.router.LAN().String()}},
	}, &opened)
	if err != nil {
		return err
	}
	h.of = opened.ID
	if err := h.parties[demarc.Platform].Desk(ctx, "POST", "/desk/v1/cases/"+h.of+"/accept", nil, nil); err != nil {
		return err
	}
	found, err := cloud.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{})
	if err != nil {
		return err
	}
	_, err = cloud.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: found.TransitGatewayVpcAttachments[0].TransitGatewayAttachmentId})
	return errors.Join(err, h.connect(ctx))
}

// connect is the customer's transit interface, up to the first route.
func (h *hub) connect(ctx context.Context) error {
	dx := h.parties[demarc.Customer].DirectConnect()
	made, err := dx.CreateDirectConnectGateway(ctx, &directconnect.CreateDirectConnectGatewayInput{DirectConnectGatewayName: aws.String("hub"), AmazonSideAsn: aws.Int64(64600)})
	if err != nil {
		return err
	}
	id := made.DirectConnectGateway.DirectConnectGatewayId
	network := netip.PrefixFrom(h.appAddress, 24).Masked()
	_, err = dx.CreateDirectConnectGatewayAssociation(ctx, &directconnect.CreateDirectConnectGatewayAssociationInput{
		DirectConnectGatewayId: id, GatewayId: aws.String(h.gateway),
		AddAllowedPrefixesToDirectConnectGateway: []dxtypes.RouteFilterPrefix{{Cidr: aws.String(network.String())}},
	})
	if err != nil {
		return err
	}
	vif, err := dx.CreateTransitVirtualInterface(ctx, &directconnect.CreateTransitVirtualInterfaceInput{
		ConnectionId: aws.String(h.connection), NewTransitVirtualInterface: &dxtypes.NewTransitVirtualInterface{
			VirtualInterfaceName: aws.String("hub"), Vlan: int32(transitTag), Asn: benchASN, Mtu: aws.Int32(1500), AuthKey: aws.String(benchKey), DirectConnectGatewayId: id,
			AddressFamily: dxtypes.AddressFamilyIPv4, AmazonAddress: aws.String(transitSocket.amazon.String()), CustomerAddress: aws.String(transitSocket.customer.String()),
		},
	})
	if err != nil {
		return err
	}
	out, err := dx.DescribeRouterConfiguration(ctx, &directconnect.DescribeRouterConfigurationInput{
		VirtualInterfaceId: vif.VirtualInterface.VirtualInterfaceId, RouterTypeIdentifier: aws.String(h.router.RouterType()),
	})
	if err != nil {
		return err
	}
	if err := h.router.AddTag(h.cable, transitTag, 1500, transitSocket.customer); err != nil {
		return err
	}
	if err := h.router.Paste(ctx, withoutRouterID(aws.ToString(out.CustomerRouterConfig))); err != nil {
		return err
	}
	return h.await(ctx, "the way over the Transit Gateway", func(c caseStanding) bool { return c.Next.ID == "platform-routes" })
}

// withoutRouterID leaves out what was made up: the router has an identifier.
func withoutRouterID(config string) string {
	lines := strings.Split(config, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "router-id") }), "\n")
}

// A caseStanding is as much of a case as is looked at.
type caseStanding struct{ Next struct{ ID string } }

func (h *hub) await(ctx context.Context, what string, so func(caseStanding) bool) error {
	return await(ctx, what, func() (bool, error) {
		var c caseStanding
		err := h.parties[demarc.Customer].Desk(ctx, "GET", "/desk/v1/cases/"+h.of, nil, &c)
		return err == nil && so(c), err
	})
}

// move is one cut-over with its rehearsal, and back: it returns what the worse
// direction lost, in seconds.
func (h *hub) move(ctx context.Context) (lost float64, err error) {
	customer, platform := h.parties[demarc.Customer], h.parties[demarc.Platform]
	var planned struct{ ID string }
	err = customer.Desk(ctx, "POST", "/desk/v1/cutovers", map[string]any{
		"case": h.of, "probes": []map[string]string{{"prefix": h.router.LAN().String(), "address": h.host.Address().String()}},
	}, &planned)
	if err != nil {
		return 0, err
	}
	path := "/desk/v1/cutovers/" + planned.ID
	if err := platform.Desk(ctx, "POST", path+"/agree", nil, nil); err != nil {
		return 0, err
	}
	if err := await(ctx, "the probes", func() (bool, error) {
		err := platform.Desk(ctx, "POST", path+"/rehearse", nil, nil)
		return err == nil, err
	}); err != nil {
		return 0, err
	}
	if err := h.reaches(ctx, path, demarc.CutoverPlanned); err != nil {
		return 0, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		defer stop()
		err := platform.Desk(ctx, "POST", path+"/start", nil, nil)
		done <- errors.Join(err, h.reaches(ctx, path, demarc.CutoverCarrying))
	}()
	there, back, err := lab.Both(watching, h.host.At(), h.app.At(), perSecond, cutoverWatch)
	if err = errors.Join(err, <-done); err != nil {
		return 0, err
	}
	if there.Sent < perSecond || back.Sent < perSecond {
		return 0, fmt.Errorf("%d and %d packets were sent, which is no second of them", there.Sent, back.Sent)
	}
	if err := platform.Desk(ctx, "POST", path+"/rollback", nil, nil); err != nil {
		return 0, err
	}
	return float64(max(there.Lost(), back.Lost())) / perSecond, h.reaches(ctx, path, demarc.CutoverRolledBack)
}

// reaches waits until a cut-over is in a state; one that ended otherwise is an
// error.
func (h *hub) reaches(ctx context.Context, path string, state demarc.CutoverState) error {
	var c struct {
		State demarc.CutoverState
		Why   string
	}
	err := await(ctx, "the cut-over to be "+string(state), func() (bool, error) {
		err := h.parties[demarc.Platform].Desk(ctx, "GET", path, nil, &c)
		return c.State == state || c.State.Ended(), err
	})
	if err == nil && c.State != state {
		err = fmt.Errorf("the cut-over is %s: %s", c.State, c.Why)
	}
	return err
}
