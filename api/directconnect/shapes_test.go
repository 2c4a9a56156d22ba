package directconnect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"demarc/api/apitest"
	"demarc/api/awsjson"
	"demarc/api/directconnect"
)

// TestGolden takes every operation through the requests and responses that the
// SDK's module ships: the golden request into our input and back, our input
// through the SDK's client, the golden response through the client into an
// output and that through our encoder. Every step must give the golden bytes.
func TestGolden(t *testing.T) {
	dir := moduleDir(t)
	operations := directconnect.Operations()
	if len(operations) != 73 {
		t.Errorf("%d operations", len(operations))
	}
	for _, op := range operations {
		t.Run(op, func(t *testing.T) {
			request := golden(t, filepath.Join(dir, "request_snapshot", op+".request.snap"))
			response := golden(t, filepath.Join(dir, "response_snapshot", op+".response.snap"))
			shape, ok := directconnect.ShapeOf(op)
			if !ok {
				t.Fatal("no shape")
			}
			in := shape.Input()
			if err := awsjson.Decode([]byte(request), in); err != nil {
				t.Fatal(err)
			}
			same(t, "input", encoded(t, in), request)

			out, sent := call(t, op, in, response)
			same(t, "request", sent, request)
			if got, want := reflect.TypeOf(out), reflect.TypeOf(shape.Output()); got != want {
				t.Errorf("the client returns %v, our table says %v", got, want)
			}
			same(t, "output", encoded(t, out), response)
		})
	}
}

// TestFresh: a new version of the SDK needs a go generate.
func TestFresh(t *testing.T) {
	var want []string
	client := reflect.TypeFor[*dx.Client]()
	for i := range client.NumMethod() {
		if m := client.Method(i); m.Type.NumIn() == 4 && m.Type.In(2).String() == "*directconnect."+m.Name+"Input" {
			want = append(want, m.Name)
		}
	}
	if diff := cmp.Diff(directconnect.Operations(), want); diff != "" {
		t.Error(diff)
	}
}

// call has the SDK's client call op with in, answers response, and gives what
// the client made of it and what it sent.
func call(t *testing.T, op string, in smithy.Serializable, response string) (out smithy.Serializable, sent string) {
	t.Helper()
	client := dx.New(dx.Options{
		Region: "eu-central-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: doFunc(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			sent = string(body)
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(response))}, err
		}),
	})
	method := reflect.ValueOf(client).MethodByName(op)
	results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(in)})
	if err, failed := results[1].Interface().(error); failed {
		t.Fatal(err)
	}
	return results[0].Interface().(smithy.Serializable), sent
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func encoded(t *testing.T, shape smithy.Serializable) string {
	t.Helper()
	body, err := awsjson.Encode(shape)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// golden reads the body of a golden file, which follows the last empty line.
func golden(t *testing.T, file string) string {
	t.Helper()
	text, err := apitest.Golden(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func moduleDir(t *testing.T) string {
	t.Helper()
	dir, err := apitest.SDKDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// FuzzDecode sends anything to every operation's input: it is refused as
// SerializationException, or what was understood survives the way out and in.
func FuzzDecode(f *testing.F) {
	operations := directconnect.Operations()
	f.Add(uint8(0), []byte(`{"newBGPPeer":{"asn":65001,"addressFamily":"ipv4"},"tags":[{"key":"a","value":null}]}`))
	f.Add(uint8(10), []byte(`{"connectionId":1,"vlan":1e99,"ResultMetadata":{}}`))
	f.Add(uint8(72), []byte(`{"filters":{"cidrs":[],"asPath":[{"path":[1]}]},"tags":[[]]}`))
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		shape, _ := directconnect.ShapeOf(operations[int(n)%len(operations)])
		in, again := shape.Input(), shape.Input()
		if err := awsjson.Decode(body, in); err != nil {
			var refused *awsjson.Error
			if !errors.As(err, &refused) || refused.Type != "SerializationException" {
				t.Fatalf("got %v", err)
			}
			return
		}
		first := encoded(t, in)
		if err := awsjson.Decode([]byte(first), again); err != nil {
			t.Fatalf("%s does not decode: %v", first, err)
		}
		same(t, "second time", encoded(t, again), first)
	})
}
