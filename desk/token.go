package desk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
)

// How long a token may be good for, and how long one that was never redeemed
// is remembered.
const (
	DefaultTokenLife = 7 * 24 * time.Hour
	longestTokenLife = 90 * 24 * time.Hour
	tokenRemembered  = 30 * 24 * time.Hour
)

// tokenKind begins the text of a token, so that people and scanners know one.
const tokenKind = "demarc-link-1"

// NewToken is what a customer says about a token; zero values are defaults:
// a week, the leg's VLAN or any, as many prefixes as a session takes.
type NewToken struct {
	Leg                 string
	Life                time.Duration
	FirstVLAN, LastVLAN int
	Prefixes            int
}

// IssueToken makes a token for a leg of a link of a partner's, and returns its
// text, which is kept nowhere. One that the leg had before is withdrawn.
func IssueToken(tx *store.Tx, by demarc.AccountID, id demarc.LinkID, ask NewToken, now time.Time) (demarc.LinkToken, demarc.Secret, error) {
	link, err := asLinkCustomer(tx, by, id)
	if err != nil {
		return demarc.LinkToken{}, demarc.Secret{}, err
	}
	env, _ := store.Environments.Get(tx, link.Environment)
	if refusal := entitled(tx, env); refusal != nil {
		return demarc.LinkToken{}, demarc.Secret{}, refusal
	}
	if refusal := gateway.Exclusive(tx, env); refusal != nil {
		return demarc.LinkToken{}, demarc.Secret{}, refusal
	}
	leg, err := freeLeg(tx, link, ask.Leg, now)
	if err != nil {
		return demarc.LinkToken{}, demarc.Secret{}, err
	}
	terms, err := ask.terms(env, link, leg, now)
	if err != nil {
		return demarc.LinkToken{}, demarc.Secret{}, err
	}
	for old := range store.LinkTokens.By(tx, "link", string(link.ID)) {
		if old.Leg == leg.ID && old.StateAt(now) == demarc.TokenIssued {
			old.Withdrawn = now
			store.LinkTokens.Put(tx, old)
		}
	}
	t := demarc.LinkToken{TokenTerms: terms, Customer: by, Issued: now}
	store.LinkTokens.Put(tx, t)
	text, err := sign(tx, terms)
	return t, text, err
}

// asLinkCustomer finds a link whose customer the account is.
func asLinkCustomer(r store.Reader, by demarc.AccountID, id demarc.LinkID) (demarc.Link, error) {
	link, err := Link(r, by, id)
	if err == nil && link.Customer != by {
		err = demarc.Errorf(demarc.Denied, "link %s is of account %s, and this is its customer's move", id, link.Customer).
			Coded("E-NOT-CUSTOMER", "Let the customer do it").By(demarc.Customer)
	}
	return link, err
}

// freeLeg finds a leg that a partner is to build and has not built.
func freeLeg(r store.Reader, link demarc.Link, id string, now time.Time) (demarc.Leg, error) {
	if link.Topology != demarc.PartnerCage {
		return demarc.Leg{}, demarc.Errorf(demarc.Invalid, "link %s has topology %s: no partner builds it", link.ID, link.Topology).
			Coded("E-TOPOLOGY", "Allocate the interface yourself, or request a link with topology partner")
	}
	for _, l := range find(r, link, now).legs {
		if l.ID != id && !(id == "" && len(link.Legs) == 1) {
			continue
		}
		if err := link.GoesOn(l.ID); err != nil {
			return l.Leg, err
		}
		if alive(l.vif) {
			return l.Leg, demarc.Errorf(demarc.Conflict, "leg %s has interface %s", l.ID, l.vif.ID).
				Coded("E-TOKEN-LEG", "Have the interface deleted first").In("leg")
		}
		if l.asked() {
			return l.Leg, demarc.Errorf(demarc.Conflict, "leg %s has an interface by token %s", l.ID, l.token.ID).
				Coded("E-TOKEN-LEG", "Have the interface deleted first").In("leg")
		}
		return l.Leg, nil
	}
	return demarc.Leg{}, demarc.Errorf(demarc.Invalid, "link %s has no leg %q", link.ID, id).
		Coded("E-TOKEN-LEG", "Say one of the letters that demarc link status shows").In("leg")
}

