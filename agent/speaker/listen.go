package speaker

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
	l = newListener(s.log, r.peer)
	l.add(r)
	s.listeners[r.peer.address()] = l
	s.tasks.Go(l.run)
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
