package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"demarc/agent/linux"
)

// A process is a daemon in a namespace, with its output in a file.
type process struct {
	cmd     *exec.Cmd
	logFile string
	ended   chan struct{} // closed when it has been waited for
}

func startInside(ns *linux.Namespace, logFile string, name string, args ...string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own group, so that Ctrl-C in a terminal reaches only us and we end
	// it in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := ns.Do(cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	p := &process{cmd: cmd, logFile: logFile, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		cmd.Wait()
	}()
	return p, nil
}

// waitFor waits until the daemon has made its control socket.
func (p *process) waitFor(ctx context.Context, socket string) error {
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		if _, err := os.Stat(socket); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ended:
			return fmt.Errorf("%s ended at once: %s", filepath.Base(p.cmd.Path), p.lastLines())
		case <-deadline.C:
			return fmt.Errorf("%s made no control socket in 20 s: %s", filepath.Base(p.cmd.Path), p.lastLines())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *process) lastLines() string {
	data, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// stop asks the daemon to end, insists after three seconds, and waits.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(3 * time.Second):
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}