// terms are what the token will say.
func (n NewToken) terms(env demarc.Environment, link demarc.Link, leg demarc.Leg, now time.Time) (demarc.TokenTerms, error) {
	if n.Life == 0 {
		n.Life = DefaultTokenLife
	}
	if n.Prefixes == 0 {
		n.Prefixes = intent.DefaultPrefixLimit
	}
	if n.FirstVLAN == 0 && n.LastVLAN == 0 {
		n.FirstVLAN, n.LastVLAN = 1, 4094
		if leg.VLAN != 0 {
			n.FirstVLAN, n.LastVLAN = int(leg.VLAN), int(leg.VLAN)
		}
	}
	refusal := func(field, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-TOKEN-TERMS", "Correct it, or leave it out").In(field)
	}
	switch {
	case n.Life < time.Minute || n.Life > longestTokenLife:
		return demarc.TokenTerms{}, refusal("hours", "a token is good for a minute to 90 days, not %s", n.Life)
	case n.FirstVLAN < 1 || n.LastVLAN > 4094 || n.FirstVLAN > n.LastVLAN:
		return demarc.TokenTerms{}, refusal("firstVlan", "VLANs %d to %d are no range within 1 to 4094", n.FirstVLAN, n.LastVLAN)
	case leg.VLAN != 0 && (int(leg.VLAN) < n.FirstVLAN || int(leg.VLAN) > n.LastVLAN):
		return demarc.TokenTerms{}, refusal("firstVlan", "leg %s asks for VLAN %d, which is not among %d to %d", leg.ID, leg.VLAN, n.FirstVLAN, n.LastVLAN)
	case n.Prefixes < 1 || n.Prefixes > intent.DefaultPrefixLimit:
		return demarc.TokenTerms{}, refusal("prefixes", "a session takes 1 to %d prefixes, not %d", intent.DefaultPrefixLimit, n.Prefixes)
	}
	account, region := env.Platform, env.Region
	if env.Away() {
		account, region = env.Elsewhere.Account, env.Elsewhere.Region
	}
	return demarc.TokenTerms{
		ID: demarc.NewLinkTokenID(), Link: link.ID, Leg: leg.ID, Environment: env.Name, Account: account,
		Region: region, Location: leg.Location, Bandwidth: leg.Bandwidth, FirstVLAN: demarc.VLAN(n.FirstVLAN), LastVLAN: demarc.VLAN(n.LastVLAN),
		ASN: leg.ASN, AmazonAddress: leg.AmazonAddress, CustomerAddress: leg.CustomerAddress, MTU: leg.MTU, Prefixes: n.Prefixes,
		Expires: now.Add(n.Life).UTC().Truncate(time.Second),
	}, nil
}

// WithdrawToken takes a token back that was not redeemed. One that has ended
// stays as it is.
func WithdrawToken(tx *store.Tx, by demarc.AccountID, id demarc.LinkTokenID, now time.Time) (demarc.LinkToken, error) {
	t, ok := store.LinkTokens.Get(tx, string(id))
	if !ok || t.Customer != by {
		return demarc.LinkToken{}, demarc.Errorf(demarc.NotFound, "no token %q", id)
	}
	if t.StateAt(now) == demarc.TokenIssued {
		t.Withdrawn = now
		store.LinkTokens.Put(tx, t)
	}
	return t, nil
}

// Tokens lists those of a link, the oldest first, for who may see the link.
func Tokens(r store.Reader, by demarc.AccountID, id demarc.LinkID) ([]demarc.LinkToken, error) {
	link, err := Link(r, by, id)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(store.LinkTokens.By(r, "link", string(link.ID)))
	slices.SortFunc(all, func(a, b demarc.LinkToken) int { return a.Issued.Compare(b.Issued) })
	return all, nil
}

