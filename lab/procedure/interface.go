package procedure

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
)

// addresses are the two ends of the session.
type addresses struct{ amazon, customer netip.Prefix }

func (w *Walk) proveAccount(ctx context.Context) (string, error) {
	answered, err := w.findCase(ctx, demarc.CaseAccount, "")
	if err != nil {
		return "", err
	}
	if answered == nil {
		if answered, err = w.openCase(ctx, demarc.CaseAccount, ""); err != nil {
			return "", err
		}
	}
	if answered.State != demarc.CaseAnswered {
		return "", fmt.Errorf("case %s is %s", answered.ID, answered.State)
	}
	w.account = findAccountID(answered.Answer)
	if w.account == "" {
		return "", contradiction("the answer of %s names no account: %q", answered.ID, answered.Answer)
	}
	return fmt.Sprintf("%s answered by %s: allocate to %s", answered.ID, answered.AnsweredBy, w.account), nil
}

// findAccountID returns the twelve digits in a sentence.
func findAccountID(text string) string {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(word) == 12 {
			return word
		}
	}
	return ""
}

func (w *Walk) findCase(ctx context.Context, kind demarc.CaseKind, vif string) (*demarc.Case, error) {
	var list struct {
		Cases []demarc.Case `json:"cases"`
	}
	if err := w.Parties[demarc.Customer].Desk(ctx, "GET", "/desk/v1/cases", nil, &list); err != nil {
		return nil, err
	}
	for _, c := range list.Cases {
		if c.Kind == kind && c.Environment == w.Environment && string(c.VirtualInterface) == vif {
			return &c, nil
		}
	}
	return nil, nil
}

func (w *Walk) openCase(ctx context.Context, kind demarc.CaseKind, vif string) (*demarc.Case, error) {
	var opened demarc.Case
	err := w.Parties[demarc.Customer].Desk(ctx, "POST", "/desk/v1/cases", map[string]string{
		"kind": string(kind), "environment": w.Environment, "virtualInterface": vif,
	}, &opened)
	return &opened, err
}

