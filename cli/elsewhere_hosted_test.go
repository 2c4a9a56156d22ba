package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
)

// TestElsewhereByHostedConnection has a partner allocate a hosted connection there
// with a token, and the customer take all the steps on it.
func TestElsewhereByHostedConnection(t *testing.T) {
	s := newTwoSites(t, "--environment", "acme-prod", "--location", "LIS1", "--topology", "partner", "--bandwidth", "200Mbps")
	s.policy()
	line := s.interconnect()
	token := regexp.MustCompile(`demarc-link-1\S+`).FindString(s.as("customer", 0, "link", "token", s.link))
	owner := string(s.there.Account(t, "customer").ID)
	s.as("customer", 1, "elsewhere", "confirm", s.link) // nothing yet
	redeem := []string{"elsewhere", "redeem", token, "--connection", line, "--hosted-for", owner}
	s.as("partner", 1, append(redeem[:len(redeem):len(redeem)], "--vlan", "4095")...)
	got := s.as("partner", 0, redeem...)
	id := regexp.MustCompile(`hosted connection (dxcon-[a-z0-9]+)`).FindStringSubmatch(got)[1]
	s.as("partner", 1, redeem...) // once
	s.next("customer", 8, "the customer moves next: Accept the hosted connection")
	if got := s.as("customer", 0, "elsewhere", "confirm", s.link); got != id {
		t.Errorf("confirm: got %s, want %s", got, id)
	}
	s.as("customer", 0, "elsewhere", "confirm", s.link) // it is done
	s.write(s.there, func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, line)
		connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
		return nil
	})
	s.as("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	s.next("customer", 8, "the customer moves next: Allocate a private virtual interface")
	vif := s.as("customer", 0, "elsewhere", "allocate", s.link)
	if again := s.as("customer", 0, "elsewhere", "allocate", s.link); again != vif {
		t.Errorf("allocated twice: %s and %s", vif, again)
	}
	s.next("customer", 8, "Ask the platform to accept it")
	s.as("customer", 0, "elsewhere", "ask", s.link)
	if got := s.as("platform", 0, "elsewhere", "accept", vif); !strings.Contains(got, "is accepted onto") {
		t.Errorf("accept: got %s", got)
	}
	s.up(vif)
	s.next("customer", 0, "live")
	s.next("platform", 0, "live")
	s.as("customer", 0, "elsewhere", "delete", s.link)
	s.write(s.there, func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, id)
		c.State = demarc.ConnectionDeleted
		store.Connections.Put(tx, c)
		return nil
	})
	s.next("customer", 8, "the customer moves next: Hand a link token to the partner")
}

// interconnect is one of the partner's there, with light.
func (s *twoSites) interconnect() (id string) {
	s.Helper()
	s.write(s.there, func(tx *store.Tx) error {
		c, err := connection.Place(tx, s.there.Account(s, "partner").ID, connection.Order{Interconnect: true, Location: "LIS1", Bandwidth: demarc.Gbps, Name: "carrier"}, demarc.SystemClock())
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
