package directconnect

import (
	"context"

	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/store"
)

func describeLoa(ctx context.Context, c call, in *dx.DescribeLoaInput) (*types.Loa, error) {
	return letter(ctx, c, in)
}

// describeConnectionLoa is the older form of the same.
func describeConnectionLoa(ctx context.Context, c call, in *dx.DescribeConnectionLoaInput) (*dx.DescribeConnectionLoaOutput, error) {
	loa, err := letter(ctx, c, (*dx.DescribeLoaInput)(in))
	if err != nil {
		return nil, err
	}
	return &dx.DescribeConnectionLoaOutput{Loa: loa}, nil
}

// letter issues the letter in a transaction, which may run several times, and
// prints it after that.
func letter(ctx context.Context, c call, in *dx.DescribeLoaInput) (*types.Loa, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	if in.LoaContentType != "" && in.LoaContentType != types.LoaContentTypePdf {
		return nil, demarc.Errorf(demarc.Invalid, "a letter of authority is application/pdf, not %q", in.LoaContentType).In("loaContentType")
	}
	var written facility.Letter
	err := c.service.store.Write(ctx, func(tx *store.Tx) (err error) {
		written, err = connection.IssueLetter(tx, c.by, demarc.ConnectionID(*in.ConnectionId), text(in.ProviderName), c.now)
		return err
	})
	if err != nil {
		return nil, err
	}
	content, err := written.PDF()
	if err != nil {
		return nil, err
	}
	return &types.Loa{LoaContent: content, LoaContentType: types.LoaContentTypePdf}, nil
}
