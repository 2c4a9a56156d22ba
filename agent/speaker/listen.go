package speaker

import "time"

func (p Peer) endpoint() endpoint {
	return endpoint{address: p.address(), remote: p.Session.PeerAddr}
}

// sameWire tells whether next differs only in what the peer cannot see and a
// running session can change.
func (p Peer) sameWire(next Peer) bool {
	p, next = p.apart(), next.apart()
	next.Session.IPv4.MaxPrefixes, next.Session.IPv6.MaxPrefixes = p.Session.IPv4.MaxPrefixes, p.Session.IPv6.MaxPrefixes
	next.Session.IdleHold, next.Session.ConnectRetry = p.Session.IdleHold, p.Session.ConnectRetry
	return p == next
}

// listen lets connections to r's address reach it, opening the listener if it
// is the first there.
func (s *Speaker) listen(r *runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.listeners[r.peer.address()]
	if l != nil {
		l.add(r)
		return
	}
	l = newListener(s.log, r.peer, s.poller)
	l.add(r)
	s.listeners[r.peer.address()] = l
	s.tasks.Go(l.open)
}

// keepListeners sees that every listener stays open, until stop is closed.
func (s *Speaker) keepListeners(stop <-chan struct{}) {
	ticker := time.NewTicker(reopenPause)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticker.C:
			s.reopen(now)
		}
	}
}

// reopen opens those that are shut; none waits for another's namespace.
func (s *Speaker) reopen(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		if l.look(now) {
			s.keepers.Go(l.open)
		}
	}
}

// unlisten undoes listen, closes a listener that nobody needs, and lets r's
// successor begin.
func (s *Speaker) unlisten(r *runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.listeners[r.peer.address()]
	if l.remove(r) {
		delete(s.listeners, r.peer.address())
		l.close()
	}
	if s.leaving[r.key] == r {
		delete(s.leaving, r.key)
	}
	close(r.left)
}
