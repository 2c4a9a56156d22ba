package linux

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Forwarded counts the packets of both IP versions that came into the namespace
// and left it again since it was made: without its own, and without those that
// were for it.
func Forwarded(n *Namespace) (uint64, error) {
	var four, six []byte
	err := n.Do(func() (err error) {
		four, err = os.ReadFile("/proc/thread-self/net/snmp")
		if err != nil {
			return err
		}
		six, err = os.ReadFile("/proc/thread-self/net/snmp6")
		if errors.Is(err, os.ErrNotExist) {
			return nil // a kernel without IPv6
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read what namespace %s has forwarded: %w", n, err)
	}
	return section(string(four), "Ip: ")["ForwDatagrams"] + value(string(six), "Ip6OutForwDatagrams"), nil
}

// section reads the counters of a section of snmp or netstat: a line of names
// and below it a line of values.
func section(text, prefix string) map[string]uint64 {
	counters := map[string]uint64{}
	var names []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		fields := strings.Fields(strings.TrimPrefix(line, prefix))
		if names == nil {
			names = fields
			continue
		}
		for i := range min(len(names), len(fields)) {
			counters[names[i]], _ = strconv.ParseUint(fields[i], 10, 64)
		}
	}
	return counters
}

// value reads a counter of snmp6, where each has a line.
func value(text, name string) (count uint64) {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == name {
			count, _ = strconv.ParseUint(fields[1], 10, 64)
		}
	}
	return count
}
