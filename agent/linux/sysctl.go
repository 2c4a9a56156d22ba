package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Sysctl sets a parameter of the namespace unless it has that value. The path
// is the one under /proc/sys, with slashes, for example "net/ipv4/ip_forward";
// so an interface name with a dot needs no escaping. Only parameters below
// net/ belong to a namespace.
func (n *Namespace) Sysctl(path, value string) error {
	return n.Do(func() error { return setSysctl(path, value) })
}

// ReadSysctl returns a parameter's value.
func (n *Namespace) ReadSysctl(path string) (value string, err error) {
	err = n.Do(func() (err error) {
		value, err = readSysctl(path)
		return err
	})
	return value, err
}

func setSysctl(path, value string) error {
	if have, err := readSysctl(path); err != nil || have == value {
		return err
	}
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

// askAgain is how soon a neighbour is asked again, in milliseconds. The
// kernel's second is for networks; our links have one neighbour, at the end of
// a cable. Its kernel may not answer yet when the link is new: it joins the
// group that IPv6 questions go to a moment after the address is there.
const askAgain = "50"

// setAskAgain shortens the pause between two questions for a neighbour.
func setAskAgain(link string, ipv6 bool) error {
	err := setSysctl("net/ipv4/neigh/"+link+"/retrans_time_ms", askAgain)
	if ipv6 {
		err = errors.Join(err, setSysctl("net/ipv6/neigh/"+link+"/retrans_time_ms", askAgain))
	}
	return err
}

// setInterfaceIPv6 switches IPv6 on an interface on or off. On means listed
// addresses only: a router advertisement from the far end configures nothing.
// A kernel without IPv6 has nothing to switch off.
func setInterfaceIPv6(link string, on bool) error {
	dir := "net/ipv6/conf/" + link + "/"
	if !on {
		err := setSysctl(dir+"disable_ipv6", "1")
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return errors.Join(setSysctl(dir+"accept_ra", "0"), setSysctl(dir+"disable_ipv6", "0"))
}
