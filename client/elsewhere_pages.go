package client

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pages collects what a paginator of the SDK's gives.
func pages[Out, T any](ctx context.Context, next func(context.Context) (Out, error), more func() bool, of func(Out) []T) (all []T, err error) {
	for more() {
		out, err := next(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, of(out)...)
	}
	return all, nil
}

// listed collects the pages of an operation of Direct Connect's, for which the SDK
// has no paginators. The token of the first page is nil.
func listed[Out, T any](page func(token *string) (Out, error), of func(Out) (some []T, next *string)) (all []T, err error) {
	for token := (*string)(nil); ; {
		out, err := page(token)
		if err != nil {
			return nil, err
		}
		some, next := of(out)
		if all, token = append(all, some...), next; aws.ToString(next) == "" {
			return all, nil
		}
	}
}