// sign writes a token: its terms, and a MAC over them by a key of the site.
func sign(r store.Reader, terms demarc.TokenTerms) (demarc.Secret, error) {
	payload, err := json.Marshal(terms)
	if err != nil {
		return demarc.Secret{}, fmt.Errorf("write token %s: %w", terms.ID, err)
	}
	body := tokenKind + "." + base64.RawURLEncoding.EncodeToString(payload)
	mac, err := macOf(r, body)
	return demarc.NewSecret(body + "." + base64.RawURLEncoding.EncodeToString(mac)), err
}

func macOf(r store.Reader, body string) ([]byte, error) {
	keys, ok := store.SiteKeys.Get(r, store.OnlyRow)
	if !ok || keys.LinkTokens.IsZero() {
		return nil, errors.New("the site has no key to sign tokens with")
	}
	h := hmac.New(sha256.New, []byte(keys.LinkTokens.Reveal()))
	h.Write([]byte(body))
	return h.Sum(nil), nil
}

// readToken takes the text of a token and believes it only where the MAC is
// right. What looks like a token that we made, and is not, was altered.
func readToken(r store.Reader, text demarc.Secret) (demarc.LinkToken, error) {
	forged := demarc.Errorf(demarc.Denied, "this is no token of this site").
		Coded("E-TOKEN-FORGED", "Ask your customer for the whole text of the token").By(demarc.Customer).In("token")
	body, signature, ok := cutLast(strings.TrimSpace(text.Reveal()))
	encoded, kind := strings.CutPrefix(body, tokenKind+".")
	payload, err := base64.RawURLEncoding.DecodeString(encoded)
	mac, unsigned := base64.RawURLEncoding.DecodeString(signature)
	var terms demarc.TokenTerms
	if !ok || !kind || err != nil || unsigned != nil || json.Unmarshal(payload, &terms) != nil {
		return demarc.LinkToken{}, forged
	}
	want, err := macOf(r, body)
	if err != nil {
		return demarc.LinkToken{}, err
	}
	t, there := store.LinkTokens.Get(r, string(terms.ID))
	switch {
	case !hmac.Equal(mac, want) && there:
		return demarc.LinkToken{}, demarc.Errorf(demarc.Denied, "the token is not as it was issued").
			Coded("E-TOKEN-ALTERED", "Ask your customer for the token again").By(demarc.Customer).In("token")
	case !hmac.Equal(mac, want) && elsewhere(r, terms.Region):
		return demarc.LinkToken{}, demarc.Errorf(demarc.Invalid, "the token says that it is for region %s, which is not here", terms.Region).
			Coded("E-TOKEN-WRONG-REGION", "Redeem it with the endpoint of that region").In("token")
	case !hmac.Equal(mac, want):
		return demarc.LinkToken{}, forged
	case !there: // forgotten since
		return demarc.LinkToken{TokenTerms: terms}, nil
	}
	return t, nil
}

// regionName is what a region may be called, for words that nobody has signed.
var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

// elsewhere reports whether a region is another site's. Each has keys of its
// own, so that its tokens cannot be told from forged ones; but who has mistaken
// the endpoint is helped by being told so, and learns nothing.
func elsewhere(r store.Reader, region demarc.Region) bool {
	for l := range store.Locations.All(r) {
		if l.Region == region {
			return false
		}
	}
	return regionName.MatchString(string(region))
}

// cutLast cuts at the last full stop.
func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// forgetTokens forgets those that were never redeemed, some time after their
// end. Their texts are expired for ever.
func forgetTokens(tx *store.Tx, now time.Time) {
	left := settledAtOnce
	for t := range store.LinkTokens.All(tx) {
		if left > 0 && t.Redeemed.IsZero() && now.Sub(t.Expires) >= tokenRemembered {
			store.LinkTokens.Delete(tx, string(t.ID))
			left--
		}
	}
}
