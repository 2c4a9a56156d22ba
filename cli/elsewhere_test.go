package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"demarc"
	"demarc/api/apitest"
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
	env         []string
}

func newTwoSites(t *testing.T) *twoSites {
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
	return s
}

// as is a command line of a party, who has a profile at each site.
func (s *twoSites) as(party string, want int, args ...string) string {
	s.Helper()
	root := cli.Root()
	var out bytes.Buffer
	root.SetOut(&out)
	line := append(args, "--endpoint", s.desk.URL, "--profile", party, "--data", s.TempDir())
	if args[0] == "elsewhere" {
		line = append(line, "--at", s.there.URL, "--as", "there-"+party)
	}
	root.SetArgs(line)
	code := 0
	complaints := captureStderr(s.T, func() { code = cli.Execute(s.Context(), root) })
	if code != want {
		s.Fatalf("%s: exit code %d, want %d; %s%s", strings.Join(args, " "), code, want, out.String(), complaints)
	}
	return strings.TrimSpace(out.String())
}

// happens is something that the facility or the edge does at the other site.
func (s *twoSites) happens(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.there.Store.Write(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// TestElsewhere takes a link of one site's desk to packets at another site's
// Direct Connect, by its API alone.
func TestElsewhere(t *testing.T) {
	s := newTwoSites(t)
	link := regexp.MustCompile(`lk-[a-z0-9]+`).FindString(s.as("customer", 0, "link", "request", "--environment", "acme-prod", "--location", "LIS1"))
	account := string(s.there.Account(t, "platform").ID)
	next := func(party string, code int, want string) {
		t.Helper()
		if got := s.as(party, code, "elsewhere", "status", link); !strings.Contains(got, want) {
			t.Errorf("status as %s: got %s, want %q", party, got, want)
		}
	}
	next("customer", 8, "order a connection")
	conn := s.as("customer", 0, "elsewhere", "order", link)
	next("customer", 5, "patch it")
	s.happens(func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, conn)
		if _, err := connection.IssueLetter(tx, c.Owner, c.ID, "", demarc.SystemClock()); err != nil {
			return err
		}
		if _, err := connection.Patch(tx, s.there.Account(t, "facility").ID, c.ID, demarc.SystemClock()); err != nil {
			return err
		}
		connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
		return nil
	})
	next("customer", 8, "allocate an interface")
	id := s.as("customer", 0, "elsewhere", "allocate", link, "--account", account, "--vlan", "103")
	next("customer", 5, "accept the interface")
	gateway := ""
	for env := range store.Environments.All(s.there.Store.Local()) {
		if env.Name == "acme-prod" {
			gateway = string(env.Gateway)
		}
	}
	if got := s.as("platform", 0, "elsewhere", "accept", id, "--gateway", gateway); got != id+" is pending" {
		t.Errorf("accept: got %q", got)
	}
	next("customer", 8, "configure the router")
	s.happens(func(tx *store.Tx) error {
		v, _ := store.VirtualInterfaces.Get(tx, id)
		seen := intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Established"}}}
		store.VIFSightings.Put(tx, seen)
		vif.Observe(tx, seen)
		return nil
	})
	next("customer", 0, "up")
	for range store.Connections.All(s.desk.Store.Local()) {
		t.Error("the desk's own site has a connection")
	}
	for range store.Links.All(s.there.Store.Local()) {
		t.Error("the other site has a link")
	}
}

// TestElsewhereRefuses: what the other service says reaches the caller, and
// nothing is looked for without a tag.
func TestElsewhereRefuses(t *testing.T) {
	s := newTwoSites(t)
	link := regexp.MustCompile(`lk-[a-z0-9]+`).FindString(s.as("customer", 0, "link", "request", "--environment", "acme-prod", "--location", "LIS1"))
	s.as("customer", 1, "elsewhere", "allocate", link, "--account", string(s.there.Account(t, "platform").ID)) // nothing ordered
	s.as("customer", 1, "elsewhere", "order", link, "--location", "NOWHERE")
	s.as("customer", 2, "elsewhere", "order", link, "--leg", "z")
	s.as("partner", 3, "elsewhere", "status", link) // to whom there is no such link
}
