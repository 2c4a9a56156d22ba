package lab

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// killInside kills every process whose network namespace is one of those
// named, and waits until they are gone.
func killInside(ctx context.Context, names []string) error {
	inodes := map[uint64]bool{}
	for _, name := range names {
		if inode, ok := inode(filepath.Join("/run/netns", name)); ok {
			inodes[inode] = true
		}
	}
	for {
		pids, err := processesIn(inodes)
		if err != nil || len(pids) == 0 {
			return err
		}
		for _, pid := range pids {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("processes %v would not end: %w", pids, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// processesIn lists processes inside the namespaces, without this one.
func processesIn(inodes map[uint64]bool) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if in, ok := inode(filepath.Join("/proc", e.Name(), "ns/net")); ok && inodes[in] {
			pids = append(pids, pid)
		}
	}
	return slices.Compact(pids), nil
}

// inode identifies a namespace; false if it is gone.
func inode(path string) (uint64, bool) {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return 0, false
	}
	return st.Ino, true
}

func shortHash(s string) string {
	h := fnv.New32a()
	h.Write([]byte(s))
	return fmt.Sprintf("%06x", h.Sum32()&0xffffff)
}
