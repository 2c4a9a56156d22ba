package ec2_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"demarc/api/apitest"
)

// A caller is the SDK's client as one account.
type caller struct {
	t *testing.T
	*sdk.Client
}

func as(t *testing.T, d *apitest.Door, profile string) caller {
	t.Helper()
	key := d.Key(t, profile)
	return caller{t, sdk.New(sdk.Options{
		Region:       string(d.Site.Region),
		BaseEndpoint: &d.URL,
		Credentials:  credentials.NewStaticCredentialsProvider(key.ID, key.Secret.Reveal(), ""),
		Retryer:      aws.NopRetryer{},
	})}
}

// do is a call that must succeed.
func do[In, Out any](c caller, call func(context.Context, *In, ...func(*sdk.Options)) (*Out, error), in *In) *Out {
	c.t.Helper()
	out, err := call(c.t.Context(), in)
	if err != nil {
		c.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// refused is a call that must be refused with a code.
func refused[In, Out any](c caller, call func(context.Context, *In, ...func(*sdk.Options)) (*Out, error), in *In, code string) {
	c.t.Helper()
	_, err := call(c.t.Context(), in)
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code {
		c.t.Errorf("%T: got %v, want %s", in, err, code)
	}
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func named(kind types.ResourceType, name string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: &name}}}}
}
