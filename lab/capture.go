package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"demarc"
	"demarc/agent/linux"
)

// A Capture is what was seen on a cable.
type Capture struct {
	// Tagged counts frames by their 802.1Q tag, Untagged those without one.
	Tagged   map[demarc.VLAN]int
	Untagged int
	// Sample is one frame that has no tag, as tcpdump prints it.
	Sample string
}

var taggedFrame = regexp.MustCompile(`ethertype 802\.1Q \(0x8100\).* vlan (\d+),`)

// CaptureWhile records the frames on an interface while fn runs.
func CaptureWhile(ctx context.Context, ns *linux.Namespace, link string, fn func() error) (Capture, error) {
	cmd := exec.CommandContext(ctx, "tcpdump", "-n", "-e", "-l", "-i", link)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Capture{}, err
	}
	messages, err := cmd.StderrPipe()
	if err != nil {
		return Capture{}, err
	}
	if err := ns.Do(cmd.Start); err != nil {
		return Capture{}, fmt.Errorf("start tcpdump: %w", err)
	}
	if err := awaitListening(messages); err != nil {
		cmd.Process.Kill()
		return Capture{}, errors.Join(err, cmd.Wait())
	}
	result := make(chan Capture, 1)
	go func() { result <- readFrames(out) }()
	err = fn()
	// tcpdump reads the kernel's ring in blocks: give the last a moment.
	time.AfterFunc(200*time.Millisecond, func() { cmd.Process.Signal(syscall.SIGINT) })
	seen := <-result
	cmd.Wait()
	return seen, err
}

// awaitListening returns when tcpdump has opened the interface; what it says
// afterwards is drained.
func awaitListening(messages io.Reader) error {
	lines := bufio.NewScanner(messages)
	var said []string
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening on") {
			go io.Copy(io.Discard, messages)
			return nil
		}
		said = append(said, lines.Text())
	}
	return fmt.Errorf("tcpdump: %s", strings.Join(said, " | "))
}

func readFrames(out io.Reader) Capture {
	c := Capture{Tagged: map[demarc.VLAN]int{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "" {
			continue // what tcpdump says to being interrupted
		}
		m := taggedFrame.FindStringSubmatch(lines.Text())
		if m == nil {
			c.Untagged++
			c.Sample = lines.Text()
			continue
		}
		tag, _ := strconv.ParseUint(m[1], 10, 12)
		c.Tagged[demarc.VLAN(tag)]++
	}
	return c
}
