package notice

import (
	"fmt"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// sightings tells what the edge saw of sessions.
func sightings(p *pen) error {
	return each(p, store.VIFSightings, func(p *pen, before, after *intent.VIFSeen) (out []news) {
		var was, is intent.VIFSeen
		if before != nil {
			was = *before
		}
		if after != nil {
			is = *after
		}
		tell := teller(p.tx, is.ID, was.ID)
		for _, s := range sessions(was, is) {
			out = append(out, session(tell, s.was, s.is)...)
		}
		if v, ok := store.VirtualInterfaces.Get(p.tx, string(is.ID)); ok {
			return append(out, prefixes(p, v, is, tell)...)
		}
		store.Standings.Delete(p.tx, prefixesOf(was.ID))
		return out
	})
}

// A pair is one session as it was seen before and is seen now; the zero value
// is none.
type pair struct{ was, is intent.SessionSeen }

func sessions(was, is intent.VIFSeen) (all []pair) {
	for _, s := range was.Session {
		all = append(all, pair{s, sessionOf(is, s.Peer)})
	}
	for _, s := range is.Session {
		if sessionOf(was, s.Peer).Peer == "" {
			all = append(all, pair{intent.SessionSeen{}, s})
		}
	}
	return all
}

func sessionOf(seen intent.VIFSeen, peer demarc.BGPPeerID) intent.SessionSeen {
	if i := slices.IndexFunc(seen.Session, func(s intent.SessionSeen) bool { return s.Peer == peer }); i >= 0 {
		return seen.Session[i]
	}
	return intent.SessionSeen{}
}

// teller makes news of an interface.
func teller(r store.Reader, ids ...demarc.VirtualInterfaceID) func(kind string, peer demarc.BGPPeerID, detail map[string]any) news {
	var v demarc.VirtualInterface
	for _, id := range ids {
		if id != "" && v.ID == "" {
			v, _ = store.VirtualInterfaces.Get(r, string(id))
		}
	}
	return func(kind string, peer demarc.BGPPeerID, detail map[string]any) news {
		detail["peer"] = peer
		return news{kind, string(v.ID), vifParties(v), []string{string(peer), string(v.Connection)}, detail}
	}
}

// session tells of one that came up, went down, or both between two looks.
func session(tell func(string, demarc.BGPPeerID, map[string]any) news, was, is intent.SessionSeen) (out []news) {
	peer := is.Peer
	if peer == "" {
		peer = was.Peer
	}
	between := was.Established() && is.Established() && !was.Since.Equal(is.Since)
	if was.Established() && (!is.Established() || between) {
		out = append(out, tell("bgp.down", peer, whyDown(is)))
	}
	if is.Established() && (!was.Established() || between) {
		out = append(out, tell("bgp.up", peer, map[string]any{"since": is.Since}))
	}
	switch {
	case is.BFD.Up() && !was.BFD.Up():
		out = append(out, tell("bfd.up", peer, map[string]any{"since": is.BFD.Since, "detectionMilliseconds": is.BFD.Detection.Milliseconds()}))
	case was.BFD.Up() && !is.BFD.Up():
		out = append(out, tell("bfd.down", peer, map[string]any{"reason": is.BFD.Reason, "state": is.BFD.State}))
	}
	return out
}

// whyDown is the reason in words, and the NOTIFICATION (RFC 4271, section 4.5)
// where there was one: code 6/2, and who sent it.
func whyDown(is intent.SessionSeen) map[string]any {
	detail := map[string]any{"state": is.State, "reason": is.Reason}
	if is.Peer == "" {
		detail["reason"] = "the session is taken down"
	}
	for _, change := range slices.Backward(is.History) {
		if change.State == "Established" {
			continue
		}
		if n := change.Notification; n != nil {
			detail["code"], detail["sentByUs"] = fmt.Sprintf("%d/%d", n.Code, n.Subcode), n.Sent
		}
		break
	}
	return detail
}
