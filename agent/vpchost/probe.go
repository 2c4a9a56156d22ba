package vpchost

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

const (
	// probePatience is how long an answer may take before it counts as lost.
	probePatience = time.Second
	// probeRetry is how soon it is tried again to send at all.
	probeRetry = time.Second
)

// A prober sends the probes of one VPC and family and keeps what they find. It
// lasts as long as its VPC has any; its counters begin with it.
type prober struct {
	stop context.CancelFunc

	mu     sync.Mutex // guards everything below
	want   []intent.Probe
	probes map[netip.Addr]*probe
}

// A probe is what is known of one target.
type probe struct {
	seen    intent.ProbeSeen
	next    time.Time
	last    time.Time // the answer before
	pending map[uint16]request
}

// A request waits for its answer. Interval is the time that it stands for.
type request struct {
	sent     time.Time
	out      string
	interval time.Duration
}

// adoptProbes begins, changes or ends the probing of a VPC, whose namespace may
// have been made anew. Called with mu held, after Run has begun.
func (h *Host) adoptProbes(ctx context.Context, v *vpc, fresh bool) {
	var want [len(v.probers)][]intent.Probe
	if v.want != nil {
		for _, p := range v.want.Probes {
			family := 0
			if p.Target.Is6() {
				family = 1
			}
			want[family] = append(want[family], p)
		}
	}
	for family := range v.probers {
		h.adoptFamily(ctx, v, &v.probers[family], want[family], fresh)
	}
}

func (h *Host) adoptFamily(ctx context.Context, v *vpc, p **prober, want []intent.Probe, fresh bool) {
	if *p != nil && (fresh || len(want) == 0) {
		(*p).stop()
		*p = nil
	}
	if len(want) > 0 && *p == nil {
		probing, stop := context.WithCancel(ctx)
		begun := &prober{stop: stop, probes: map[netip.Addr]*probe{}}
		*p = begun
		id := demarc.VPCID(v.id)
		h.watches.Go(func() { h.probe(probing, id, begun) })
	}
	if *p != nil {
		(*p).adopt(want)
	}
}

func (p *prober) adopt(want []intent.Probe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = want
	kept := map[netip.Addr]*probe{}
	for _, w := range want {
		if kept[w.Target] = p.probes[w.Target]; kept[w.Target] == nil {
			kept[w.Target] = &probe{seen: intent.ProbeSeen{Target: w.Target}, pending: map[uint16]request{}}
		}
	}
	p.probes = kept
}

// seen is what the probes found, by target.
func (p *prober) seen() (all []intent.ProbeSeen) {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, target := range slices.SortedFunc(maps.Keys(p.probes), netip.Addr.Compare) {
		all = append(all, p.probes[target].seen)
	}
	return all
}

// probe sends and hears until ctx ends; what fails is begun anew.
func (h *Host) probe(ctx context.Context, id demarc.VPCID, p *prober) {
	for ctx.Err() == nil {
		if err := h.probeOnce(ctx, id, p); err != nil && ctx.Err() == nil {
			p.trouble(err.Error())
			h.config.Changed()
		}
		select {
		case <-ctx.Done():
		case <-time.After(probeRetry):
		}
	}
}

// trouble notes why nothing is sent; empty that it is.
func (p *prober) trouble(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, probe := range p.probes {
		probe.seen.Trouble = why
	}
}

// probeOnce probes with one socket, until ctx ends, the source changes or
// something fails.
func (h *Host) probeOnce(ctx context.Context, id demarc.VPCID, p *prober) error {
	source, ok := p.source()
	if !ok {
		return errors.New("there is nothing to probe")
	}
	n, err := linux.OpenNamespace(h.namespace(string(id)))
	if err != nil {
		return err
	}
	defer n.Close()
	e, err := linux.OpenEcho(n, source)
	if err != nil {
		return err
	}
	defer e.Close()
	p.trouble("")
	ways := &ways{host: h, vpc: id, namespace: n, names: map[int]string{}}
	for number := uint16(0); ctx.Err() == nil; {
		if now, _ := p.source(); now != source {
			return nil
		}
		for _, w := range p.due(time.Now()) {
			number++
			p.ask(e, w, number, ways.target(e.LeavesBy(w.Target)))
		}
		reply, err := e.Receive(p.nextAt())
		switch {
		case err == nil:
			if p.answered(reply, ways.target(reply.Link), time.Now()) {
				h.config.Changed()
			}
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		}
		if p.expire(time.Now()) {
			h.config.Changed()
		}
	}
	return nil
}

