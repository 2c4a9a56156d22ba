package notice_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"demarc/notice"
	"demarc/store"
)

// A page is a file of notices and who writes it.
type page struct {
	*world
	path   string
	failed chan struct{} // something could not be written
}

func newPage(t *testing.T) *page {
	return &page{newWorld(t), filepath.Join(t.TempDir(), "notices"), make(chan struct{}, 1)}
}

// Write takes what is logged: nothing but what failed.
func (p *page) Write(line []byte) (int, error) {
	select {
	case p.failed <- struct{}{}:
	default:
	}
	return len(line), nil
}

// scribe writes it until the test, or stop, ends that.
func (p *page) scribe() (stop func()) {
	p.Helper()
	s := &notice.Scribe{Store: p.store, Region: region, Log: slog.New(slog.NewTextHandler(p, nil)), Path: p.path}
	if err := s.Open(); err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	stop = func() { cancel(); <-done }
	p.Cleanup(stop)
	return stop
}

// lines are those of a file that have an end.
func lines(path string) (all []string) {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if strings.HasSuffix(line, "\n") {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

// has waits until a file has so many lines, and looks whether each is an event.
func (p *page) has(path string, count int) []string {
	p.Helper()
	p.eventually("lines in the file", func() bool { return len(lines(path)) >= count })
	got := lines(path)
	whole := !slices.ContainsFunc(got, func(line string) bool { return !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") })
	if len(got) != count || !whole {
		p.Errorf("got %d lines, want %d: %q", len(got), count, got)
	}
	return got
}

// TestTheFile writes, is cut off in the middle of a line, and goes on.
func TestTheFile(t *testing.T) {
	p := newPage(t)
	conn := p.order()
	stop := p.scribe()
	whole := p.has(p.path, 2)
	stop()
	if err := os.Truncate(p.path, int64(len(whole[0])+1+len(whole[1])/2)); err != nil {
		t.Fatal(err)
	}
	p.offer(conn.ID)
	p.scribe()
	if got := p.has(p.path, 3); got[0] != whole[0] || got[1] != whole[1] || !strings.Contains(got[2], "vif.confirming") {
		t.Errorf("got %q", got)
	}
}

// TestTheFileIsRotated: moved away, emptied in its place, and replaced by what
// cannot be written for a while. Nothing is missing and nothing comes twice.
func TestTheFileIsRotated(t *testing.T) {
	p := newPage(t)
	p.scribe()
	conn := p.order()
	p.has(p.path, 2)
	if err := os.Rename(p.path, p.path+".1"); err != nil {
		t.Fatal(err)
	}
	p.offer(conn.ID)
	if got := p.has(p.path, 1); !strings.Contains(got[0], "vif.confirming") {
		t.Errorf("the new file begins with %q", got)
	}
	p.has(p.path+".1", 2)

	if err := os.Truncate(p.path, 0); err != nil {
		t.Fatal(err)
	}
	p.link()
	if got := p.has(p.path, 1); !strings.Contains(got[0], "link.requested") {
		t.Errorf("the emptied file begins with %q", got)
	}

	if err := os.Rename(p.path, p.path+".2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(p.path, 0o700); err != nil {
		t.Fatal(err)
	}
	seen := p.ids()
	p.link()
	<-p.failed
	if len(p.newSince(seen)) == 0 {
		t.Fatal("nothing was to be written")
	}
	if err := os.Remove(p.path); err != nil {
		t.Fatal(err)
	}
	p.has(p.path, 1)
	p.has(p.path+".2", 1)
}

// TestTheDiskIsFull, and then is not: no line is cut off, missing or there twice.
func TestTheDiskIsFull(t *testing.T) {
	p := newPage(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatalf("a small disk, which takes root as the tests of agents do: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p.path = filepath.Join(disk, "notices")
	p.scribe()
	p.order()
	p.has(p.path, 2)
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	hook := p.hook("http://127.0.0.1:1/")
	for range 30 { // beyond the page that the file has begun
		p.write(func(tx *store.Tx) error {
			_, err := notice.Test(tx, customer, hook.ID, p.clock())
			return err
		})
	}
	<-p.failed
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	all := p.has(p.path, len(p.ids()))
	slices.Sort(all)
	if len(slices.Compact(all)) != len(p.ids()) {
		t.Error("a line is there twice")
	}
}
