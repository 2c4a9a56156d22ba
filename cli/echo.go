package cli

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"demarc/client"
)

// echoPatience is how long an answer may take before it counts as lost.
const echoPatience = time.Second

// An echoTally counts what ping says of echoes that are asked for again and again. Time
// goes on for it with ping's own lines: while ping cannot run, or is not read,
// nothing is lost that was not seen to be.
type echoTally struct {
	interval time.Duration // between requests, as asked for
	begun    time.Time
	first    uint64 // number of the first request that was heard of
	sent     uint64 // number of the latest one
	answered uint64 // number of the latest one that was answered
	pending  map[uint64]time.Time
	counted  echoCount
}

// An echoCount is what came of requests: what is not answered yet is in none.
type echoCount struct {
	answered, lost uint64
	silent         time.Duration // what the lost ones stand for
	ttl            int           // that the latest answer had left
	mute           bool          // a later one than the latest answer's is lost
}

var (
	echoAnswered = regexp.MustCompile(`icmp_seq=(\d+) ttl=(\d+)`)
	echoWaits    = regexp.MustCompile(`^no answer yet for icmp_seq=(\d+)`)
)

// line takes up a line that ping has written.
func (t *echoTally) line(text string, now time.Time) {
	if m := echoAnswered.FindStringSubmatch(text); m != nil {
		number := t.number(m[1])
		t.asked(number, now)
		t.answer(number, m[2])
	} else if m := echoWaits.FindStringSubmatch(text); m != nil {
		t.asked(t.number(m[1]), now)
	}
	t.expire(now)
}

// number is that of a request, of which ping writes the lower sixteen bits.
func (t *echoTally) number(text string) uint64 {
	low, _ := strconv.ParseUint(text, 10, 16)
	if t.sent == 0 {
		return 1<<16 + low
	}
	return uint64(int64(t.sent) + int64(int16(uint16(low)-uint16(t.sent))))
}

// asked notes that requests were sent up to a number.
func (t *echoTally) asked(number uint64, now time.Time) {
	if t.sent == 0 {
		t.begun, t.first, t.sent, t.pending = now, number, number-1, map[uint64]time.Time{}
	}
	for ; t.sent < number; t.sent++ {
		t.pending[t.sent+1] = now
	}
}

// answer takes an answer; one that comes twice, or too late, is none.
func (t *echoTally) answer(number uint64, ttl string) {
	if _, waits := t.pending[number]; !waits {
		return
	}
	delete(t.pending, number)
	t.counted.answered++
	t.counted.ttl, _ = strconv.Atoi(ttl)
	if number > t.answered {
		t.answered, t.counted.mute = number, false
	}
}

// expire gives up requests whose time is over. Each stands for the time between
// two, as it really was.
func (t *echoTally) expire(now time.Time) {
	stands := t.interval
	if n := t.sent - t.first; n > 0 {
		stands = max(stands, now.Sub(t.begun)/time.Duration(n))
	}
	for number, at := range t.pending {
		if now.Sub(at) < echoPatience {
			continue
		}
		delete(t.pending, number)
		t.counted.lost++
		t.counted.silent += stands
		t.counted.mute = t.counted.mute || number > t.answered
	}
}

// An asker asks an address for echoes from another, with the machine's own ping,
// and finds which way the requests go in.
type asker struct {
	from, to netip.Addr
	interval time.Duration
	ends     func() map[netip.Addr]string // Amazon's, with the path that each is on
	hurry    func() bool

	hops int // where an end was met last; follow's own

	mu    sync.Mutex // guards what follows
	past  echoCount
	now   echoTally
	in    string
	fault string
}

// run asks until ctx ends; a ping that ends is begun again.
func (a *asker) run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { a.follow(ctx) })
	for ctx.Err() == nil {
		err := a.ping(ctx)
		a.mu.Lock()
		if a.fault = ""; err != nil && ctx.Err() == nil {
			a.fault = "ping from " + a.from.String() + ": " + err.Error()
		}
		a.past = a.total()
		a.now = echoTally{}
		a.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	both.Wait()
}

