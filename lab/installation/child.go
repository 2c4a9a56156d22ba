package installation

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// restartDelay keeps a child that dies at once from burning the machine.
const restartDelay = 200 * time.Millisecond

// A child is one process that is started again until it is stopped.
type child struct {
	name, logFile, pidFile string
	start                  func() (*exec.Cmd, error)
	// failed receives the first unexpected end, for those who wait for a start.
	failed  chan error
	stopped chan struct{} // closed by stop
	ended   chan struct{} // closed when the supervising goroutine is done

	mu      sync.Mutex // guards process, and starting against stopping
	process *os.Process
}

// errStopped is why a child is not started again.
var errStopped = errors.New("stopped")

func (i *Installation) run(name string, args []string) (*child, error) {
	c := &child{
		name:    name,
		logFile: filepath.Join(i.cfg.DataDir, "log", name+".log"),
		pidFile: filepath.Join(i.cfg.DataDir, "run", name+".pid"),
		failed:  make(chan error, 1),
		stopped: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	c.start = func() (*exec.Cmd, error) { return c.launch(i.cfg.Binary, args) }
	cmd, err := c.start()
	if err != nil {
		return nil, err
	}
	i.children = append(i.children, c)
	go c.supervise(cmd, func(err error) {
		i.cfg.Log.Warn("process ended and is started again", "process", name, "err", err)
	})
	return c, nil
}

func (c *child) launch(binary string, args []string) (*exec.Cmd, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.stopped:
		return nil, errStopped
	default:
	}
	log, err := os.OpenFile(c.logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own group: Ctrl-C in a terminal is ours to pass on, in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	c.process = cmd.Process
	if err := os.WriteFile(c.pidFile, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	return cmd, nil
}

// supervise waits for the process and starts it again until stop is called.
func (c *child) supervise(cmd *exec.Cmd, report func(error)) {
	defer close(c.ended)
	for {
		err := cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		if cmd = c.startAgain(err, report); cmd == nil {
			return
		}
	}
}

// startAgain replaces a process that ended for a reason; nil when the child is
// to stay stopped.
func (c *child) startAgain(reason error, report func(error)) *exec.Cmd {
	for {
		select {
		case <-c.stopped:
			return nil
		default:
		}
		report(reason)
		select {
		case c.failed <- reason:
		default: // nobody waits, or was told already
		}
		select {
		case <-c.stopped:
			return nil
		case <-time.After(restartDelay):
		}
		cmd, err := c.start()
		if err == nil {
			return cmd
		}
		reason = err
	}
}

// stop asks the process to end, insists after five seconds, and waits.
func (c *child) stop() error {
	c.mu.Lock()
	close(c.stopped)
	process := c.process
	c.mu.Unlock()
	process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(5 * time.Second):
		process.Kill()
		<-c.ended
	}
	return os.Remove(c.pidFile)
}

func (c *child) lastLines() string {
	data, err := os.ReadFile(c.logFile)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// KillLeftovers ends the processes whose pid files a killed installation left
// in a data directory. A pid that belongs to another program by now is left
// alone.
func KillLeftovers(dataDir string) error {
	files, err := filepath.Glob(filepath.Join(dataDir, "run", "*.pid"))
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && runsFor(pid, dataDir) {
			errs = append(errs, kill(pid))
		}
		errs = append(errs, os.Remove(file))
	}
	return errors.Join(append(errs, os.RemoveAll(endpointFile(dataDir)))...)
}

// runsFor reports whether a process was started for a data directory.
func runsFor(pid int, dataDir string) bool {
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return err == nil && strings.Contains(string(line), "\x00--data\x00"+dataDir)
}

func kill(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end process %d: %w", pid, err)
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err != nil {
			return nil
		}
	}
	return fmt.Errorf("process %d would not end", pid)
}
