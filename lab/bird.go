package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"demarc/agent/linux"
)

// bird runs BIRD 2 in the foreground.
type bird struct {
	namespace *linux.Namespace
	dir       string
	process   *process
	config    string
}

func (b *bird) RouterType() string { return "demarc-BIRD-2" }

func (b *bird) Start(ctx context.Context, config string) error {
	b.config = config
	if err := b.writeConfig(config); err != nil {
		return err
	}
	p, err := startInside(b.namespace, filepath.Join(b.dir, "bird.log"), "bird", "-f",
		"-c", b.configFile(), "-s", b.socket(), "-P", filepath.Join(b.dir, "bird.pid"))
	if err != nil {
		return err
	}
	b.process = p
	if err := p.waitFor(ctx, b.socket()); err != nil {
		return errors.Join(err, b.Stop())
	}
	return nil
}

func (b *bird) configFile() string { return filepath.Join(b.dir, "bird.conf") }

func (b *bird) socket() string { return filepath.Join(b.dir, "bird.ctl") }

func (b *bird) writeConfig(config string) error {
	return os.WriteFile(b.configFile(), []byte(config), 0o600)
}

func (b *bird) Stop() error {
	if b.process == nil {
		return nil
	}
	err := b.process.stop()
	b.process = nil
	os.Remove(b.socket())
	return err
}

func (b *bird) birdc(ctx context.Context, command ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "birdc", append([]string{"-s", b.socket()}, command...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("birdc %s: %w", strings.Join(command, " "), err)
	}
	return string(out), nil
}

func (b *bird) Type(ctx context.Context, lines []string) (printed []byte, err error) {
	for _, line := range lines {
		out, err := b.birdc(ctx, strings.Fields(line)...)
		printed = append(printed, out...)
		if err != nil {
			return printed, err
		}
	}
	return printed, nil
}

var birdVia = regexp.MustCompile(`via (\S+) on`)

func (b *bird) Learned(ctx context.Context) (map[netip.Prefix]netip.Addr, error) {
	out, err := b.birdc(ctx, "show route where source = RTS_BGP")
	if err != nil {
		return nil, err
	}
	learned := map[netip.Prefix]netip.Addr{}
	var current netip.Prefix
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 0 {
			if p, err := netip.ParsePrefix(fields[0]); err == nil {
				current = p
			}
		}
		if m := birdVia.FindStringSubmatch(lines.Text()); m != nil && current.IsValid() {
			if addr, err := netip.ParseAddr(m[1]); err == nil {
				learned[current] = addr
			}
		}
	}
	return learned, nil
}

func (b *bird) Established(ctx context.Context, neighbour netip.Addr) (bool, error) {
	out, err := b.birdc(ctx, "show protocols all")
	if err != nil {
		return false, err
	}
	// One paragraph a protocol, the first a header.
	for _, paragraph := range strings.Split(out, "\n\n") {
		if strings.Contains(paragraph, "Neighbor address: "+neighbour.String()+"\n") {
			return strings.Contains(paragraph, "Established"), nil
		}
	}
	return false, nil
}

// defaultRoute is what an operator adds to announce a default: a static route
// that BIRD knows and the kernel does not.
const defaultRoute = `
protocol static {
	ipv4;
	route 0.0.0.0/0 blackhole;
}
`

func (b *bird) AdvertiseDefault(ctx context.Context, _ netip.Addr) error {
	if err := b.writeConfig(b.config + defaultRoute); err != nil {
		return err
	}
	out, err := b.birdc(ctx, "configure")
	if err != nil {
		return err
	}
	if !strings.Contains(out, "Reconfigur") {
		return fmt.Errorf("BIRD refused the edited configuration: %s", strings.TrimSpace(out))
	}
	return nil
}
