// Package stories holds the procedure as its parties live it: each .txtar file
// is a story that an operator can read and type, and that runs here against a
// site of its own, with real processes and real packets. make story S=s1 runs
// one.
package stories_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"demarc/internal/testnet"
	"demarc/lab"
)

// bin has the programs of the stories: demarc as it is built from this tree,
// and the stock AWS CLI with the endpoint that its Debian version cannot read
// from a profile.
var bin string

func TestMain(m *testing.M) {
	var err error
	if bin, err = os.MkdirTemp("", "demarc-stories-"); err != nil {
		panic(err)
	}
	build := exec.Command("go", "build", "-o", bin+"/demarc", "../cmd/demarc")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build demarc: %v\n%s", err, out)
		os.Exit(1)
	}
	wrapper := "#!/bin/sh\nexec /usr/bin/aws --endpoint-url \"$DEMARC_ENDPOINT\" \"$@\"\n"
	if err := os.WriteFile(bin+"/aws", []byte(wrapper), 0o755); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(bin)
	os.Exit(code)
}

// leftovers says that a story left something running.
var leftovers atomic.Bool

func TestStories(t *testing.T) { run(t, testscript.Params{Dir: "."}) }

// run runs scripts with what stories are made of.
func run(t *testing.T, params testscript.Params) {
	t.Cleanup(func() {
		if leftovers.Load() {
			t.Error("a story left processes behind: see its log")
		}
	})
	params.WorkdirRoot = t.TempDir() // its own stays behind when some scripts alone are run
	params.Setup = prepare
	params.RequireExplicitExec, params.RequireUniqueNames = true, true
	params.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"site":    runSite,
		"let":     let,
		"until":   until,
		"before":  before,
		"hidden":  hidden,
		"refused": refused,
	}
	testscript.Run(t, params)
}

// prepare gives a story ports and accounts of its own.
func prepare(env *testscript.Env) error {
	port, err := testnet.Listen(20)
	if err != nil {
		return err
	}
	env.Setenv("PATH", bin+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	env.Setenv("LISTEN", port)
	env.Setenv("DEMARC_ENDPOINT", "http://"+port)
	env.Setenv("AWS_CONFIG_FILE", env.WorkDir+"/.demarc/aws/config")
	env.Setenv("AWS_SHARED_CREDENTIALS_FILE", env.WorkDir+"/.demarc/aws/credentials")
	env.Setenv("AWS_PAGER", "")
	env.Setenv("LC_ALL", "C.UTF-8")
	env.Setenv("NO_PROXY", "*")
	return nil
}

// runSite is "site [flags]": demarc up without its own walk, which ends with
// the story and leaves nothing.
func runSite(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(bin+"/demarc", append([]string{"up", "--no-walk", "--listen", ts.Getenv("LISTEN"), "--data", ts.MkAbs(".demarc")}, args...)...)
	instance, err := lab.InstanceOf(ts.MkAbs(".demarc"))
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("up.log"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, ts.MkAbs(".")
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its log says why
	}()
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
		log.Close()
		if out, err := exec.Command(bin+"/demarc", "down", "--data", ts.MkAbs(".demarc")).CombinedOutput(); err != nil {
			ts.Logf("demarc down: %v\n%s", err, out)
		}
		if left, _ := exec.Command("pgrep", "-af", "/run/"+instance+"/").Output(); len(left) > 0 {
			ts.Logf("the story left processes behind:\n%s", left)
			leftovers.Store(true)
		}
	})
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if text, _ := os.ReadFile(ts.MkAbs("up.log")); strings.Contains(string(text), "Try, in another terminal") {
			return
		}
		select {
		case <-ended:
			deadline = time.Time{}
		default:
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(ts.MkAbs("up.log"))
			ts.Fatalf("the site did not come up:\n%s", text)
		}
	}
}

// let is "let NAME command…": NAME is what the command prints.
func let(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec(args[1], args[2:]...))
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// until is "until SECONDS PATTERN command…": the command is tried again until
// what it prints has the pattern.
func until(ts *testscript.TestScript, neg bool, args []string) {
	seconds, err := strconv.Atoi(args[0])
	ts.Check(err)
	pattern := regexp.MustCompile("(?sm)" + args[1])
	for deadline := time.Now().Add(time.Duration(seconds) * time.Second); ; time.Sleep(250 * time.Millisecond) {
		_ = ts.Exec(args[2], args[3:]...)
		printed := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if pattern.MatchString(printed) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s s of %q have not shown %q; last seen:\n%s", args[0], strings.Join(args[2:], " "), args[1], printed)
		}
	}
}

// before is "before SECONDS command…": the command succeeds in less; "! before"
// is one that is refused in less.
func before(ts *testscript.TestScript, neg bool, args []string) {
	seconds, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	begin := time.Now()
	err = ts.Exec(args[1], args[2:]...)
	if took := time.Since(begin).Seconds(); took > seconds {
		ts.Fatalf("%q took %.1f s, more than %s", strings.Join(args[1:], " "), took, args[0])
	}
	if (err != nil) != neg {
		ts.Fatalf("%q: %v", strings.Join(args[1:], " "), err)
	}
}

// hidden is "hidden THERE NOWHERE command…": the command, which names an object
// THERE that is not the caller's, is refused in just the words that it is
// refused in for one that does not exist.
func hidden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || !slices.Contains(args[2:], args[0]) {
		ts.Fatalf("usage: hidden THERE NOWHERE command… with THERE among its words")
	}
	answer := func(id string) string {
		command := slices.Clone(args[2:])
		for i := range command {
			if command[i] == args[0] {
				command[i] = id
			}
		}
		if err := ts.Exec(command[0], command[1:]...); err == nil {
			ts.Fatalf("%q was done", strings.Join(command, " "))
		}
		return strings.ReplaceAll(ts.ReadFile("stdout")+ts.ReadFile("stderr"), id, "ID")
	}
	if there, nowhere := answer(args[0]), answer(args[1]); there != nowhere {
		ts.Fatalf("it shows that %s is there:\n%s\nand of %s, which is not:\n%s", args[0], there, args[1], nowhere)
	}
}

// refused is "refused CODE command…": the command is refused with exactly that
// code. The stock AWS CLI shows AWS's words; the code is in a header.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refused CODE command…")
	}
	command, pattern := args[1:], regexp.MustCompile(`\b[EW]-[A-Z0-9]+(-[A-Z0-9]+)*\b`)
	if command[0] == "aws" {
		command, pattern = append(slices.Clone(command), "--debug"), regexp.MustCompile(`'X-Demarc-Code': '([^']*)'`)
	}
	if err := ts.Exec(command[0], command[1:]...); err == nil {
		ts.Fatalf("%q was done", strings.Join(command, " "))
	}
	printed := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	var codes []string
	for _, found := range pattern.FindAllStringSubmatch(printed, -1) {
		code := found[0]
		if command[0] == "aws" {
			code = found[1]
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if !slices.Equal(codes, args[:1]) {
		ts.Fatalf("%q was refused with %q and not with %s", strings.Join(args[1:], " "), codes, args[0])
	}
}

// TestEveryStoryIsThere keeps the names that the docs and make story use.
func TestEveryStoryIsThere(t *testing.T) {
	files, err := filepath.Glob("s*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("stories: %v, %v", files, err)
	}
	for _, file := range files {
		if !regexp.MustCompile(`^s\d+-[a-z-]+\.txtar$`).MatchString(file) {
			t.Errorf("%s: expected s1-what-it-is-about.txtar", file)
		}
	}
}