// interfaceNow describes the interface as a party sees it, or nil.
func (w *Walk) interfaceNow(ctx context.Context, party demarc.Party) (*types.VirtualInterface, error) {
	in := &directconnect.DescribeVirtualInterfacesInput{ConnectionId: aws.String(w.connection)}
	if w.vif != "" {
		in = &directconnect.DescribeVirtualInterfacesInput{VirtualInterfaceId: aws.String(w.vif)}
	}
	out, err := w.Parties[party].DirectConnect().DescribeVirtualInterfaces(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, vif := range out.VirtualInterfaces {
		switch vif.VirtualInterfaceState {
		case types.VirtualInterfaceStateDeleted, types.VirtualInterfaceStateDeleting, types.VirtualInterfaceStateRejected:
		default:
			return &vif, nil
		}
	}
	return nil, nil
}

func (w *Walk) proveAllocated(ctx context.Context) (string, error) {
	vif, err := w.interfaceNow(ctx, demarc.Customer)
	if err != nil {
		return "", err
	}
	if vif == nil {
		out, err := w.customer().AllocatePrivateVirtualInterface(ctx, &directconnect.AllocatePrivateVirtualInterfaceInput{
			ConnectionId: aws.String(w.connection),
			OwnerAccount: aws.String(w.account),
			NewPrivateVirtualInterfaceAllocation: &types.NewPrivateVirtualInterfaceAllocation{
				VirtualInterfaceName: aws.String(w.Environment), Vlan: int32(w.VLAN), Asn: int32(w.ASN),
			},
		})
		if err != nil {
			return "", err
		}
		if out.VirtualInterfaceState != types.VirtualInterfaceStateConfirming {
			return "", contradiction("%s is %s; expected confirming", aws.ToString(out.VirtualInterfaceId), out.VirtualInterfaceState)
		}
		w.vif = aws.ToString(out.VirtualInterfaceId)
		if vif, err = w.interfaceNow(ctx, demarc.Customer); err != nil {
			return "", err
		}
	}
	return w.noteInterface(vif)
}

func (w *Walk) noteInterface(vif *types.VirtualInterface) (_ string, err error) {
	if vif == nil {
		return "", contradiction("the interface just allocated is not listed")
	}
	w.vif, w.mtu = aws.ToString(vif.VirtualInterfaceId), int(aws.ToInt32(vif.Mtu))
	if w.local.amazon, err = netip.ParsePrefix(aws.ToString(vif.AmazonAddress)); err != nil {
		return "", contradiction("amazonAddress: %v", err)
	}
	if w.local.customer, err = netip.ParsePrefix(aws.ToString(vif.CustomerAddress)); err != nil {
		return "", contradiction("customerAddress: %v", err)
	}
	return fmt.Sprintf("%s is %s: VLAN %d, ASN %d, ours %s, theirs %s, owner %s", w.vif, vif.VirtualInterfaceState,
		vif.Vlan, vif.Asn, w.local.amazon, w.local.customer, aws.ToString(vif.OwnerAccount)), nil
}

func (w *Walk) proveAccepted(ctx context.Context) (string, error) {
	open, err := w.findCase(ctx, demarc.CaseAccept, w.vif)
	if err != nil {
		return "", err
	}
	vif, err := w.interfaceNow(ctx, demarc.Platform)
	if err != nil {
		return "", err
	}
	if vif == nil {
		return "", contradiction("the platform does not see %s", w.vif)
	}
	if open == nil {
		if open, err = w.openCase(ctx, demarc.CaseAccept, w.vif); err != nil {
			return "", err
		}
	}
	if vif.VirtualInterfaceState == types.VirtualInterfaceStateConfirming {
		if err := w.accept(ctx); err != nil {
			return "", err
		}
	}
	err = until(ctx, "the interface to be built on the edge", func() (bool, string, error) {
		vif, err := w.interfaceNow(ctx, demarc.Platform)
		if err != nil || vif == nil {
			return false, "no interface", err
		}
		w.gateway = aws.ToString(vif.VirtualGatewayId)
		built := []types.VirtualInterfaceState{types.VirtualInterfaceStateDown, types.VirtualInterfaceStateAvailable}
		return slices.Contains(built, vif.VirtualInterfaceState), string(vif.VirtualInterfaceState), nil
	})
	return fmt.Sprintf("%s: %s accepted onto %s and built on the edge", open.ID, w.vif, w.gateway), err
}

// accept confirms the interface onto the environment's gateway, which the
// platform knows from its own list of environments.
func (w *Walk) accept(ctx context.Context) error {
	var list struct {
		Environments []struct {
			Name    string `json:"name"`
			Gateway string `json:"gateway"`
		} `json:"environments"`
	}
	if err := w.Parties[demarc.Platform].Desk(ctx, "GET", "/desk/v1/environments", nil, &list); err != nil {
		return err
	}
	for _, env := range list.Environments {
		if env.Name == w.Environment {
			_, err := w.Parties[demarc.Platform].DirectConnect().ConfirmPrivateVirtualInterface(ctx,
				&directconnect.ConfirmPrivateVirtualInterfaceInput{VirtualInterfaceId: aws.String(w.vif), VirtualGatewayId: aws.String(env.Gateway)})
			return err
		}
	}
	return contradiction("the platform's environments do not list %s", w.Environment)
}

func (w *Walk) proveConfigured(ctx context.Context) (string, error) {
	out, err := w.customer().DescribeRouterConfiguration(ctx, &directconnect.DescribeRouterConfigurationInput{
		VirtualInterfaceId: aws.String(w.vif), RouterTypeIdentifier: aws.String(w.Router.RouterType()),
	})
	if err != nil {
		return "", err
	}
	if err := w.Router.AddTag(w.Interface, w.VLAN, w.mtu, w.local.customer); err != nil {
		return "", err
	}
	config := aws.ToString(out.CustomerRouterConfig)
	if err := w.Router.Configure(ctx, config); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d lines for %s run on %s as they are", strings.Count(config, "\n"), w.Router.RouterType(), w.Router.Name()), nil
}
