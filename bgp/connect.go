package bgp

import (
	"fmt"
	"time"
)

// connectPatience is how long a dial may take. A SYN is repeated after one and
// after three seconds; a link that came up in between should not wait for the
// seventh.
const connectPatience = 3 * time.Second

// dial goes to Connect.
func (s *Session) dial() {
	s.resting, s.retryAt = Connect, time.Time{}
	c := s.add(true, Connect)
	c.deadline = s.now.Add(connectPatience)
	s.do(Dial{Conn: c.id})
}

// Dialed tells that the connection asked for by Dial exists (RFC 4271, section
// 8.1.4, event 16).
func (s *Session) Dialed(now time.Time, conn Conn) []Action {
	return s.step(now, func() {
		if c := s.find(conn); c != nil && c.state == Connect {
			s.open(c)
		}
	})
}

// DialFailed tells that the connection asked for by Dial could not be made
// (event 18): the session goes to Active and tries again soon.
func (s *Session) DialFailed(now time.Time, conn Conn, cause error) []Action {
	return s.step(now, func() {
		c := s.find(conn)
		if c == nil || c.state != Connect {
			return
		}
		s.connectFailed(c, fmt.Sprintf("cannot connect: %v", cause))
	})
}

func (s *Session) connectExpired(c *connection) {
	s.connectFailed(c, fmt.Sprintf("cannot connect: no answer in %v", connectPatience))
}

func (s *Session) connectFailed(c *connection, text string) {
	s.remove(c)
	// What the peer last said is worth more than that it does not answer now.
	if s.status.LastReason.Sender == SentByNobody && s.established() == nil {
		s.status.LastReason = Reason{Text: text, At: s.now}
	}
	s.resting = Active
	s.retrySoon()
}

// retrySoon plans another attempt after one that led to nothing: soon at first,
// and then ever later.
func (s *Session) retrySoon() {
	pause := min(firstRetry<<min(s.vain, 10), s.config.connectRetry())
	s.vain++
	s.retryAt = s.now.Add(s.jittered(pause))
}
