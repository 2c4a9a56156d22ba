package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/desk"
	"demarc/cli"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// Two sites with nothing in common but their callers: the desk of one keeps the
// link, and the Direct Connect of the other has everything else.
type twoSites struct {
	*testing.T
	desk, there *apitest.Door
	link        string
}

// newTwoSites says to the desk's site where acme-prod is, and asks for a link.
func newTwoSites(t *testing.T, form ...string) *twoSites {
	t.Helper()
	s := &twoSites{T: t, desk: open(t), there: apitest.Open(t)}
	dir := t.TempDir()
	for _, name := range []string{"config", "credentials"} {
		here, err := os.ReadFile(filepath.Join(s.desk.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.ReadFile(filepath.Join(s.there.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		renamed := regexp.MustCompile(`(?m)^\[(profile )?(.*)\]$`).ReplaceAllString(string(other), "[${1}there-$2]")
		if err := os.WriteFile(filepath.Join(dir, name), append(append(here, '\n'), renamed...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", dir+"/credentials")
	gateway := s.gatewayThere()
	s.write(s.desk, func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere = demarc.Elsewhere{At: s.there.URL, Region: "eu-west-1", Account: s.there.Account(t, "platform").ID, Gateway: gateway}
		store.Environments.Put(tx, env)
		return nil
	})
	if form == nil {
		form = []string{"--environment", "acme-prod", "--location", "LIS1"}
	}
	s.link = regexp.MustCompile(`lk-[a-z0-9]+`).FindString(s.as("customer", 0, append([]string{"link", "request"}, form...)...))
	return s
}

func (s *twoSites) gatewayThere() string {
	env, _ := store.Environments.Get(s.there.Store.Local(), "acme-prod")
	return string(env.Gateway)
}

// as is a command line of a party, who has a profile at each site.
func (s *twoSites) as(party string, want int, args ...string) string {
	s.Helper()
	var out bytes.Buffer
	code := 0
	complaints := captureStderr(s.T, func() { code = s.execute(s.Context(), &out, party, args...) })
	if code != want {
		s.Fatalf("%s: exit code %d, want %d; %s%s", strings.Join(args, " "), code, want, out.String(), complaints)
	}
	return strings.TrimSpace(out.String())
}

// unlooked is a command of the customer's that looks nowhere but at the desk.
func (s *twoSites) unlooked(args ...string) (out, complaints string, code int) {
	s.Helper()
	root := cli.Root()
	var text bytes.Buffer
	root.SetOut(&text)
	root.SetArgs(append(args, "--endpoint", s.desk.URL, "--profile", "customer", "--data", s.TempDir()))
	complaints = captureStderr(s.T, func() { code = cli.Execute(s.Context(), root) })
	return text.String(), complaints, code
}

func (s *twoSites) execute(ctx context.Context, out interface{ Write([]byte) (int, error) }, party string, args ...string) int {
	root := cli.Root()
	root.SetOut(out)
	line := append(args, "--endpoint", s.desk.URL, "--profile", party, "--data", s.TempDir())
	if args[0] == "elsewhere" || args[1] == "status" {
		line = append(line, "--as", "there-"+party)
	}
	if args[0] == "elsewhere" && args[1] == "redeem" {
		line = append(line, "--at", s.there.URL)
	}
	root.SetArgs(line)
	return cli.Execute(ctx, root)
}

func (s *twoSites) write(at *apitest.Door, fn func(*store.Tx) error) {
	s.Helper()
	if err := at.Store.Write(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// light is the facility plugging in a connection at the other site.
func (s *twoSites) light(conn string) {
	s.Helper()
	s.write(s.there, func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, conn)
		if _, err := connection.Patch(tx, s.there.Account(s, "facility").ID, c.ID, demarc.SystemClock()); err != nil {
			return err
		}
		connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
		return nil
	})
}

// up is the edge at the other site bringing an interface's session up.
func (s *twoSites) up(id string) {
	s.Helper()
	s.write(s.there, func(tx *store.Tx) error {
		v, _ := store.VirtualInterfaces.Get(tx, id)
		seen := intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Established"}}}
		store.VIFSightings.Put(tx, seen)
		vif.Observe(tx, seen)
		return nil
	})
}

// next looks at the link as a party, whose exit code says whose move it is.
func (s *twoSites) next(party string, code int, want string) {
	s.Helper()
	if got, _, _ := strings.Cut(s.as(party, code, "link", "status", s.link), "\n"); !strings.Contains(got, want) {
		s.Errorf("status as %s: got %s, want %q", party, got, want)
	}
}

// offered takes the link to where the platform is asked for its interface.
func (s *twoSites) offered(allocate ...string) (id string) {
	s.Helper()
	conn := s.as("customer", 0, "elsewhere", "order", s.link)
	s.as("customer", 0, "elsewhere", "letter", s.link, "--to", "-")
	s.light(conn)
	s.as("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	id = s.as("customer", 0, append([]string{"elsewhere", "allocate", s.link, "--vlan", "103"}, allocate...)...)
	s.as("customer", 0, "elsewhere", "ask", s.link)
	return id
}

// policy is the sample's.
func (s *twoSites) policy() {
	s.Helper()
	s.as("platform", 0, "policy", "apply", "-f", "../docs/policy.yaml")
}

// TestElsewhere takes a link of one site's desk to a session at another site's
// Direct Connect, by its API alone.
func TestElsewhere(t *testing.T) {
	s := newTwoSites(t)
	s.policy()
	s.next("customer", 8, "the customer moves next: Order a connection")
	if out, complaint, code := s.unlooked("link", "status", s.link); code != 2 || !strings.Contains(out, "nobody has looked") || !strings.Contains(complaint, "--as") {
		t.Errorf("without a look: exit code %d, %s%s", code, out, complaint)
	}
	if out, _, code := s.unlooked("link", "list"); code != 0 || !strings.Contains(out, "unseen") {
		t.Errorf("the list: exit code %d, %s", code, out)
	}
	conn := s.as("customer", 0, "elsewhere", "order", s.link)
	if again := s.as("customer", 0, "elsewhere", "order", s.link); again != conn {
		t.Errorf("ordered twice: %s and %s", conn, again)
	}
	s.next("customer", 8, "Download the letter of authority")
	if pdf := s.as("customer", 0, "elsewhere", "letter", s.link, "--to", "-"); !strings.HasPrefix(pdf, "%PDF") {
		t.Errorf("the letter: got %.20s", pdf)
	}
	s.next("customer", 5, "the facility moves next: Patch the cross-connect")
	s.light(conn)
	s.next("customer", 8, "Ask which account to allocate to")
	account := string(s.there.Account(t, "platform").ID)
	if got := s.as("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod"); !strings.Contains(got, "account "+account+" at "+s.there.URL) {
		t.Errorf("which account: got %s, want %s", got, account)
	}
	s.next("customer", 8, "Allocate a private virtual interface")
	id := s.as("customer", 0, "elsewhere", "allocate", s.link, "--vlan", "103")
	if again := s.as("customer", 0, "elsewhere", "allocate", s.link); again != id {
		t.Errorf("allocated twice: %s and %s", id, again)
	}
	s.next("customer", 8, "Ask the platform to accept it")
	s.as("platform", 5, "elsewhere", "accept", id) // nobody has asked
	s.as("customer", 0, "elsewhere", "ask", s.link)
	s.as("customer", 3, "elsewhere", "ask", s.link) // once is enough
	s.next("customer", 5, "the platform moves next: Accept the interface")
	s.next("platform", 8, "the platform moves next: Accept the interface")
	if got := s.as("platform", 0, "policy", "test", "--interface", id, "--as", "there-platform"); !strings.Contains(got, "accept by rule known-and-within-limits") {
		t.Errorf("the dry run: got %s", got)
	}
	s.as("platform", 3, "policy", "test", "--interface", id) // it is not here
	s.as("platform", 1, "elsewhere", "accept", "dxvif-nosuch")
	s.as("platform", 2, "elsewhere", "accept", id, "--region", "us-east-1") // where no environment is
	if got := s.as("platform", 0, "elsewhere", "accept", id); got != id+" is accepted onto "+s.gatewayThere() {
		t.Errorf("accept: got %q", got)
	}
	s.as("platform", 0, "elsewhere", "accept", id) // it is done
	s.next("customer", 8, "the customer moves next: BGP established")
	s.up(id)
	s.next("customer", 0, "live")
	s.next("platform", 0, "live")
	s.as("customer", 0, "elsewhere", "status", s.link, "--wait", "--timeout", "5s")
	if got := s.as("platform", 0, "policy", "decisions"); !strings.Contains(got, id) || !strings.Contains(got, "known-and-within-limits") {
		t.Errorf("the decision is not on record: %s", got)
	}
	for range store.Connections.All(s.desk.Store.Local()) {
		t.Error("the desk's own site has a connection")
	}
	for range store.Links.All(s.there.Store.Local()) {
		t.Error("the other site has a link")
	}
	s.as("customer", 0, "elsewhere", "delete", s.link)
	s.as("customer", 1, "elsewhere", "delete", s.link, "--connection", "--timeout", "1ms") // the edge has it yet
	s.write(s.there, func(tx *store.Tx) error {
		vif.Settle(tx, demarc.VirtualInterfaceID(id), demarc.SystemClock())
		return nil
	})
	s.as("customer", 0, "elsewhere", "delete", s.link, "--connection")
	s.next("customer", 8, "Order a connection")
}

// TestElsewhereRefuses: what the other service says reaches the caller, and
// nothing is looked for without a tag.
func TestElsewhereRefuses(t *testing.T) {
	s := newTwoSites(t)
	s.as("customer", 1, "elsewhere", "allocate", s.link) // nothing ordered
	s.as("customer", 1, "elsewhere", "letter", s.link)
	s.as("customer", 3, "elsewhere", "ask", s.link)
	s.as("customer", 1, "elsewhere", "order", s.link, "--location", "NOWHERE")
	s.as("customer", 2, "elsewhere", "order", s.link, "--leg", "z")
	s.as("partner", 3, "elsewhere", "status", s.link) // to whom there is no such link
	s.as("customer", 3, "link", "status", s.link, "--ping", "127.0.0.1")
	s.as("customer", 2, "link", "status", s.link, "--ping", "nowhere")
}

// TestElsewhereRejects has the policy reject what the platform sees there.
func TestElsewhereRejects(t *testing.T) {
	s := newTwoSites(t)
	s.as("platform", 0, "policy", "apply", "-f", policyFile(t, "{name: all, verdict: reject, reason: no room}"))
	id := s.offered()
	if got := s.as("platform", 3, "elsewhere", "accept", id); !strings.Contains(got, "no room") {
		t.Errorf("accept: got %s", got)
	}
	if v, _ := store.VirtualInterfaces.Get(s.there.Store.Local(), id); v.State != demarc.VIFRejected {
		t.Errorf("the interface is %s", v.State)
	}
	if got := s.as("customer", 0, "case", "list"); !strings.Contains(got, "Rejected: no room") {
		t.Errorf("the customer's cases: %s", got)
	}
	s.next("customer", 8, "Allocate a private virtual interface")
}

// TestElsewhereQueues: what a person is to decide is not accepted there before
// two have, where two have to; and not by those who agreed to something else.
func TestElsewhereQueues(t *testing.T) {
	s := newTwoSites(t)
	s.as("platform", 0, "policy", "apply", "-f", policyFile(t, "{name: all, verdict: queue, fourEyes: true, reason: look}"))
	id := s.offered()
	asked := s.caseOf("customer", id)
	s.as("platform", 3, "case", "accept", string(asked.ID)) // nobody has looked
	if got := s.as("platform", 8, "elsewhere", "accept", id); !strings.Contains(got, "two persons have to agree") {
		t.Errorf("accept: got %s", got)
	}
	if got := s.as("platform", 0, "case", "show", string(asked.ID)); !strings.Contains(got, "vlan") || strings.Contains(got, "W-OFFER") {
		t.Errorf("the case for who decides it: %s", got)
	}
	s.as("platform", 0, "case", "accept", string(asked.ID))
	s.as("platform", 3, "case", "approve", string(asked.ID)) // by the same person
	s.as("platform", 8, "elsewhere", "accept", id)
	s.write(s.desk, func(tx *store.Tx) error { // as the second person does
		c, _ := store.Cases.Get(tx, string(asked.ID))
		granted := *c.Offer
		granted.Granted, granted.GrantedBy = demarc.SystemClock(), "another"
		c.Offer, c.State = &granted, demarc.CaseOpen
		store.Cases.Put(tx, c)
		return nil
	})
	s.write(s.there, func(tx *store.Tx) error { // somebody has renamed it meanwhile
		v, _ := store.VirtualInterfaces.Get(tx, id)
		v.Name = "acme"
		store.VirtualInterfaces.Put(tx, v)
		return nil
	})
	if got := s.as("platform", 8, "elsewhere", "accept", id); !strings.Contains(got, "look") {
		t.Errorf("what nobody has agreed to: got %s", got)
	}
}

// TestElsewhereWatch has a platform's watcher accept within seconds what the
// policy allows, leave what it does not, and carry out what a person decides.
func TestElsewhereWatch(t *testing.T) {
	s := newTwoSites(t)
	s.policy()
	ctx, stop := context.WithCancel(t.Context())
	var told apitest.Journal
	ended := make(chan int)
	go func() { ended <- s.execute(ctx, &told, "platform", "elsewhere", "watch", "--every", "50ms") }()
	id := s.offered()
	s.wait("the policy accepts", func() bool { return strings.Contains(told.String(), id+" is accepted") })
	s.wait("the case is answered", func() bool { return s.caseOf("customer", id).State == demarc.CaseAnswered })

	s.as("platform", 0, "policy", "apply", "-f", policyFile(t, "{name: all, verdict: queue, reason: look}"))
	s.as("customer", 0, "elsewhere", "delete", s.link)
	second := s.as("customer", 0, "elsewhere", "allocate", s.link, "--vlan", "104", "--asn", "65011")
	s.as("customer", 0, "elsewhere", "ask", s.link)
	if got := s.as("customer", 0, "case", "list"); !strings.Contains(got, second) {
		t.Errorf("the list of cases does not name %s: %s", second, got)
	}
	s.wait("a person is asked", func() bool { return strings.Contains(told.String(), second+" waits for a person") })
	if got := s.as("platform", 0, "case", "accept", string(s.caseOf("customer", second).ID)); !strings.Contains(got, "granted by "+string(s.desk.Account(t, "platform").ID)) {
		t.Errorf("a case that is granted: %s", got)
	}
	s.wait("it is carried out", func() bool { return strings.Contains(told.String(), second+" is accepted") })

	s.as("customer", 0, "elsewhere", "delete", s.link)
	third := s.as("customer", 0, "elsewhere", "allocate", s.link, "--vlan", "105", "--asn", "65012")
	s.as("customer", 0, "elsewhere", "ask", s.link)
	s.wait("a person is asked again", func() bool { return strings.Contains(told.String(), third+" waits for a person") })
	s.as("platform", 0, "case", "reject", string(s.caseOf("customer", third).ID), "--reason", "not now")
	s.wait("it is rejected there", func() bool {
		v, _ := store.VirtualInterfaces.Get(s.there.Store.Local(), third)
		return v.State == demarc.VIFRejected
	})
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("the watcher ended with %d", code)
	}
}

// TestElsewhereByToken has a partner allocate there what a token of the
// customer's asks for.
func TestElsewhereByToken(t *testing.T) {
	s := newTwoSites(t, "--environment", "acme-prod", "--location", "LIS1", "--topology", "partner", "--bandwidth", "200Mbps")
	s.policy()
	line := s.partnersLine()
	s.next("customer", 8, "Hand a link token to the partner")
	token := regexp.MustCompile(`demarc-link-1\S+`).FindString(s.as("customer", 0, "link", "token", s.link))
	s.as("customer", 3, "elsewhere", "redeem", token, "--connection", line) // who is no partner
	s.as("partner", 3, "partner", "redeem", token, "--connection", line)    // it is not for this site
	got := s.as("partner", 0, "elsewhere", "redeem", token, "--connection", line, "--asn", "65010")
	id := regexp.MustCompile(`dxvif-[a-z0-9]+`).FindString(got)
	s.as("partner", 1, "elsewhere", "redeem", token, "--connection", line) // once
	s.next("platform", 8, "Accept the interface")
	s.as("platform", 0, "elsewhere", "accept", id)
	s.next("customer", 8, "BGP established")
	s.up(id)
	s.next("platform", 0, "live")
	var decided desk.Decisions
	if err := json.Unmarshal([]byte(s.as("platform", 0, "policy", "decisions", "-o", "json")), &decided); err != nil {
		t.Fatal(err)
	}
	if len(decided.Decisions) != 1 || decided.Decisions[0].Facts.Proof != demarc.ProofToken {
		t.Errorf("decisions: got %+v", decided.Decisions)
	}
}

// partnersLine is a connection of the partner's there, with light.
func (s *twoSites) partnersLine() (id string) {
	s.Helper()
	s.write(s.there, func(tx *store.Tx) error {
		c, err := connection.Place(tx, s.there.Account(s, "partner").ID, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "carrier"}, demarc.SystemClock())
		id = string(c.ID)
		return err
	})
	s.write(s.there, func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, id)
		_, err := connection.IssueLetter(tx, c.Owner, c.ID, "", demarc.SystemClock())
		return err
	})
	s.light(id)
	return id
}

// caseOf is the case that asks for an interface there.
func (s *twoSites) caseOf(party, id string) (found desk.Case) {
	s.Helper()
	var list desk.Cases
	if err := json.Unmarshal([]byte(s.as(party, 0, "case", "list", "-o", "json")), &list); err != nil {
		s.Fatal(err)
	}
	for _, c := range list.Cases {
		if c.Offer != nil && string(c.Offer.Interface) == id {
			found = c
		}
	}
	return found
}

func (s *twoSites) wait(what string, is func() bool) {
	s.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("it did not happen: %s", what)
		}
	}
}

func policyFile(t *testing.T, rule string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(name, []byte("rules: ["+rule+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
