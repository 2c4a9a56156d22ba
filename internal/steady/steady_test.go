package steady_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"demarc/internal/steady"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const year = 365 * 24 * time.Hour

// A machine has a clock that can be set, and a count that cannot.
type machine struct {
	*testing.T
	clock  *steady.Clock
	ahead  time.Duration
	passed time.Duration
	log    bytes.Buffer
}

func newMachine(t *testing.T) *machine {
	m := &machine{T: t}
	m.clock = steady.Of(slog.New(slog.NewTextHandler(&m.log, nil)), func() (time.Time, time.Duration) {
		return noon.Add(m.passed + m.ahead), m.passed
	})
	return m
}

// pass lets time pass, and somebody look at the clock every few seconds.
func (m *machine) pass(d time.Duration) {
	for end := m.passed + d; m.passed < end; {
		m.passed = min(m.passed+5*time.Second, end)
		m.clock.Now()
	}
}

// is fails the test unless the clock is so far off the time that has passed, and
// says how far the machine's is off it.
func (m *machine) is(off time.Duration) {
	m.Helper()
	if got := m.clock.Now().Sub(noon.Add(m.passed)); got != off {
		m.Errorf("%v after noon, with the machine %v ahead, the clock is %v ahead; want %v", m.passed, m.ahead, got, off)
	}
	if got := m.clock.Off(); got != m.ahead-off {
		m.Errorf("%v after noon, with the machine %v ahead, the clock says that it is %v off; want %v", m.passed, m.ahead, got, m.ahead-off)
	}
}

func (m *machine) said(what string, times int) {
	m.Helper()
	if got := strings.Count(m.log.String(), what); got != times {
		m.Errorf("%q was said %d times, want %d:\n%s", what, got, times, m.log.String())
	}
}

const (
	jumped   = "the machine's clock jumped"
	back     = "the machine's clock is back"
	believed = "the machine's clock is believed"
)

func TestAJumpAndBackIsNotFollowed(t *testing.T) {
	for _, by := range []time.Duration{2 * time.Minute, time.Hour, 10 * year, 200 * year, -2 * time.Minute, -time.Hour, -10 * year} {
		m := newMachine(t)
		m.pass(time.Hour)
		m.is(0)
		m.ahead = by
		m.pass(14 * time.Minute)
		if got := m.clock.Now(); !got.Equal(noon.Add(m.passed)) {
			t.Errorf("a jump by %v was followed to %v", by, got)
		}
		m.ahead = 0
		m.is(0)
		m.pass(time.Hour)
		m.is(0)
		m.said(jumped, 1)
		m.said(back, 1)
		m.said(believed, 0)
	}
}

func TestAJumpThatStandsIsBelieved(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 10 * year, -time.Hour, -10 * year} {
		m := newMachine(t)
		m.ahead = by
		m.pass(15 * time.Minute)
		m.is(0)
		m.pass(5 * time.Second)
		m.is(by)
		m.pass(time.Hour)
		m.is(by)
		m.said(jumped, 1)
		m.said(believed, 1)
	}
}

// Each jump has to stand for itself: one that goes to and fro is never believed.
func TestAClockThatKeepsJumping(t *testing.T) {
	m := newMachine(t)
	for range 5 {
		m.ahead = time.Hour
		m.pass(10 * time.Minute)
		m.is(0)
		m.ahead = -2 * time.Hour
		m.pass(10 * time.Minute)
		m.is(0)
	}
	m.said(jumped, 10)
	m.said(believed, 0)
}

// A clock that was behind when the process began is believed when it is set.
func TestAClockThatBeganBehind(t *testing.T) {
	m := newMachine(t)
	m.clock.After(noon.Add(10 * year))
	m.said("behind what was dated by it", 1)
	m.pass(time.Minute)
	m.ahead = 10*year + time.Hour
	m.is(m.ahead)
	m.said(jumped, 0)
	m.pass(time.Minute)
	m.ahead = 20 * year
	m.is(10*year + time.Hour)
	m.said(jumped, 1)
}

// A clock that is slewed is followed, however far that goes in the end.
func TestASlewIsFollowed(t *testing.T) {
	m := newMachine(t)
	for range 1000 {
		m.pass(5 * time.Second)
		m.ahead += 2500 * time.Microsecond // 500 parts per million
		m.is(m.ahead)
	}
	m.ahead += 50 * time.Second
	m.is(m.ahead)
	m.said(jumped, 0)
}

func TestTheMachinesOwn(t *testing.T) {
	c := steady.New(slog.New(slog.DiscardHandler))
	before := time.Now()
	now := c.Now()
	if now.Before(before.Round(0)) || now.After(time.Now().Round(0)) || now.Location() != time.UTC || c.Off() != 0 {
		t.Errorf("it is %v, %v off; want the machine's time after %v, in UTC", now, c.Off(), before)
	}
}
