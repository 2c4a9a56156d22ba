package cli

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc/client"
)

// lines has a tally read what ping writes, a line each ten milliseconds.
func (t *echoTally) lines(at time.Time, lines ...string) time.Time {
	for _, line := range lines {
		at = at.Add(10 * time.Millisecond)
		t.line(line, at)
	}
	return at
}

func answer(seq int) string {
	return fmt.Sprintf("64 bytes from 10.8.2.10: icmp_seq=%d ttl=61 time=0.41 ms", seq)
}

func answer6(seq int) string {
	return fmt.Sprintf("64 bytes from fd20:8:2::10: icmp_seq=%d ttl=60 time=0.117 ms", seq)
}

func waits(seq int) string { return fmt.Sprintf("no answer yet for icmp_seq=%d", seq) }

// many are lines of some requests.
func many(line func(int) string, from, to int) (all []string) {
	for seq := from; seq <= to; seq++ {
		all = append(all, line(seq&0xffff))
	}
	return all
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// TestWhatPingSaysIsCounted: what was answered, what was lost, and for how long,
// whatever ping is busy with.
func TestWhatPingSaysIsCounted(t *testing.T) {
	for _, tt := range []struct {
		name           string
		lines          []string
		answered, lost uint64
		silent         time.Duration
		mute           bool
	}{
		{"all is well", many(answer, 1, 300), 300, 0, 0, false},
		{"one is missing", append(append(many(answer, 1, 9), waits(10)), many(answer, 11, 300)...), 299, 1, 10 * time.Millisecond, false},
		{"three that ping says nothing of", append(many(answer, 1, 9), many(answer, 13, 300)...), 297, 3, 30 * time.Millisecond, false},
		{"late, and none is lost", append(many(waits, 1, 50), append(many(answer, 1, 50), many(answer, 51, 300)...)...), 300, 0, 0, false},
		{"an answer twice", append(many(answer, 1, 50), many(answer, 40, 300)...), 300, 0, 0, false},
		{"a second and a half of nothing", append(many(answer, 1, 100), many(waits, 101, 250)...), 100, 50, 500 * time.Millisecond, true},
		{"and then again", append(append(many(answer, 1, 100), many(waits, 101, 250)...), many(answer, 251, 500)...), 350, 150, 1500 * time.Millisecond, false},
		{"past the end of sixteen bits", many(answer, 65000, 65000+2000), 2001, 0, 0, false},
		{"IPv6", append(append(many(answer6, 1, 9), waits(10)), many(answer6, 11, 300)...), 299, 1, 10 * time.Millisecond, false},
		{"what is no line of its", []string{"PING 10.8.2.10 (10.8.2.10) from 192.168.50.10 : 56(84) bytes of data.", "From 192.168.50.1 icmp_seq=3 Destination Net Unreachable", ""}, 0, 0, 0, false},
	} {
		c := &echoTally{interval: 10 * time.Millisecond}
		c.lines(noon, tt.lines...)
		got := c.counted
		if got.answered != tt.answered || got.lost != tt.lost || got.silent.Round(10*time.Millisecond) != tt.silent || got.mute != tt.mute {
			t.Errorf("%s: got %+v", tt.name, got)
		}
	}
}

// TestAReaderThatIsLate loses nothing: time goes on with ping's lines.
func TestAReaderThatIsLate(t *testing.T) {
	c := &echoTally{interval: 10 * time.Millisecond}
	at := c.lines(noon, many(answer, 1, 100)...)
	c.lines(at.Add(time.Minute), many(answer, 101, 200)...)
	if c.counted.answered != 200 || c.counted.lost != 0 || c.counted.mute {
		t.Errorf("got %+v", c.counted)
	}
}

// TestPingsOneAfterTheOther are counted together, without what the one that ended
// still waited for.
func TestPingsOneAfterTheOther(t *testing.T) {
	a := &asker{from: netip.MustParseAddr("192.168.50.10"), now: echoTally{interval: 10 * time.Millisecond}}
	a.read(strings.NewReader(strings.Join(append(many(answer, 1, 100), many(waits, 101, 120)...), "\n")))
	a.past, a.now = a.total(), echoTally{interval: 10 * time.Millisecond}
	a.read(strings.NewReader(strings.Join(many(answer, 1, 50), "\n")))
	if got, fault := a.counted(); got.Sent != 150 || got.Answered != 150 || got.Lost != 0 || got.TTL != 61 || fault != "" {
		t.Errorf("got %+v, %q", got, fault)
	}
}

// TestWhichEndIsOnWhichPath: an address that is on both tells nothing.
func TestWhichEndIsOnWhichPath(t *testing.T) {
	addr := netip.MustParseAddr
	got := pathsOf([]client.End{
		{Interface: "dxvif-1", Type: "private", Addresses: []netip.Addr{addr("169.254.1.1"), addr("169.254.9.1")}},
		{Interface: "dxvif-2", Type: "transit", DirectConnectGateway: "dxgw-1", Addresses: []netip.Addr{addr("169.254.2.1"), addr("169.254.9.1")}},
		{Interface: "dxvif-3", Type: "transit", DirectConnectGateway: "dxgw-2", Addresses: []netip.Addr{addr("169.254.3.1")}},
		{Interface: "dxvif-4", Type: "private", Addresses: []netip.Addr{addr("169.254.4.1")}},
	}, []string{"dxvif-1"}, []string{"dxgw-1"})
	if len(got) != 2 || got[addr("169.254.1.1")] != "old" || got[addr("169.254.2.1")] != "new" {
		t.Errorf("got %v", got)
	}
	for line, router := range map[string]string{
		"From 169.254.2.1 icmp_seq=1 Time to live exceeded":            "169.254.2.1",
		"From fd01:f0::1 icmp_seq=1 Time exceeded: Hop limit":          "fd01:f0::1",
		"From fd01:f0::1 icmp_seq=1 Destination unreachable: No route": "",
	} {
		m := echoExceeded.FindStringSubmatch(line)
		if len(m) == 0 && router != "" || len(m) > 0 && m[1] != router {
			t.Errorf("%s: got %q, want %q", line, m, router)
		}
	}
}
