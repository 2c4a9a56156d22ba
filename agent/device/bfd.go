package device

import (
	"context"
	"hash/fnv"

	"demarc"
	"demarc/agent/heartbeat"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/bfd"
	"demarc/bgp"
	"demarc/intent"
)

// watchNeighbours runs BFD until ctx ends, before sessions end.
func (d *Device) watchNeighbours(ctx context.Context) {
	if err := d.monitor.Run(ctx); err != nil {
		d.log.Error("neighbours are not watched", "err", err)
	}
}

// beginBFD answers a customer's BFD, or does not any more. Called with mu held.
func (d *Device) beginBFD(v *vif, s *session) error {
	want := s.peer.BFD
	if want == (intent.BFD{}) {
		d.monitor.Remove(s.key, nil)
		return nil
	}
	return d.monitor.Set(s.key, heartbeat.Peer{
		Namespace: v.place, Local: s.peer.Local.Addr(), Remote: s.peer.Remote.Addr(), Device: naming.VIFCustomer,
		Session: bfd.Config{
			Discriminator: discriminator(s.peer.ID), DesiredMinTx: want.Interval, RequiredMinRx: want.Interval,
			Multiplier: want.Multiplier, Passive: true, Resume: s.restarting,
		},
		VIF: string(s.vif),
	})
}

// holdBFD keeps BFD with a customer whose session is held down: the path is
// alive, and that is all BFD speaks of. A router that heard it go would think
// that it was the cause (RFC 5882, section 4.2, notwithstanding), and tell its
// operator so instead of what we have said in BGP. Without light it ends.
// Called with mu held.
func (d *Device) holdBFD(v *vif, s *session) error {
	if !d.lit(v) {
		d.monitor.Remove(s.key, nil)
		return nil
	}
	return d.beginBFD(v, s)
}

// endBoth ends a session that goes for good, and BFD with it once BGP has said
// so: the peer is de-configured (RFC 4486), for which there are no more words
// (RFC 9003, section 2). Called with mu held.
func (d *Device) endBoth(s *session, why string) (gone <-chan struct{}) {
	gone = d.endWith(s, why, bgp.Cease{Subcode: bgp.CeaseDeconfigured})
	d.monitor.Remove(s.key, gone)
	return gone
}

// discriminator is the same in each run of the agent, so that a new one can go
// on with the sessions of the one before.
func discriminator(id demarc.BGPPeerID) uint32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return max(h.Sum32(), 1)
}

// beat takes what BFD has to say. A path that failed ends the BGP session at
// once, and nothing of it is kept: graceful restart is for routers that have
// lost their control plane, and this one does not forward any more (RFC 5882,
// section 4.3). It is called by the monitor.
func (d *Device) beat(e heartbeat.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.config.Changed()
	s := d.sessions[e.Key]
	if s == nil {
		return
	}
	d.touchOf(s)
	if s.off != "" || !e.What.Failed {
		return
	}
	if err := d.speaker.Reset(s.key, bgp.Cease{Subcode: bgp.CeaseBFDDown, Text: e.What.Why.String()}); err != nil {
		d.log.Error("session outlives its path", "vif", string(s.vif), "peer", s.peer.Remote.Addr(), "err", err)
	}
	s.in = rib.In{}
	d.markSession(s)
	d.rushSession(s)
}

func (d *Device) bfdSeen(s *session) intent.BFDSeen {
	status, running := d.monitor.Status(s.key)
	if !running {
		return intent.BFDSeen{}
	}
	seen := intent.BFDSeen{
		State: status.State.String(), Since: status.Since,
		Transmit: status.Transmit, Receive: status.Receive, Detection: status.Detection,
		Ups: status.Ups, Refused: status.Refused, LastRefusal: status.LastRefusal,
	}
	if status.Why != bfd.NoDiagnostic {
		seen.Reason = status.Why.String()
	}
	if status.Discriminator != 0 {
		seen.Remote = status.Remote.String()
	}
	return seen
}
