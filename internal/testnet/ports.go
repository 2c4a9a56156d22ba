// Package testnet is what tests and benchmarks need of the machine's network: ports for
// programs that they start, and what a ping has lost.
package testnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
)

// lowest is the first port that a test is given; services of the machine's own
// are below.
const lowest = 10000

// Listen is an address with a row of free ports from it on, for a program that
// is started in a moment, and maybe again later. None of them is one that the
// kernel gives to whoever connects somewhere: it would be taken by any client of
// another test as soon as nobody listens there.
func Listen(row int) (string, error) {
	above, err := firstEphemeral()
	if err != nil {
		return "", err
	}
	if above-row <= lowest {
		return "", fmt.Errorf("the kernel gives ports from %d on to clients: there is no room below for %d", above, row)
	}
	for range 100 {
		first := lowest + rand.IntN(above-row-lowest)
		if free(first, row) {
			return address(first), nil
		}
	}
	return "", errors.New("found no row of free ports")
}

// firstEphemeral is the first port that clients are given.
func firstEphemeral() (port int, err error) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		_, err = fmt.Fscan(strings.NewReader(string(text)), &port)
	}
	if err != nil {
		return 0, fmt.Errorf("find out which ports clients are given: %w", err)
	}
	return port, nil
}

func free(first, count int) bool {
	for port := first; port < first+count; port++ {
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
