package wrongclock_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"demarc/internal/wrongclock"
)

// childEnv makes the test binary a program that tells the time when it is asked.
const childEnv = "DEMARC_TEST_TELLS_TIME"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	began := time.Now()
	for ask := bufio.NewScanner(os.Stdin); ask.Scan(); {
		if ask.Text() == busy {
			fmt.Println(odd(), 0)
			continue
		}
		now := time.Now()
		fmt.Println(now.UnixNano(), now.Sub(began).Nanoseconds())
	}
}

const (
	// busy asks for what odd says.
	busy = "busy"
	year = 365 * 24 * time.Hour
)

// odd reads the clock for a while, and counts what is neither right nor ten years
// ahead.
func odd() (n int) {
	begin := time.Now()
	right := begin.Round(0)
	if right.Sub(built) > 5*year {
		right = right.Add(-10 * year)
	}
	for range 300_000 {
		now := time.Now()
		off := now.Round(0).Sub(right.Add(now.Sub(begin)))
		if off.Abs() > time.Minute && (off-10*year).Abs() > time.Minute {
			n++
		}
	}
	return n
}

// built is about when this program was.
var built = func() time.Time {
	info, err := os.Stat(os.Args[0])
	if err != nil {
		panic(err)
	}
	return info.ModTime()
}()

// A program has its own time of day; how long it has been running it reads as
// everybody else.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	ask   io.Writer
	tells *bufio.Reader
	began time.Time
}

func run(t *testing.T, start func(*exec.Cmd) (*wrongclock.Clock, error)) (*program, *wrongclock.Clock) {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), childEnv+"=yes")
	ask, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	tells, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.ask, p.tells, p.began = ask, bufio.NewReader(tells), time.Now()
	clock, err := start(p.cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		clock.Close()
		ask.Close()
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	return p, clock
}

// mustBeAhead fails the test unless the program's clock is so far ahead of ours,
// and it reckons the time that passes as we do.
func (p *program) mustBeAhead(want time.Duration) {
	p.t.Helper()
	before := time.Now()
	fmt.Fprintln(p.ask)
	var wall, run int64
	if _, err := fmt.Fscanln(p.tells, &wall, &run); err != nil {
		p.t.Fatal(err)
	}
	after := time.Now()
	at := time.Unix(0, wall).Add(-want)
	if at.Before(before.Round(0)) || at.After(after.Round(0)) {
		p.t.Errorf("the program's clock reads %v; want %v ahead of %v to %v", time.Unix(0, wall), want, before, after)
	}
	if took := time.Duration(run); took < 0 || took > after.Sub(p.began) {
		p.t.Errorf("it says that %v have passed since it began, of %v", took, after.Sub(p.began))
	}
}

func TestAProcessesClockJumps(t *testing.T) {
	for name, start := range map[string]func(*exec.Cmd) (*wrongclock.Clock, error){
		"from its start": func(cmd *exec.Cmd) (*wrongclock.Clock, error) { return wrongclock.Start(cmd, 0) },
		"while it runs": func(cmd *exec.Cmd) (*wrongclock.Clock, error) {
			if err := cmd.Start(); err != nil {
				return nil, err
			}
			return wrongclock.Take(cmd.Process.Pid)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, clock := run(t, start)
			for _, ahead := range []time.Duration{0, time.Hour, 10 * year, -time.Hour, -10 * year, 0} {
				if err := clock.Set(ahead); err != nil {
					t.Fatal(err)
				}
				p.mustBeAhead(ahead)
			}
		})
	}
}

func TestAProcessBeginsWithAWrongClock(t *testing.T) {
	p, _ := run(t, func(cmd *exec.Cmd) (*wrongclock.Clock, error) { return wrongclock.Start(cmd, -10*year) })
	p.mustBeAhead(-10 * year)
}

// A process that does nothing but read the clock never reads what it was not set
// to, however often it is taken over and set meanwhile.
func TestNobodyReadsHalfAJump(t *testing.T) {
	p, _ := run(t, func(cmd *exec.Cmd) (*wrongclock.Clock, error) { return wrongclock.Start(cmd, 0) })
	told := make(chan int)
	go func() {
		defer close(told)
		var odd, none int
		fmt.Fprintln(p.ask, busy)
		if _, err := fmt.Fscanln(p.tells, &odd, &none); err != nil {
			t.Error(err)
		}
		told <- odd
	}()
	for n := 0; ; n++ {
		clock, err := wrongclock.Take(p.cmd.Process.Pid)
		if err != nil {
			t.Logf("not now: %v", err)
			continue
		}
		if err := errors.Join(clock.Set(10*year), clock.Set(0), clock.Set(10*year), clock.Close()); err != nil {
			t.Fatal(err)
		}
		select {
		case odd := <-told:
			if odd > 0 {
				t.Errorf("it read %d times what the clock was not set to", odd)
			}
			t.Logf("taken over %d times", n+1)
			return
		default:
		}
	}
}

// The machine's own clock stays.
func TestTheMachinesClockStays(t *testing.T) {
	before := time.Now()
	p, clock := run(t, func(cmd *exec.Cmd) (*wrongclock.Clock, error) { return wrongclock.Start(cmd, 0) })
	if err := clock.Set(10 * year); err != nil {
		t.Fatal(err)
	}
	p.mustBeAhead(10 * year)
	if now := time.Now(); (now.Round(0).Sub(before.Round(0)) - now.Sub(before)).Abs() > time.Minute {
		t.Fatalf("the machine's clock went from %v to %v", before, now)
	}
}

func TestNoProcess(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := wrongclock.Take(cmd.Process.Pid); err == nil {
		t.Error("took over the clock of a process that has ended")
	}
	if _, err := wrongclock.Start(exec.Command("/nonexistent"), time.Hour); err == nil {
		t.Error("started what is not there")
	}
}
