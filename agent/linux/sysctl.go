package linux

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Sysctl sets a parameter of the namespace unless it has that value. The path
// is the one under /proc/sys, with slashes, for example "net/ipv4/ip_forward";
// so an interface name with a dot needs no escaping. Only parameters below
// net/ belong to a namespace.
func (n *Namespace) Sysctl(path, value string) error {
	return n.Do(func() error { return setSysctl(path, value) })
}

// links is held by all who make, change or remove links, each for itself, and
// by none while a parameter is written that the kernel guards with the lock of
// all links (RTNL). It does not wait for that lock there, but has the write
// called again and again until it is free (restart_syscall), which was most of
// what building a device with a thousand interfaces cost.
var links sync.RWMutex

// onLinks does something about links.
func onLinks(do func() error) error {
	links.RLock()
	defer links.RUnlock()
	return do()
}

// A Parameter is a sysctl and its value.
type Parameter struct{ Path, Value string }

// SetSysctls sets parameters of the namespace in this order, whatever they are:
// looking first would cost as much.
func (n *Namespace) SetSysctls(parameters []Parameter) error {
	return n.Do(func() error {
		for _, p := range parameters {
			if err := writeSysctl(p.Path, p.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

func setSysctl(path, value string) error {
	if have, err := readSysctl(path); err != nil || have == value {
		return err
	}
	return writeSysctl(path, value)
}

func writeSysctl(path, value string) error {
	links.Lock()
	defer links.Unlock()
	if err := os.WriteFile(sysctlFile(path), []byte(value), 0o644); err != nil {
		return fmt.Errorf("set sysctl %s to %s: %w", path, value, err)
	}
	return nil
}

func readSysctl(path string) (string, error) {
	text, err := os.ReadFile(sysctlFile(path))
	if err != nil {
		return "", fmt.Errorf("read sysctl %s: %w", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func sysctlFile(path string) string { return filepath.Join("/proc/sys", filepath.FromSlash(path)) }

// Neighbour table limits for a machine with thousands of peers. The kernel's
// default of 1024 is shared by all namespaces; with 2,000 of them on one
// machine sessions stopped at about 700. Twice what was needed for 1,000 peers.
const (
	neighboursSoft = 16384
	neighboursHard = 32768
)

// RaiseNeighbourLimits lets the neighbour table, which all namespaces of the
// machine share, hold 32768 entries per address family. It never lowers a
// limit. It must run in the machine's first network namespace: elsewhere the
// parameter does not exist and the error is fs.ErrNotExist.
func RaiseNeighbourLimits() error {
	for _, family := range []string{"ipv4", "ipv6"} {
		// The hard limit first, so that the soft one never exceeds it.
		for _, limit := range []struct {
			name string
			min  int
		}{{"gc_thresh3", neighboursHard}, {"gc_thresh2", neighboursSoft}} {
			if err := raiseSysctl("net/"+family+"/neigh/default/"+limit.name, limit.min); err != nil {
				return fmt.Errorf("raise neighbour limits: %w", err)
			}
		}
	}
	return nil
}

func raiseSysctl(path string, min int) error {
	text, err := readSysctl(path)
	if err != nil {
		return err
	}
	if have, err := strconv.Atoi(text); err != nil || have >= min {
		return err
	}
	return setSysctl(path, strconv.Itoa(min))
}
