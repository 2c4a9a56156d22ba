package apitest

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
)

// Config is what a client of the SDK needs to call as the account of a profile.
// It tries each call once.
func (d *Door) Config(t testing.TB, profile string) aws.Config {
	t.Helper()
	key := d.Key(t, profile)
	return aws.Config{
		Region: string(d.Site.Region), BaseEndpoint: &d.URL,
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret.Reveal(), ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// Do is a call of the SDK that must succeed.
func Do[In, Out, Options any](t testing.TB, call func(context.Context, *In, ...func(*Options)) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := call(t.Context(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// Refused is a call of the SDK that must be refused with a code; it gives the
// text.
func Refused[In, Out, Options any](t testing.TB, call func(context.Context, *In, ...func(*Options)) (*Out, error), in *In, code string) string {
	t.Helper()
	_, err := call(t.Context(), in)
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok || e.ErrorCode() != code {
		t.Errorf("%T: got %v, want %s", in, err, code)
		return ""
	}
	return e.ErrorMessage()
}

// CLI is a call of Debian's AWS CLI as the account of a profile. What it was
// told is on standard output; a refusal is an *exec.ExitError with the words on
// standard error.
func (d *Door) CLI(t testing.TB, profile string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", append([]string{"--endpoint-url", d.URL}, args...)...)
	cmd.Env = d.Environ(profile)
	return cmd.Output()
}
