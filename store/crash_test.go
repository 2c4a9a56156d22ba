package store_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"demarc/store"
	"demarc/store/storetest"
)

// crashDir tells this test binary to be the process that is killed.
const crashDir = "DEMARC_STORE_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled writes from four goroutines and prints the name of every
// pair once it has been acknowledged.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}, storetest.Ports)
	if err != nil {
		return err
	}
	round := s.Local().Revision() // names must not repeat from one life to the next
	errs := make(chan error)
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", round, writer, i)
				if err := s.Write(ctx, func(tx *store.Tx) error { return pair(tx, name) }); err != nil {
					errs <- err
					return
				}
				fmt.Println(name)
			}
		}()
	}
	return <-errs
}

// pair writes two nouns and a claim, of which none may be there alone.
func pair(tx *store.Tx, name string) error {
	storetest.Ports.Put(tx, storetest.Port{ID: name + "/a", Device: name})
	storetest.Ports.Put(tx, storetest.Port{ID: name + "/b", Device: name})
	return tx.Claim("pair/"+name, name)
}

func TestKillLosesNothing(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for range 4 {
		for _, name := range killAfter(t, dir, 1+rand.IntN(300)) {
			acknowledged[name] = true
		}
		s := openUnlogged(t, dir)
		checkPairs(t, s.Local(), acknowledged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs a writer, kills it with SIGKILL after so many acknowledged
// writes, and returns the names of all that it acknowledged.
func killAfter(t *testing.T, dir string, writes int) (names []string) {
	t.Helper()
	cmd := exec.CommandContext(storetest.Context(t), os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var kill sync.Once
	for lines.Scan() {
		names = append(names, lines.Text())
		if len(names) >= writes {
			kill.Do(func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if len(names) < writes {
		t.Fatalf("the writer ended after %d of %d writes", len(names), writes)
	}
	return names
}

// TestKillDuringFirstStart kills etcd while it founds its cluster, which takes
// some tens of milliseconds. Whatever is left, the next start must do.
func TestKillDuringFirstStart(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		cmd := exec.CommandContext(storetest.Context(t), os.Args[0])
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		awaitFile(t, filepath.Join(dir, "founding"))
		<-time.After(rand.N(60 * time.Millisecond)) // the moment is the point
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s := openUnlogged(t, dir)
		if err := s.Write(storetest.Context(t), order); err != nil {
			t.Errorf("write after a killed first start: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitFile returns when the file is there, or was: the directory beside it has
// come by then.
func awaitFile(t *testing.T, file string) {
	t.Helper()
	ctx := storetest.Context(t)
	for ctx.Err() == nil {
		if _, err := os.Stat(file); err == nil {
			return
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "etcd")); err == nil {
			return
		}
		runtime.Gosched()
	}
	t.Fatalf("%s did not come", file)
}

func checkPairs(t *testing.T, v *store.View, acknowledged map[string]bool) {
	t.Helper()
	for name := range acknowledged {
		if _, ok := storetest.Ports.Get(v, name+"/a"); !ok {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	claims := 0
	for _, name := range v.Claims("pair/") {
		claims++
		ports := 0
		for range storetest.Ports.By(v, "device", name) {
			ports++
		}
		if ports != 2 {
			t.Errorf("%s is half done: %d ports", name, ports)
		}
	}
	ports := 0
	for range storetest.Ports.All(v) {
		ports++
	}
	if ports != 2*claims {
		t.Errorf("%d ports for %d pairs", ports, claims)
	}
	t.Logf("%d pairs, %d of them acknowledged", claims, len(acknowledged))
}
