package linux_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"demarc/agent/linux"
)

const redirects = "net/ipv4/conf/all/send_redirects"

// parameter reads a namespace's parameter.
func parameter(t *testing.T, n *linux.Namespace, path string) (value string) {
	t.Helper()
	must(t, n.Do(func() error {
		text, err := os.ReadFile("/proc/sys/" + path)
		value = strings.TrimSpace(string(text))
		return err
	}))
	return value
}

// No parameter is written while a link is changed, since the kernel would have
// the write repeated all the time; it is as soon as nobody changes one.
func TestParametersWaitForLinks(t *testing.T) {
	n := fresh(t)
	before := parameter(t, n, redirects)
	written := make(chan error, 1)
	must(t, linux.OnLinks(func() error {
		go func() { written <- n.SetSysctls([]linux.Parameter{{Path: redirects, Value: "0"}}) }()
		eventually(t, "the parameter waits, or is written", func() bool { return linux.ParameterWaits() || len(written) > 0 })
		if now := parameter(t, n, redirects); len(written) > 0 || now != before {
			t.Errorf("while a link is changed the parameter becomes %s, and was %s", now, before)
		}
		return nil
	}))
	select {
	case err := <-written:
		must(t, err)
	case <-time.After(patience):
		t.Fatal("the parameter waits for nobody")
	}
	if now := parameter(t, n, redirects); now != "0" || now == before {
		t.Errorf("the parameter is %s, and was %s", now, before)
	}
}

// Two may change links at once: the kernel makes them wait for each other where
// they have to.
func TestLinksAreChangedAtOnce(t *testing.T) {
	first, second := make(chan struct{}), make(chan struct{})
	meet := func(mine, other chan struct{}) func() error {
		return func() error {
			close(mine)
			select {
			case <-other:
				return nil
			case <-time.After(patience):
				return errors.New("nobody else came")
			}
		}
	}
	result := make(chan error, 1)
	go func() { result <- linux.OnLinks(meet(first, second)) }()
	must(t, errors.Join(linux.OnLinks(meet(second, first)), <-result))
}

// All that changes links, and what writes parameters, several at once: none of
// them asks for the other's turn while it has its own.
func TestLinksAndParametersDoNotBlockEachOther(t *testing.T) {
	const workers, rounds = 4, 8
	done := make(chan error, workers)
	for w := range workers {
		a, b := fresh(t), fresh(t)
		go func() {
			var errs []error
			for round := range rounds {
				if err := changeEverything(a, b, fmt.Sprint(round%2)); err != nil {
					errs = append(errs, fmt.Errorf("worker %d, round %d: %w", w, round, err))
				}
			}
			done <- errors.Join(errs...)
		}()
	}
	deadline := time.After(patience)
	for range workers {
		select {
		case err := <-done:
			must(t, err)
		case <-deadline:
			t.Fatal("they wait for each other") // and are not waited for
		}
	}
}

// changeEverything makes a pair of links with all that belongs to it, and
// removes it.
func changeEverything(a, b *linux.Namespace, value string) error {
	near, far := linux.End{Namespace: a, Name: "x", Addresses: []netip.Prefix{netip.MustParsePrefix("10.9.0.1/30")}}, linux.End{Namespace: b, Name: "x", LinkLocal: true}
	return errors.Join(
		linux.EnsureVeth(near, far),
		linux.EnsureTBF(a, "x", 50_000_000),
		linux.SetLink(b, "x", false),
		a.SetSysctls([]linux.Parameter{{Path: redirects, Value: value}}),
		b.Sysctl("net/ipv4/conf/x/proxy_arp", value),
		linux.EnsureVeth(near, far),
		linux.DeleteLink(b, "x"),
	)
}