// source is where the probes come from: they are all of one VPC and family.
func (p *prober) source() (netip.Addr, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.want) == 0 {
		return netip.Addr{}, false
	}
	return p.want[0].Source, true
}

// due are the probes whose time has come, and notes when theirs comes next.
func (p *prober) due(now time.Time) (due []intent.Probe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.want {
		probe := p.probes[w.Target]
		if now.Before(probe.next) {
			continue
		}
		if probe.next = probe.next.Add(w.Interval); probe.next.Before(now) {
			probe.next = now.Add(w.Interval) // what a busy machine missed is not made up for
		}
		due = append(due, w)
	}
	return due
}

// nextAt is when something is to be done without an answer.
func (p *prober) nextAt() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := time.Now().Add(probePatience)
	for _, probe := range p.probes {
		if probe.next.Before(next) {
			next = probe.next
		}
	}
	return next
}

// ask sends a request that leaves by a way. One that cannot be sent is lost
// like any other.
func (p *prober) ask(e *linux.Echo, w intent.Probe, number uint16, out string) {
	p.mu.Lock()
	if probe := p.probes[w.Target]; probe != nil {
		probe.seen.Count.Sent++
		probe.pending[number] = request{time.Now(), out, w.Interval}
	}
	p.mu.Unlock()
	_ = e.Send(w.Target, number)
}

// answered takes up an answer, and reports whether it is news.
func (p *prober) answered(reply linux.EchoReply, in string, now time.Time) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	probe := p.probes[reply.From]
	if probe == nil {
		return false
	}
	asked, waits := probe.pending[reply.Number]
	if !waits {
		return false
	}
	delete(probe.pending, reply.Number)
	s := &probe.seen
	s.Count.Answered++
	if asked.out != in {
		s.Count.Asymmetric += asked.stands(probe.last, now)
	}
	probe.last = now
	if s.Out != asked.out || s.In != in || s.Silent {
		news = true
		if s.Out != asked.out || s.In != in {
			s.Since = now.UTC()
		}
		s.Out, s.In, s.Silent = asked.out, in, false
	}
	return news
}

// stands is the time that an answer says something about: since the one before,
// or since the request, if that is longer ago than it should.
func (r request) stands(last, now time.Time) time.Duration {
	if last.IsZero() || now.Sub(last) > 2*r.interval {
		return r.interval
	}
	return now.Sub(last)
}

// expire gives up requests that were not answered in time, and reports whether
// that is news.
func (p *prober) expire(now time.Time) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, probe := range p.probes {
		for number, asked := range probe.pending {
			if now.Sub(asked.sent) < probePatience {
				continue
			}
			delete(probe.pending, number)
			probe.seen.Count.Lost++
			probe.seen.Count.Silent += asked.interval
			if !probe.seen.Silent && probe.last.Before(asked.sent) {
				probe.seen.Silent, news = true, true
			}
		}
	}
	return news
}

// ways tells which target of route tables a link of the VPC leads to.
type ways struct {
	host      *Host
	vpc       demarc.VPCID
	namespace *linux.Namespace
	names     map[int]string // by index
}

// target is empty for a link that leads out of the VPC nowhere, and for none.
func (w *ways) target(index int) string {
	if index == 0 {
		return ""
	}
	if _, known := w.names[index]; !known {
		name, err := linux.LinkName(w.namespace, index)
		if err != nil {
			return ""
		}
		w.names[index] = name // an index is never given twice
	}
	w.host.mu.Lock()
	defer w.host.mu.Unlock()
	v := w.host.vpcs[w.vpc]
	if v == nil || v.want == nil {
		return ""
	}
	return v.targetOf(w.names[index])
}

// targetOf is what a route table calls the far end of a link. Called with
// Host.mu held.
func (v *vpc) targetOf(link string) string {
	if igw := v.want.InternetGateway; igw != nil && link == naming.VPCInternet {
		return igw.ID
	}
	if t, ok := v.transits()[link]; ok {
		return string(t.Gateway)
	}
	if l := v.links[link]; l != nil {
		return string(l.gateway.Target)
	}
	return ""
}