// ping runs one ping until it ends.
func (a *asker) ping(ctx context.Context) error {
	a.mu.Lock()
	a.now = echoTally{interval: a.interval}
	a.mu.Unlock()
	cmd := exec.CommandContext(ctx, "ping", "-n", "-O", "-i", strconv.FormatFloat(a.interval.Seconds(), 'f', -1, 64), "-I", a.from.String(), a.to.String())
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	a.read(out)
	return cmd.Wait()
}

func (a *asker) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		a.mu.Lock()
		a.now.line(lines.Text(), time.Now())
		a.mu.Unlock()
	}
}

// total is what all pings have counted; called with mu held. What one waited for
// that has ended is forgotten: nobody knows of it.
func (a *asker) total() echoCount {
	t := a.now.counted
	t.answered, t.lost, t.silent = t.answered+a.past.answered, t.lost+a.past.lost, t.silent+a.past.silent
	return t
}

// counted is what there is to say, and why nothing is counted.
func (a *asker) counted() (client.Echoes, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.total()
	return client.Echoes{
		Probe: a.from, Sent: t.answered + t.lost, Answered: t.answered, Lost: t.lost, SilentMilliseconds: t.silent.Milliseconds(), TTL: t.ttl, In: a.in, Silent: t.mute,
	}, a.fault
}

// farthest is how many routers away Amazon's end is looked for.
const farthest = 8

var echoExceeded = regexp.MustCompile(`From (\S+?):? icmp_seq=\d+ (?:Time to live exceeded|Time exceeded: Hop limit)`)

// follow finds again and again on which path Amazon's end answers on the way in:
// first where it was met last, and else at every distance.
func (a *asker) follow(ctx context.Context) {
	for ctx.Err() == nil {
		path := ""
		if a.hops > 0 {
			path = a.met(ctx, a.hops)
		}
		if path == "" {
			a.hops, path = a.search(ctx)
		}
		a.mu.Lock()
		a.in = path
		a.mu.Unlock()
		pause := 5 * time.Second
		if a.hurry() || path == "" {
			pause = time.Second // routers answer so often
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (a *asker) search(ctx context.Context) (hops int, path string) {
	found := make([]string, farthest+1)
	var all sync.WaitGroup
	for n := 1; n <= farthest; n++ {
		all.Go(func() { found[n] = a.met(ctx, n) })
	}
	all.Wait()
	hops = slices.IndexFunc(found, func(p string) bool { return p != "" })
	if hops < 0 {
		return 0, ""
	}
	return hops, found[hops]
}

// met is the path whose Amazon end is so far away; empty for none.
func (a *asker) met(ctx context.Context, hops int) string {
	ends := a.ends()
	if len(ends) == 0 {
		return ""
	}
	out, _ := exec.CommandContext(ctx, "ping", "-n", "-c", "1", "-W", "1", "-t", strconv.Itoa(hops), "-I", a.from.String(), a.to.String()).Output()
	m := echoExceeded.FindSubmatch(out)
	if m == nil {
		return ""
	}
	router, _ := netip.ParseAddr(string(m[1]))
	return ends[router]
}

// pathsOf are Amazon's ends with the path that each is on: hosted interfaces are
// the old one, transit interfaces of these gateways the new one. An address that
// is on both tells nothing.
func pathsOf(ends []client.End, hosted, gateways []string) map[netip.Addr]string {
	paths := map[netip.Addr]string{}
	for _, e := range ends {
		path := ""
		switch {
		case slices.Contains(hosted, e.Interface):
			path = "old"
		case e.Type == "transit" && slices.Contains(gateways, e.DirectConnectGateway):
			path = "new"
		default:
			continue
		}
		for _, a := range e.Addresses {
			if have, twice := paths[a]; twice && have != path {
				path = ""
			}
			paths[a] = path
		}
	}
	maps.DeleteFunc(paths, func(_ netip.Addr, path string) bool { return path == "" })
	return paths
}
