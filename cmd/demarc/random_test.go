package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"demarc/api/apitest"
)

var (
	seedFlag      = flag.Uint64("seed", 53, "seed of the random procedure; 0 is another each time")
	sequencesFlag = flag.Int("sequences", 10000, "how many random sequences of calls are made")
)

// lifeVariable tells this test binary to be a process that is killed: its value
// is a lease, as JSON.
const lifeVariable = "DEMARC_TEST_LIFE"

// lastCalm is how many sequences before the end nobody is killed any more.
const lastCalm = 200

// A lease is what a process of the site is told at its start.
type lease struct {
	// Dir is the store's, SDK the module with the golden requests.
	Dir, SDK string
	Seed     uint64
	// Life counts the processes, from 0. The last is not killed.
	Life int
	Last bool
	// From and To are sequences. Calls and Revision are how far the site had
	// come, by its own word.
	From, To int
	Calls    int64
	Revision int64
}

// A word is what a process says after each sequence, in a line.
type word struct {
	Sequence  int
	Calls     int64
	Revision  int64
	Succeeded []string `json:",omitempty"`
	// Trace is a digest of all calls since the process began, and of whether
	// they were granted.
	Trace uint64
	// Ended lists the links that came to their end.
	Ended []string `json:",omitempty"`
}

// TestRandomProcedure: whatever the parties do at the desk and by the API, in
// whatever order, and whenever the site is killed meanwhile, no step is shown
// done whose object is not there, nothing is left half made, and when at last
// everybody does what the tracker tells them, every link comes up; then they
// give everything back and nothing is left.
//
// The site runs in processes of this binary that are killed, by SIGKILL, between
// two transactions or inside one; the next goes on from the directory of the
// store. A run with the seed that was printed makes the same calls and dies at
// the same points.
func TestRandomProcedure(t *testing.T) {
	sdk, err := apitest.SDKDir()
	if err != nil {
		t.Fatal(err)
	}
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./cmd/demarc -run '^%s$' -args -seed %d -sequences %d", t.Name(), seed, *sequencesFlag)
	r := run{T: t, lease: lease{Dir: t.TempDir(), SDK: sdk, Seed: seed, To: max(0, *sequencesFlag-lastCalm)}, succeeded: map[string]int{}}
	for r.From < r.To {
		r.live()
		r.Life++
	}
	r.Last, r.To = true, *sequencesFlag
	r.live()
	t.Logf("%d sequences in %d lives, of which %d ended by SIGKILL; %d calls, of which %d changed something or looked", r.From, r.Life+1, r.killed, r.Calls, r.total())
	if len(r.ended) == 0 {
		t.Error("no link came to its end")
	}
	t.Logf("links that came up in the end and were given back: %v; digest of the last life %x", r.ended, r.trace)
	for _, must := range mustSucceed {
		if r.succeeded[must] == 0 && *sequencesFlag >= 10000 {
			t.Errorf("%s never succeeded", must)
		}
	}
}

// mustSucceed are operations without which a run proves little.
var mustSucceed = []string{
	"requestLink", "issueToken", "redeemToken", "withdrawToken", "openCase", "acceptCase", "approveCase", "rejectCase", "resolveCase", "applyPolicy",
	"patchCrossConnect", "unpatchCrossConnect", "reportCrossConnect", "planMaintenance", "startDrill", "moveClock",
	"CreateConnection", "AllocatePrivateVirtualInterface", "ConfirmPrivateVirtualInterface", "DeleteVirtualInterface", "DeleteConnection",
}

// A run is what is known of the site between two lives.
type run struct {
	*testing.T
	lease
	killed    int
	succeeded map[string]int
	ended     []string
	trace     uint64 // of the latest life
}

func (r *run) total() (n int) {
	for _, count := range r.succeeded {
		n += count
	}
	return n
}

// live runs a process until it is killed, or has done what it was told.
func (r *run) live() {
	r.Helper()
	order, err := json.Marshal(r.lease)
	if err != nil {
		r.Fatal(err)
	}
	cmd := exec.CommandContext(r.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), lifeVariable+"="+string(order))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r.heard(lines.Bytes())
	}
	err = cmd.Wait()
	if died, ok := errors.AsType[*exec.ExitError](err); ok && died.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && !r.Last {
		r.killed++
		return
	}
	if err != nil {
		r.Fatalf("life %d, after sequence %d: %v", r.Life, r.From, err)
	}
}

// heard takes note of what the process has said.
func (r *run) heard(line []byte) {
	r.Helper()
	var w word
	if err := json.Unmarshal(line, &w); err != nil {
		r.Fatalf("%s: %v", line, err)
	}
	r.From, r.Calls, r.Revision = w.Sequence, w.Calls, w.Revision
	for _, name := range w.Succeeded {
		r.succeeded[name]++
	}
	r.ended = append(r.ended, w.Ended...)
	r.trace = w.Trace
}
