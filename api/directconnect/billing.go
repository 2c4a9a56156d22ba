package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/account"
	"demarc/connection"
	"demarc/resiliency"
	"demarc/store"
)

func updateConnectionsBillingMode(c call, tx *store.Tx, in *dx.UpdateConnectionsBillingModeInput) (*dx.UpdateConnectionsBillingModeOutput, error) {
	if err := require(member{"connectionIds", len(in.ConnectionIds) > 0}, member{"billingMode", in.BillingMode != ""}); err != nil {
		return nil, err
	}
	var ids []demarc.ConnectionID
	for _, id := range in.ConnectionIds {
		ids = append(ids, demarc.ConnectionID(id))
	}
	conns, err := connection.Bill(tx, c.by, ids, demarc.BillingMode(in.BillingMode), c.now)
	if err != nil {
		return nil, err
	}
	return &dx.UpdateConnectionsBillingModeOutput{BillingMode: types.BillingMode(in.BillingMode), Connections: connectionShapes(c, tx, conns)}, nil
}

// billingMode is how a dedicated connection is paid for, empty for one of
// another kind.
func billingMode(r store.Reader, conn demarc.Connection) types.BillingMode {
	switch {
	case conn.Kind != demarc.Dedicated:
		return ""
	case conn.Billing == "":
		return types.BillingModePayAsYouGo
	case resiliency.Paired(r, conn):
		return types.BillingMode("PortPair" + conn.Billing)
	}
	return types.BillingMode(conn.Billing)
}

func describeCustomerMetadata(c call, view *store.View, _ *dx.DescribeCustomerMetadataInput) (*dx.DescribeCustomerMetadataOutput, error) {
	out := &dx.DescribeCustomerMetadataOutput{Agreements: []types.CustomerAgreement{}, NniPartnerType: types.NniPartnerTypeNonPartner}
	if by, _ := account.Get(view, c.by); by.Party == demarc.Partner {
		out.NniPartnerType = types.NniPartnerTypeV2
	}
	for _, a := range account.Agreements(view, c.by) {
		out.Agreements = append(out.Agreements, types.CustomerAgreement{AgreementName: aws.String(a.Name), Status: aws.String(signed)})
	}
	return out, nil
}

func confirmCustomerAgreement(c call, tx *store.Tx, in *dx.ConfirmCustomerAgreementInput) (*dx.ConfirmCustomerAgreementOutput, error) {
	if err := require(given("agreementName", in.AgreementName)); err != nil {
		return nil, err
	}
	return &dx.ConfirmCustomerAgreementOutput{Status: aws.String(signed)}, account.Sign(tx, c.by, *in.AgreementName, c.now)
}

// signed is the status of an agreement that is in force.
const signed = "signed"
