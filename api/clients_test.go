package api_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"

	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/smithy-go"

	"demarc/api/apitest"
	"demarc/api/awsjson"
	"demarc/api/directconnect"
)

// A document is what a call sends and gets, in the API's own spelling.
type document = map[string]any

// A stranger is an AWS client that knows nothing of demarc. It calls an
// operation as the account of a profile. The error of a refusal has AWS's code
// and message in its text.
type stranger func(t *testing.T, profile, operation string, in document) (document, error)

// awsCLI is Debian's AWS CLI, one process for each call.
func awsCLI(d *apitest.Door) stranger {
	return func(t *testing.T, profile, operation string, in document) (document, error) {
		cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", "--endpoint-url", d.URL, "--output", "json",
			"directconnect", kebab(operation), "--cli-input-json", text(t, in))
		cmd.Env = d.Environ(profile)
		out, err := cmd.Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("%s", failed.Stderr)
		}
		if err != nil {
			t.Fatal(err)
		}
		return parse(t, out), nil
	}
}

var humps = regexp.MustCompile(`([a-z])([A-Z])|([A-Z])([A-Z][a-z])`)

// kebab is describe-loa for DescribeLoa, and create-bgp-peer for CreateBGPPeer.
func kebab(operation string) string {
	return strings.ToLower(humps.ReplaceAllString(operation, "$1$3-$2$4"))
}

// script calls what it reads, a line each, and writes a line for each.
const script = `
import base64, json, sys
import boto3
from botocore.exceptions import ClientError

def plain(v):
    return base64.b64encode(v).decode() if isinstance(v, bytes) else str(v)

for line in sys.stdin:
    call = json.loads(line)
    client = boto3.Session(profile_name=call["profile"]).client("directconnect", endpoint_url=sys.argv[1])
    method = client.meta.method_to_api_mapping
    name = next(m for m, op in method.items() if op == call["operation"])
    try:
        answer = {"out": getattr(client, name)(**call["in"])}
        del answer["out"]["ResponseMetadata"]
    except ClientError as e:
        answer = {"err": str(e)}
    print(json.dumps(answer, default=plain), flush=True)
`

// boto3 is Debian's, one process for the whole test.
func boto3(t *testing.T, d *apitest.Door) stranger {
	t.Helper()
	return conversation(t, d, exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script, d.URL))
}

// javascript is the AWS SDK for JavaScript v3, as scripts/install test fetched
// it, one process for the whole test.
func javascript(t *testing.T, d *apitest.Door) stranger {
	t.Helper()
	return conversation(t, d, exec.CommandContext(t.Context(), "node", "testdata/javascript/client.mjs", d.URL))
}

// conversation is with a process that answers each line with a line.
func conversation(t *testing.T, d *apitest.Door, cmd *exec.Cmd) stranger {
	t.Helper()
	cmd.Env = d.Environ("customer")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v: %s", cmd.Path, err, complaints.String())
		}
	})
	answers := bufio.NewReader(stdout)
	return func(t *testing.T, profile, operation string, in document) (document, error) {
		fmt.Fprintln(stdin, text(t, document{"profile": profile, "operation": operation, "in": in}))
		line, err := answers.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%s gave no answer to %s: %v: %s", cmd.Path, operation, err, complaints.String())
		}
		answer := parse(t, line)
		if refusal, refused := answer["err"]; refused {
			return nil, errors.New(refusal.(string))
		}
		return answer["out"].(document), nil
	}
}

// goSDK is the AWS SDK for Go v2.
func goSDK(d *apitest.Door) stranger {
	return func(t *testing.T, profile, operation string, in document) (document, error) {
		shape, ok := directconnect.ShapeOf(operation)
		if !ok {
			t.Fatalf("the SDK has no %s", operation)
		}
		input := shape.Input()
		if err := awsjson.Decode([]byte(text(t, in)), input); err != nil {
			t.Fatal(err)
		}
		var client *dx.Client = d.Client(t, profile).DirectConnect()
		results := reflect.ValueOf(client).MethodByName(operation).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(input)})
		if err, failed := results[1].Interface().(error); failed {
			return nil, err
		}
		out, err := awsjson.Encode(results[0].Interface().(smithy.Serializable))
		if err != nil {
			t.Fatal(err)
		}
		return parse(t, out), nil
	}
}

func text(t *testing.T, in document) string {
	t.Helper()
	out, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// parse reads an answer; the AWS CLI prints nothing for an empty one.
func parse(t *testing.T, out []byte) document {
	t.Helper()
	got := document{}
	if len(out) == 0 {
		return got
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return got
}
