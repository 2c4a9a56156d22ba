package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// pid is that of a process of the installation, by its name in the run
// directory.
func (b *bed) pid(name string) (int, error) {
	data, err := os.ReadFile(filepath.Join(b.dir, "run", name+".pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// restartProcess ends a process as its service manager would, and waits until
// the installation has started it again.
func (b *bed) restartProcess(ctx context.Context, name string) error {
	before, err := b.pid(name)
	if err != nil {
		return err
	}
	if err := syscall.Kill(before, syscall.SIGTERM); err != nil {
		return fmt.Errorf("end %s: %w", name, err)
	}
	return await(ctx, name+" to be started again", func() (bool, error) {
		now, err := b.pid(name)
		return now != before, err
	})
}
