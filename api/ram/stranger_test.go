package ram_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/ram"
	"demarc/api/regional"
	"demarc/share"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/transit"
)

// questions has a call of every operation: what is in angle brackets is the ARN
// of a share, an invitation or a Transit Gateway. Those after a bar only look for
// something, and are not refused.
const questions = `
CreateResourceShare {"name": "n", "resourceArns": ["<gateway>"]}
UpdateResourceShare {"resourceShareArn": "<share>", "name": "n"}
DeleteResourceShare {"resourceShareArn": "<share>"}
GetResourceShares {"resourceOwner": "SELF", "resourceShareArns": ["<share>"]}
GetResourceShares {"resourceOwner": "OTHER-ACCOUNTS", "resourceShareArns": ["<share>"]}
TagResource {"resourceShareArn": "<share>", "tags": [{"key": "a", "value": "b"}]}
TagResource {"resourceArn": "<share>", "tags": [{"key": "a", "value": "b"}]}
UntagResource {"resourceShareArn": "<share>", "tagKeys": ["a"]}
AssociateResourceShare {"resourceShareArn": "<share>", "principals": ["333333333333"]}
DisassociateResourceShare {"resourceShareArn": "<share>", "principals": ["222222222222"]}
DisassociateResourceShare {"resourceShareArn": "<share>", "resourceArns": ["<gateway>"]}
GetResourceShareAssociations {"associationType": "PRINCIPAL", "resourceShareArns": ["<share>"]}
GetResourceShareAssociations {"associationType": "RESOURCE", "resourceShareArns": ["<share>"]}
| GetResourceShareAssociations {"associationType": "RESOURCE", "resourceArn": "<gateway>"}
GetResourceShareInvitations {"resourceShareInvitationArns": ["<invitation>"]}
| GetResourceShareInvitations {"resourceShareArns": ["<sent>"]}
AcceptResourceShareInvitation {"resourceShareInvitationArn": "<invitation>"}
RejectResourceShareInvitation {"resourceShareInvitationArn": "<invitation>"}
ListPendingInvitationResources {"resourceShareInvitationArn": "<invitation>"}
ListResources {"resourceOwner": "OTHER-ACCOUNTS", "resourceShareArns": ["<share>"]}
| ListResources {"resourceOwner": "OTHER-ACCOUNTS", "resourceArns": ["<gateway>"]}
ListPrincipals {"resourceOwner": "OTHER-ACCOUNTS", "resourceShareArns": ["<share>"]}
| ListPrincipals {"resourceOwner": "OTHER-ACCOUNTS", "resourceArn": "<gateway>"}
ListResourceSharePermissions {"resourceShareArn": "<share>"}
`

// TestAStrangerLearnsNothing: whatever is asked of another account's shares is
// answered as of what does not exist, letter by letter but for the ARN; and so it
// is for the account that was invited and has not answered, but for its
// invitation.
func TestAStrangerLearnsNothing(t *testing.T) {
	const owner, invited, stranger = demarc.AccountID("111111111111"), demarc.AccountID("222222222222"), demarc.AccountID("444444444444")
	st, now := storetest.Embedded(t, store.Tables()...), time.Now()
	var invitation demarc.ResourceShareInvitation
	var theirs map[string]string
	if err := st.Write(t.Context(), func(tx *store.Tx) error {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		gw, err := transit.Create(tx, owner, demarc.TransitGateway{Region: "eu-west-1"}, transit.Defaults{}, now)
		if err != nil {
			return err
		}
		s, err := share.Create(tx, owner, demarc.ResourceShare{Name: "n", Region: "eu-west-1", External: true},
			share.Members{Resources: []demarc.TransitGatewayID{gw.ID}, Principals: []demarc.AccountID{invited}}, now)
		invitation = share.Invitations(tx, invited)[0]
		arn := "arn:aws:ram:eu-west-1:" + string(owner) + ":resource-share/" + string(s.ID)
		theirs = map[string]string{
			"share": arn, "sent": arn, "gateway": "arn:aws:ec2:eu-west-1:" + string(owner) + ":transit-gateway/" + string(gw.ID),
			"invitation": "arn:aws:ram:eu-west-1:" + string(owner) + ":resource-share-invitation/" + string(invitation.ID),
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	service := ram.New(st, time.Now, nil)
	ask := func(by demarc.AccountID, question string, ids map[string]string) (answer string, refused bool) {
		operation, body, _ := strings.Cut(question, " ")
		for kind, id := range ids {
			body = strings.ReplaceAll(body, "<"+kind+">", id)
		}
		out, err := service.Call(t.Context(), ram.Request{
			By: by, Operation: operation, Body: []byte(body), Query: url.Values{},
			Scope: regional.Scope{Region: "eu-west-1", Site: []demarc.Region{"eu-west-1"}},
		})
		if err != nil {
			e := ram.ExceptionOf(operation, err)
			return e.Type + " " + e.Message, true
		}
		text, err := awsjson.Encode(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), false
	}
	none := map[string]string{}
	for kind, arn := range theirs {
		none[kind] = arn[:strings.LastIndex(arn, "/")+1] + "nothing"
	}
	hidden := func(text string, ids map[string]string) string {
		for _, arn := range ids {
			text = strings.ReplaceAll(text, arn[strings.LastIndex(arn, "/")+1:], "ID")
		}
		return text
	}
	asked := map[string]bool{}
	for question := range strings.Lines(strings.TrimSpace(questions)) {
		question, looks := strings.CutPrefix(strings.TrimSpace(question), "| ")
		operation, _, _ := strings.Cut(question, " ")
		asked[operation] = true
		for _, by := range []demarc.AccountID{stranger, invited} {
			if by == invited && (strings.Contains(question, "<invitation>") || strings.Contains(question, "<sent>")) {
				continue
			}
			got, refused := ask(by, question, theirs)
			want, _ := ask(by, question, none)
			if hidden(got, theirs) != hidden(want, none) || refused == looks {
				t.Errorf("%s asks %s of another's:\n%s\nand of nothing:\n%s", by, question, got, want)
			}
		}
	}
	for _, route := range ram.Routes() {
		if ram.Built(route.Operation) && !asked[route.Operation] {
			t.Errorf("no question here asks %s", route.Operation)
		}
	}
	if left, ok := store.ResourceShareInvitations.Get(st.Local(), string(invitation.ID)); !ok || left.State != demarc.InvitationPending {
		t.Errorf("the invitation is %s", left.State)
	}
	if s, _ := store.ResourceShares.Get(st.Local(), string(invitation.Share)); s.State != demarc.ShareActive || !slices.ContainsFunc(s.Principals, func(a demarc.ShareAssociation) bool { return a.State == demarc.ShareAssociating }) {
		t.Errorf("the share is %+v", s)
	}
}
