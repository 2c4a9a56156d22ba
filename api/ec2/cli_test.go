package ec2_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"demarc/api/apitest"
)

// cli is one call of Debian's AWS CLI; refusal has what it wrote if it failed.
func cli(t *testing.T, d *apitest.Door, args ...string) (answer map[string]any, refusal string) {
	t.Helper()
	out, err := d.CLI(t, "customer", append([]string{"--output", "json", "ec2"}, args...)...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, string(failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(out) > 0 {
		if err := json.Unmarshal(out, &answer); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return answer, ""
}

// TestTheCommandLine: the AWS CLI makes, finds by tag, is refused and deletes.
func TestTheCommandLine(t *testing.T) {
	d := apitest.Open(t)
	made, refusal := cli(t, d, "create-vpc", "--cidr-block", "10.20.0.0/16", "--tag-specifications", "ResourceType=vpc,Tags=[{Key=Name,Value=blue: one}]")
	if refusal != "" {
		t.Fatal(refusal)
	}
	id := made["Vpc"].(map[string]any)["VpcId"].(string)
	found, refusal := cli(t, d, "describe-vpcs", "--filters", "Name=tag:Name,Values=blue: one")
	if vpcs, _ := found["Vpcs"].([]any); refusal != "" || len(vpcs) != 1 || vpcs[0].(map[string]any)["VpcId"] != id {
		t.Errorf("found %v %s", found, refusal)
	}
	if _, refusal := cli(t, d, "delete-vpc", "--vpc-id", "vpc-0"); !strings.Contains(refusal, "(InvalidVpcID.NotFound)") || !strings.Contains(refusal, "The vpc ID 'vpc-0' does not exist") {
		t.Errorf("refused with %s", refusal)
	}
	if _, refusal := cli(t, d, "delete-vpc", "--vpc-id", id); refusal != "" {
		t.Error(refusal)
	}
}
