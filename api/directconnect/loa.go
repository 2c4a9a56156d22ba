package directconnect

import (
	"time"

	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/store"
)

func describeLoa(c call, tx *store.Tx, in *dx.DescribeLoaInput) (*types.Loa, error) {
	return letter(c, tx, in, connection.IssueLetter)
}

// describeConnectionLoa is the older form of the same.
func describeConnectionLoa(c call, tx *store.Tx, in *dx.DescribeConnectionLoaInput) (*dx.DescribeConnectionLoaOutput, error) {
	loa, err := letter(c, tx, (*dx.DescribeLoaInput)(in), connection.IssueLetter)
	if err != nil {
		return nil, err
	}
	return &dx.DescribeConnectionLoaOutput{Loa: loa}, nil
}

// describeInterconnectLoa is the form for partners.
func describeInterconnectLoa(c call, tx *store.Tx, in *dx.DescribeInterconnectLoaInput) (*dx.DescribeInterconnectLoaOutput, error) {
	if err := require(given("interconnectId", in.InterconnectId)); err != nil {
		return nil, err
	}
	loa, err := letter(c, tx, &dx.DescribeLoaInput{
		ConnectionId: in.InterconnectId, ProviderName: in.ProviderName, LoaContentType: in.LoaContentType,
	}, issueInterconnectLetter)
	if err != nil {
		return nil, err
	}
	return &dx.DescribeInterconnectLoaOutput{Loa: loa}, nil
}

func issueInterconnectLetter(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, provider string, now time.Time) (facility.Letter, error) {
	if _, err := connection.GetInterconnect(tx, by, id, now); err != nil {
		return facility.Letter{}, err
	}
	return connection.IssueLetter(tx, by, id, provider, now)
}

// An issuer writes the letter of a connection and notes that it did.
type issuer func(*store.Tx, demarc.AccountID, demarc.ConnectionID, string, time.Time) (facility.Letter, error)

// letter issues the letter, prints it, and keeps the print for a client that
// asks again: a page of three kilobytes, made in a millisecond.
func letter(c call, tx *store.Tx, in *dx.DescribeLoaInput, issue issuer) (*types.Loa, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	if in.LoaContentType != "" && in.LoaContentType != types.LoaContentTypePdf {
		return nil, demarc.Errorf(demarc.Invalid, "a letter of authority is application/pdf, not %q", in.LoaContentType).In("loaContentType")
	}
	written, err := issue(tx, c.by, demarc.ConnectionID(*in.ConnectionId), text(in.ProviderName), c.now)
	if err != nil {
		return nil, err
	}
	content, err := written.PDF()
	if err != nil {
		return nil, err
	}
	return &types.Loa{LoaContent: content, LoaContentType: types.LoaContentTypePdf}, nil
}
