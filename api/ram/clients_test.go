package ram_test

import (
	"os/exec"
	"strings"
	"testing"

	"demarc/api/apitest"
)

// run runs a client as an account and gives what it wrote, which must have no
// error in it.
func run(t *testing.T, d *apitest.Door, profile, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = d.Environ(profile)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func cli(t *testing.T, d *apitest.Door, profile string, args ...string) string {
	t.Helper()
	return run(t, d, profile, "/usr/bin/aws", append([]string{"--endpoint-url", d.URL, "--output", "text", "ram"}, args...)...)
}

// TestTheCommandLine: the AWS CLI shares, accepts and deletes.
func TestTheCommandLine(t *testing.T) {
	d := apitest.Open(t)
	tgw, arn := as(t, d, "customer").gateway()
	platform := string(d.Account(t, "platform").ID)
	share := cli(t, d, "customer", "create-resource-share", "--name", "line", "--resource-arns", *arn, "--principals", platform, "--query", "resourceShare.resourceShareArn")
	invitation := cli(t, d, "platform", "get-resource-share-invitations", "--query", "resourceShareInvitations[0].resourceShareInvitationArn")
	if got := cli(t, d, "platform", "accept-resource-share-invitation", "--resource-share-invitation-arn", invitation, "--query", "resourceShareInvitation.status"); got != "ACCEPTED" {
		t.Errorf("accepted: %s", got)
	}
	as(t, d, "platform").sees(tgw, true)
	if got := cli(t, d, "customer", "delete-resource-share", "--resource-share-arn", share, "--query", "returnValue"); got != "True" {
		t.Errorf("deleted: %s", got)
	}
	as(t, d, "platform").sees(tgw, false)
}

const boto = `
import boto3, sys
url, arn, account = sys.argv[1:]
ram = lambda profile: boto3.Session(profile_name=profile).client("ram", endpoint_url=url)
owner, friend = ram("customer"), ram("platform")
share = owner.create_resource_share(name="line", resourceArns=[arn], principals=[account])["resourceShare"]
assert share["creationTime"].year > 2000 and share["status"] == "ACTIVE", share
invitation = friend.get_resource_share_invitations()["resourceShareInvitations"][0]["resourceShareInvitationArn"]
friend.reject_resource_share_invitation(resourceShareInvitationArn=invitation)
try:
    friend.accept_resource_share_invitation(resourceShareInvitationArn=invitation)
except friend.exceptions.ResourceShareInvitationAlreadyRejectedException:
    pass
else:
    sys.exit("accepted what was rejected")
try:
    friend.get_resource_shares(resourceOwner="OTHER-ACCOUNTS", resourceShareArns=[share["resourceShareArn"]])
except friend.exceptions.UnknownResourceException:
    pass
else:
    sys.exit("saw a share that was rejected")
pages = owner.get_paginator("list_resources").paginate(resourceOwner="SELF", PaginationConfig={"PageSize": 1})
assert [r["arn"] for p in pages for r in p["resources"]] == [arn]
`

// TestBoto3: an invitation is rejected, with boto3's typed exceptions.
func TestBoto3(t *testing.T) {
	d := apitest.Open(t)
	_, arn := as(t, d, "customer").gateway()
	run(t, d, "customer", "/usr/bin/python3", "-c", boto, d.URL, *arn, string(d.Account(t, "platform").ID))
}
