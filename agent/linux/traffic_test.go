package linux_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
)

func TestEnsureTBFHoldsItsRate(t *testing.T) {
	const rate = 50_000_000
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	must(t, linux.EnsureTBF(a.Namespace, "x", rate))
	var got float64
	for end := time.Now().Add(patience); got < 0.8*rate && time.Now().Before(end); { // never more; less only while somebody else uses the machine
		before := state(t, b.Namespace, "x")
		elapsed := flood(t, a.Namespace, "10.9.0.2:9", 700*time.Millisecond)
		got = float64(state(t, b.Namespace, "x").RxBytes-before.RxBytes) * 8 / elapsed.Seconds()
	}
	if got < 0.8*rate || got > 1.2*rate {
		t.Errorf("%.1f Mbit/s went through a limit of 50", got/1e6)
	}
	queue, err := linux.QdiscStats(a.Namespace, "x")
	must(t, err)
	if queue.Delayed == 0 || queue.SentPackets == 0 || queue.SentBytes == 0 {
		t.Errorf("queue is %+v, want packets sent and delayed", queue)
	}
}

// flood sends 1000-byte datagrams as fast as it can and returns how long it did.
func flood(t *testing.T, n *linux.Namespace, to string, length time.Duration) time.Duration {
	t.Helper()
	var conn net.Conn
	must(t, n.Do(func() (err error) {
		conn, err = net.Dial("udp", to)
		return err
	}))
	defer conn.Close()
	payload := make([]byte, 1000)
	start := time.Now()
	for time.Since(start) < length {
		conn.Write(payload) // a full queue or a refused port is no concern here
	}
	return time.Since(start)
}

func TestEnsureTBFChangesOnlyWhatDiffers(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	n := a.Namespace
	must(t, linux.EnsureTBF(n, "x", 0)) // nothing to remove
	for _, rate := range []uint64{50_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000} {
		must(t, linux.EnsureTBF(n, "x", rate))
		got, err := linux.Rate(n, "x")
		must(t, err)
		if got != rate {
			t.Errorf("rate is %d, want %d", got, rate)
		}
		// Or it would be put again each time somebody looks.
		found, err := linux.LimitOf(n, "x")
		must(t, err)
		if found != rate/8 {
			t.Errorf("a limit of %d octets a second is found, want %d", found, rate/8)
		}
	}
	run(t, n, "ping", "-c1", "-W2", "10.9.0.2")
	before, err := linux.QdiscStats(n, "x")
	must(t, err)
	must(t, linux.EnsureTBF(n, "x", 100_000_000_000))
	after, err := linux.QdiscStats(n, "x")
	must(t, err)
	if before.SentPackets == 0 || after.SentPackets < before.SentPackets {
		t.Errorf("repeating the rate started the queue anew: %d packets, then %d", before.SentPackets, after.SentPackets)
	}
	must(t, linux.EnsureTBF(n, "x", 0))
	if rate, err := linux.Rate(n, "x"); rate != 0 || err != nil {
		t.Errorf("rate after removing is %d, error %v", rate, err)
	}
}

// gateway is host -- gw -- internet, where the internet knows only gw.
func gateway(t *testing.T) (host, gw, internet *linux.Namespace) {
	t.Helper()
	host, gw, internet = fresh(t), fresh(t), fresh(t)
	must(t, linux.EnsureVeth(
		linux.End{Namespace: host, Name: "eth0", Addresses: prefixes("10.1.0.2/24")},
		linux.End{Namespace: gw, Name: "in", Addresses: prefixes("10.1.0.1/24")}))
	must(t, linux.EnsureVeth(
		linux.End{Namespace: gw, Name: "out", Addresses: prefixes("203.0.113.1/24")},
		linux.End{Namespace: internet, Name: "eth0", Addresses: prefixes("203.0.113.2/24")}))
	must(t, gw.Sysctl("net/ipv4/ip_forward", "1"))
	run(t, host, "ip", "route", "add", "default", "via", "10.1.0.1")
	return host, gw, internet
}

func counters(t *testing.T, n *linux.Namespace) (out, in linux.Counter) {
	t.Helper()
	all, err := linux.Counters(n)
	must(t, err)
	return all[linux.CounterKey{Table: "igw", Name: linux.CounterOut}], all[linux.CounterKey{Table: "igw", Name: linux.CounterIn}]
}

func TestMasquerade(t *testing.T) {
	host, gw, outside := gateway(t)
	ping := []string{"ping", "-c3", "-i0.01", "-W1", "203.0.113.2"}
	if out, err := try(host, ping...); err == nil {
		t.Fatalf("the internet answers without masquerading:\n%s", out)
	}
	must(t, linux.EnsureMasquerade(gw, "igw", "out"))
	run(t, host, ping...)
	want := linux.Counter{Packets: 3, Bytes: 3 * 84}
	if out, in := counters(t, gw); out != want || in != want {
		t.Errorf("counted %+v out and %+v in, want %+v both ways", out, in, want)
	}
	run(t, outside, "ip", "route", "add", "10.1.0.0/24", "via", "203.0.113.1")
	if _, err := try(outside, "ping", "-c1", "-W1", "10.1.0.2"); err == nil {
		t.Error("who is outside begins a connection")
	}
}

func TestMasqueradeIsRepairedAndKeepsItsCounts(t *testing.T) {
	host, gw, _ := gateway(t)
	must(t, linux.EnsureMasquerade(gw, "igw", "out"))
	run(t, host, "ping", "-c1", "-W1", "203.0.113.2")
	before := run(t, gw, "nft", "-a", "list", "table", "ip", "igw")
	must(t, linux.EnsureMasquerade(gw, "igw", "out"))
	if diff := cmp.Diff(before, run(t, gw, "nft", "-a", "list", "table", "ip", "igw")); diff != "" {
		t.Errorf("repeating changed the table (-before +after):\n%s", diff)
	}
	for _, damage := range []string{
		"flush chain ip igw postrouting",
		"flush chain ip igw forward",
		"add rule ip igw forward drop",
		"add chain ip igw other",
	} {
		run(t, gw, append([]string{"nft"}, strings.Fields(damage)...)...)
		must(t, linux.EnsureMasquerade(gw, "igw", "out"))
		run(t, host, "ping", "-c1", "-W1", "203.0.113.2")
	}
	if out, _ := counters(t, gw); out.Packets != 5 {
		t.Errorf("counted %d packets in five repairs, want 5", out.Packets)
	}
	must(t, linux.RemoveMasquerade(gw, "igw"))
	must(t, linux.RemoveMasquerade(gw, "igw"))
}

func TestMD5FailuresNameTheFault(t *testing.T) {
	n := fresh(t)
	got, err := linux.MD5Failures(n.Name())
	must(t, err)
	if diff := cmp.Diff(linux.MD5Counters{}, got); diff != "" {
		t.Errorf("a fresh namespace counts (-want +got):\n%s", diff)
	}
	listenSigned(t, n)
	must(t, n.Do(func() error {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:1790", 50*time.Millisecond)
		if err == nil {
			conn.Close()
		}
		return nil // it must time out: the segment is unsigned
	}))
	got, err = linux.MD5Failures(n.Name())
	must(t, err)
	if got.NotFound == 0 || got.Failure != 0 {
		t.Errorf("after an unsigned SYN: %+v, want NotFound above 0 and no Failure", got)
	}
}
