package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"demarc/agent/linux"
)

// A table is the number of IPv4 prefixes that a namespace routes, as the
// kernel itself counts them: reading it costs microseconds where listing the
// routes would take time from what is measured.
type table struct {
	name  string
	file  *os.File
	bare  int // before anybody announced anything
	whole int // with everything announced
}

// openTable opens the namespace's count. The caller closes it.
func openTable(name string, announced int) (*table, error) {
	ns, err := linux.OpenNamespace(name)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	t := &table{name: name}
	err = ns.Do(func() (err error) {
		t.file, err = os.Open("/proc/thread-self/net/fib_triestat")
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.bare, err = t.count(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.whole = t.bare + announced
	return t, nil
}

var prefixesWord = []byte("Prefixes:")

func (t *table) count() (int, error) {
	buffer := make([]byte, 4096)
	n, err := t.file.ReadAt(buffer, 0)
	if n == 0 {
		return 0, fmt.Errorf("count the routes of %s: %w", t.name, err)
	}
	_, after, found := bytes.Cut(buffer[:n], prefixesWord)
	line, _, whole := bytes.Cut(after, []byte("\n"))
	if !found || !whole {
		return 0, fmt.Errorf("count the routes of %s: no number of prefixes", t.name)
	}
	return strconv.Atoi(string(bytes.TrimSpace(line)))
}

func (t *table) close() error { return t.file.Close() }

// watchShare is how much of the time is spent looking, at most: one part in
// so many.
const watchShare = 10

// awaitTables waits until each table has as many prefixes as wanted. A table
// that has is not looked at again.
func awaitTables(ctx context.Context, tables []*table, wanted func(*table) int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for len(tables) > 0 {
		begin := time.Now()
		have, err := tables[0].count()
		if err != nil {
			return err
		}
		if have == wanted(tables[0]) {
			tables = tables[1:]
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %d routes in %s, which has %d", wanted(tables[0]), tables[0].name, have)
		case <-time.After(max(5*time.Millisecond, watchShare*time.Since(begin))):
		}
	}
	return nil
}

func bare(t *table) int  { return t.bare }
func whole(t *table) int { return t.whole }
