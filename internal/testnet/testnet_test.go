package testnet_test

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"demarc/internal/testnet"
)

func TestListenIsNoClientsPort(t *testing.T) {
	const row = 5
	for range 50 {
		address, err := testnet.Listen(row)
		if err != nil {
			t.Fatal(err)
		}
		host, text, err := net.SplitHostPort(address)
		if err != nil || host != "127.0.0.1" {
			t.Fatalf("got %q, %v", address, err)
		}
		first, _ := strconv.Atoi(text)
		if first < 1024 {
			t.Errorf("got port %d, which is a service's", first)
		}
		var all []net.Listener
		for port := first; port < first+row; port++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, l)
		}
		client, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if given := client.LocalAddr().(*net.TCPAddr).Port; given < first+row {
			t.Errorf("clients are given ports from %d on, and the row ends with %d", given, first+row-1)
		}
		client.Close()
		for _, l := range all {
			l.Close()
		}
	}
}

// pinged is what a ping prints that had so many answers of those it sent.
func pinged(sent int, numbers ...int) string {
	text := "PING 10.8.2.10 (10.8.2.10) 56(84) bytes of data.\n"
	for _, n := range numbers {
		text += fmt.Sprintf("64 bytes from 10.8.2.10: icmp_seq=%d ttl=61 time=0.1 ms\n", n)
	}
	return text + fmt.Sprintf("\n--- 10.8.2.10 ping statistics ---\n%d packets transmitted, %d received, 0%% packet loss, time 1ms\n", sent, len(numbers))
}

func TestEchoes(t *testing.T) {
	for name, tt := range map[string]struct {
		printed    string
		sent, lost int
	}{
		"all":                         {pinged(3, 1, 2, 3), 3, 0},
		"all, in another order":       {pinged(3, 1, 3, 2), 3, 0},
		"the last is on its way":      {pinged(3, 1, 2), 3, 0},
		"one before the latest":       {pinged(3, 1, 3), 3, 1},
		"both":                        {pinged(4, 1, 3), 4, 1},
		"silent at the end":           {pinged(100, 1, 2, 3), 100, 97},
		"none was answered":           {pinged(2), 2, 2},
		"other numbers are no answer": {pinged(3, 1) + "From 10.8.2.1 icmp_seq=3 Destination Host Unreachable\n", 3, 0},
		"quiet, and interrupted":      {pinged(3), 3, 3},
	} {
		sent, lost, err := testnet.Echoes(tt.printed)
		if got, want := []int{sent, lost}, []int{tt.sent, tt.lost}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: sent and lost are %v, %v, want %v", name, got, err, want)
		}
	}
	if _, _, err := testnet.Echoes("ping: unknown host"); err == nil || !strings.Contains(err.Error(), "unknown host") {
		t.Errorf("without a sum: %v", err)
	}
}
