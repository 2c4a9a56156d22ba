package site

import (
	"context"
	"fmt"
	"strconv"

	"demarc"
	"demarc/store"
)

// Import writes the site into the store, in one transaction. What is there
// already keeps its ids and keys; what the file says otherwise is corrected;
// nothing is taken away.
func (s *Site) Import(ctx context.Context, st *store.Store) error {
	err := st.Write(ctx, func(tx *store.Tx) error {
		ids := s.importAccounts(tx)
		store.Quotas.Put(tx, demarc.Quotas(s.Quotas))
		importSiteKeys(tx)
		s.importRoles(tx, ids)
		store.Deadlines.Put(tx, demarc.Deadlines(s.Deadlines))
		s.importPublicNetwork(tx)
		for _, loc := range s.Locations {
			if err := s.importLocation(tx, ids, loc); err != nil {
				return err
			}
		}
		for _, h := range s.VPCHosts {
			store.VPCHosts.Put(tx, demarc.VPCHost{ID: h.Name, Region: h.Region, RouterID: h.RouterID, Address: h.Address})
		}
		for _, u := range s.Uplinks {
			store.Uplinks.Put(tx, demarc.Uplink{Address: u.Address, Next: u.Next, IPv6: u.IPv6, Next6: u.Next6, Place: u.Uplink})
		}
		for _, e := range s.Editions {
			store.Editions.Put(tx, demarc.Edition(e))
		}
		for _, env := range s.Environments {
			if err := s.importEnvironment(tx, ids, env); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("import the site: %w", err)
	}
	return nil
}

// importAccounts returns the id of each account by its name.
func (s *Site) importAccounts(tx *store.Tx) map[string]demarc.AccountID {
	ids := map[string]demarc.AccountID{}
	for _, a := range s.Accounts {
		account := demarc.Account{ID: demarc.NewAccountID()}
		for known := range store.Accounts.By(tx, "name", a.Name) {
			account = known
		}
		account.Name, account.Title, account.Party, account.Operator = a.Name, a.Title, a.Party, a.Operator
		store.Accounts.Put(tx, account)
		ids[a.Name] = account.ID
		importKey(tx, account.ID)
	}
	return ids
}

// importSiteKeys makes those that are not there yet.
func importSiteKeys(tx *store.Tx) {
	keys, _ := store.SiteKeys.Get(tx, store.OnlyRow)
	had := keys
	for _, key := range []*demarc.Secret{&keys.Pages, &keys.Sessions, &keys.LinkTokens} {
		if key.IsZero() {
			*key = demarc.NewSecretKey()
		}
	}
	if keys != had {
		store.SiteKeys.Put(tx, keys)
	}
}

// importRoles makes the roles of the file's accounts exactly those of the file:
// trust that is taken out of it ends.
func (s *Site) importRoles(tx *store.Tx, ids map[string]demarc.AccountID) {
	for _, a := range s.Accounts {
		for old := range store.Roles.By(tx, "account", string(ids[a.Name])) {
			store.Roles.Delete(tx, store.RoleKey(old))
		}
		for _, r := range a.Roles {
			role := demarc.Role{Account: ids[a.Name], Name: r.Name}
			for _, by := range r.AssumedBy {
				role.AssumedBy = append(role.AssumedBy, ids[by])
			}
			store.Roles.Put(tx, role)
		}
	}
}

func importKey(tx *store.Tx, account demarc.AccountID) {
	for range store.AccessKeys.By(tx, "account", string(account)) {
		return
	}
	store.AccessKeys.Put(tx, demarc.AccessKey{ID: demarc.NewAccessKeyID(), Account: account, Secret: demarc.NewSecretKey()})
}

func (s *Site) importLocation(tx *store.Tx, ids map[string]demarc.AccountID, loc Location) error {
	if err := keepsRegion(tx, loc); err != nil {
		return err
	}
	noun := demarc.Location{Code: loc.Code, Name: loc.Name, Region: loc.Region, Facility: ids[loc.Facility], Providers: loc.Providers}
	for _, cage := range loc.Cages {
		noun.Cages = append(noun.Cages, demarc.Cage{Account: ids[cage.Account], Router: cage.Router, Interface: cage.Interface})
	}
	store.Locations.Put(tx, noun)
	for _, dev := range loc.Devices {
		store.Devices.Put(tx, demarc.Device{
			ID: dev.Name, Location: loc.Code, Rack: dev.Rack, RouterID: dev.RouterID, Address: dev.Address, Public: dev.Public.noun(),
		})
		for i, p := range dev.Ports {
			store.Ports.Put(tx, demarc.Port{
				ID:        demarc.PortID(string(dev.Name) + "/" + p.Name),
				Speed:     p.Speed,
				MACsec:    p.MACsec,
				Interface: p.Interface,
				Panel:     dev.Panel,
				PanelPort: strconv.Itoa(i + 1),
			})
		}
	}
	return nil
}

// importEnvironment makes the VPC and the gateway of an environment at its
// first import and keeps their ids from then on.
func (s *Site) importEnvironment(tx *store.Tx, ids map[string]demarc.AccountID, env Environment) error {
	noun, known := store.Environments.Get(tx, env.Name)
	if !known {
		noun = demarc.Environment{Name: env.Name, VPC: demarc.NewVPCID(), Gateway: demarc.NewGatewayID()}
	}
	if known && noun.Region != env.Region {
		return fmt.Errorf("environment %s is in Region %s and stays there; the site file says %s", env.Name, noun.Region, env.Region)
	}
	noun.Edition, noun.Region, noun.Drills, noun.Drains = env.Edition, env.Region, env.Drills, env.Drains
	noun.Platform, noun.Customer = ids[env.Platform], ids[env.Customer]
	noun.Elsewhere = demarc.Elsewhere{}
	if e := env.Elsewhere; e != nil {
		noun.Elsewhere = demarc.Elsewhere{At: e.At, Region: e.Region, Account: demarc.AccountID(e.Account), Gateway: e.Gateway}
	}
	store.Environments.Put(tx, noun)
	store.VirtualGateways.Put(tx, demarc.VirtualGateway{
		ID: noun.Gateway, Name: env.Name, Owner: noun.Platform, Region: env.Region, ASN: env.GatewayASN, VPC: noun.VPC,
	})
	return s.importVPC(tx, noun, env)
}
