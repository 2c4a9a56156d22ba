package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

// A caller is the SDK's client as one account.
type caller struct {
	t *testing.T
	*sdk.Client
}

func as(t *testing.T, d *apitest.Door, profile string) caller {
	t.Helper()
	return caller{t, sdk.NewFromConfig(d.Config(t, profile))}
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func named(kind types.ResourceType, name string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: &name}}}}
}
