package directconnect_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"demarc/api/again"
	"demarc/api/apitest"
	"demarc/api/directconnect"
	"demarc/api/sigv4"
	"demarc/audit"
	"demarc/store"
)

// attempt sends one attempt of a call that the client gave a name.
func (w *world) attempt(profile, operation, body, invocation string) (status int, answer string) {
	w.Helper()
	body = w.fill(body)
	r := w.Request(w, operation, body)
	r.Header.Set("Amz-Sdk-Invocation-Id", invocation)
	key := w.Key(w, profile)
	credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal()}
	if err := sigv4.Sign(r, []byte(body), credentials, string(w.Site.Region), directconnect.Name, time.Now()); err != nil {
		w.Fatal(err)
	}
	return apitest.Send(w, r)
}

const order = `{"location":"LIS1","bandwidth":"10Gbps","connectionName":"again"}`

func (w *world) connections(profile string) int {
	return len(w.do(profile, "DescribeConnections", `{}`)["connections"].([]any))
}

// TestTheAnswerWasLost asks again as AWS's clients do.
func TestTheAnswerWasLost(t *testing.T) {
	w := newWorld(t)
	before := w.connections("customer")
	_, first := w.attempt("customer", "CreateConnection", order, "one")
	w.do("customer", "UpdateConnection", `{"connectionId":"CONN","connectionName":"meanwhile"}`)
	revision := w.Store.Local().Revision()
	status, again := w.attempt("customer", "CreateConnection", order, "one")
	if status != 200 || again != first {
		t.Errorf("got %d %s, want what was answered first: %s", status, again, first)
	}
	if w.Store.Local().Revision() != revision || w.connections("customer") != before+1 {
		t.Error("the second attempt did something")
	}
	// What makes another call of it.
	for name, call := range map[string][3]string{
		"another name":    {"customer", order, "two"},
		"another request": {"customer", strings.Replace(order, "again", "other", 1), "one"},
		"another account": {"partner", order, "one"},
	} {
		if _, answer := w.attempt(call[0], "CreateConnection", call[1], call[2]); answer == first || !strings.Contains(answer, "dxcon-") {
			t.Errorf("%s: got %s", name, answer)
		}
	}
}

// TestAStepIsNotTakenTwice repeats what cannot be done twice.
func TestAStepIsNotTakenTwice(t *testing.T) {
	w := newWorld(t)
	const body = `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"PROD"}`
	for range 2 {
		if status, answer := w.attempt("platform", "ConfirmPrivateVirtualInterface", body, "one"); status != 200 {
			t.Errorf("got %d %s", status, answer)
		}
	}
	if got := w.refused("platform", "ConfirmPrivateVirtualInterface", body); !strings.Contains(got, "can no longer be accepted") {
		t.Errorf("a call of its own: got %s", got)
	}
}

// TestALetterIsWrittenOnce: reading a letter renews it, which is a change like
// any other.
func TestALetterIsWrittenOnce(t *testing.T) {
	w := newWorld(t)
	for operation, body := range map[string]string{"DescribeLoa": `{"connectionId":"CONN"}`, "DescribeConnectionLoa": `{"connectionId":"CONN"}`} {
		_, first := w.attempt("customer", operation, body, operation)
		revision := w.Store.Local().Revision()
		if status, again := w.attempt("customer", operation, body, operation); status != 200 || again != first {
			t.Errorf("%s, asked again: got %d and another letter", operation, status)
		}
		if w.Store.Local().Revision() != revision {
			t.Errorf("%s, asked again, renewed the letter again", operation)
		}
		last := audit.List(w.Store.Local(), w.Account(t, "customer"), audit.Query{}, 1)
		if len(last) != 1 || last[0].Operation != operation {
			t.Errorf("%s left the record %v", operation, last)
		}
	}
}

// TestARefusalIsNotKept lets the same call succeed once the way is free.
func TestARefusalIsNotKept(t *testing.T) {
	w := newWorld(t)
	again := strings.Replace(w.fill(allocation), `"a"`, `"b"`, 1)
	if status, answer := w.attempt("customer", "AllocatePrivateVirtualInterface", again, "one"); status != 400 || !strings.Contains(answer, "VLAN 101 is taken") {
		t.Fatalf("got %d %s", status, answer)
	}
	w.do("customer", "DeleteVirtualInterface", `{"virtualInterfaceId":"DXVIF"}`)
	if status, answer := w.attempt("customer", "AllocatePrivateVirtualInterface", again, "one"); status != 200 {
		t.Errorf("got %d %s", status, answer)
	}
}

func TestTwoAttemptsAtOnce(t *testing.T) {
	w := newWorld(t)
	before := w.connections("customer")
	answers := make([]string, 8)
	var racers sync.WaitGroup
	for i := range answers {
		racers.Go(func() { _, answers[i] = w.attempt("customer", "CreateConnection", order, "one") })
	}
	racers.Wait()
	for _, answer := range answers {
		if answer != answers[0] || !strings.Contains(answer, "dxcon-") {
			t.Errorf("got %s and %s", answers[0], answer)
		}
	}
	if got := w.connections("customer"); got != before+1 {
		t.Errorf("got %d connections, want one more than %d", got, before)
	}
}

// TestAnswersAreForgotten moves the clock of the sweeper.
func TestAnswersAreForgotten(t *testing.T) {
	w := newWorld(t)
	_, first := w.attempt("customer", "CreateConnection", order, "one")
	expire := func(now time.Time) {
		w.write(func(tx *store.Tx) error { return again.Expire(tx, now) })
	}
	expire(time.Now().Add(time.Hour))
	if _, answer := w.attempt("customer", "CreateConnection", order, "one"); answer != first {
		t.Errorf("forgotten within the hour: got %s", answer)
	}
	expire(time.Now().Add(2 * time.Hour))
	if _, answer := w.attempt("customer", "CreateConnection", order, "one"); answer == first {
		t.Error("still kept after two hours")
	}
}
