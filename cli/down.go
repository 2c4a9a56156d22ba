package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"demarc/lab"
	"demarc/lab/installation"
)

func downCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "End a running demarc up and remove what it made, also after a crash",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			instance, err := lab.InstanceOf(g.data)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
			defer cancel()
			if err := endOwner(ctx, g.data); err != nil {
				return err
			}
			if err := sweep(ctx, g.data, instance); err != nil {
				return err
			}
			if _, err := os.Stat(g.data); errors.Is(err, os.ErrNotExist) {
				fmt.Fprintf(cmd.OutOrStdout(), "nothing of %s is running, and nothing was ever: there is no %s. Give the --data of the demarc up that is to end\n", instance, g.data)
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "nothing of %s is left running; its state is kept in %s\n", instance, relative(g.data))
			return nil
		},
	}
}

// sweep removes the processes, namespaces and files of an instance that no
// living demarc up owns.
func sweep(ctx context.Context, data, instance string) error {
	if err := installation.KillLeftovers(data); err != nil {
		return err
	}
	return lab.Clean(ctx, instance)
}

// lockData makes this process the one owner of a data directory. The lock ends
// with the process, however it ends.
func lockData(data string) (release func(), err error) {
	if err := os.MkdirAll(filepath.Join(data, "log"), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(lockFile(data), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("another demarc up runs with --data %s; end it with: demarc down --data %s", relative(data), relative(data))
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := file.WriteString(strconv.Itoa(os.Getpid())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { file.Close() }, nil
}

func lockFile(data string) string { return filepath.Join(data, "up.lock") }

// endOwner asks the demarc up that owns a data directory to end and waits
// until it has, which is when the lock is free.
func endOwner(ctx context.Context, data string) error {
	for asked := false; ; {
		file, err := os.OpenFile(lockFile(data), os.O_RDWR, 0)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		free := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
		file.Close()
		if free {
			return nil
		}
		if !asked {
			pid, err := owner(data)
			if err != nil {
				return err
			}
			syscall.Kill(pid, syscall.SIGTERM)
			asked = true
		}
		select {
		case <-ctx.Done():
			return errors.New("the running demarc up did not end in time")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func owner(data string) (int, error) {
	text, err := os.ReadFile(lockFile(data))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("%s names no process", lockFile(data))
	}
	return pid, nil
}
