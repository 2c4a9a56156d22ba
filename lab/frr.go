package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"

	"demarc/agent/linux"
)

// frrDaemons are started in this order: the others talk to zebra, and bgpd
// tells bfdd by it whom to watch.
var frrDaemons = []string{"zebra", "bfdd", "bgpd"}

// frr runs FRR's zebra, bfdd and bgpd without systemd, as the user frr, with
// sockets in a directory of their own.
type frr struct {
	namespace *linux.Namespace
	dir       string
	processes []*process
}

func (f *frr) RouterType() string { return "demarc-FRR-8" }

func (f *frr) Start(ctx context.Context, config string) error {
	file := filepath.Join(f.dir, "frr.conf")
	if err := os.WriteFile(file, []byte(config), 0o640); err != nil {
		return err
	}
	if err := giveTo("frr", f.dir, file); err != nil {
		return err
	}
	for _, name := range frrDaemons {
		args := []string{
			"-f", file, "-z", filepath.Join(f.dir, "zserv.api"), "--vty_socket", f.dir,
			"-i", filepath.Join(f.dir, name+".pid"), "-u", "frr", "-g", "frr", "-P", "0", "--log", "stdout",
		}
		if name == "bfdd" {
			args = append(args, "--bfdctl", filepath.Join(f.dir, "bfdd.sock"))
		}
		p, err := startInside(f.namespace, filepath.Join(f.dir, name+".log"), "/usr/lib/frr/"+name, args...)
		if err != nil {
			return errors.Join(err, f.Stop())
		}
		f.processes = append(f.processes, p)
		if err := p.waitFor(ctx, filepath.Join(f.dir, name+".vty")); err != nil {
			return errors.Join(err, f.Stop())
		}
	}
	return nil
}

func (f *frr) Stop() error {
	var errs []error
	for _, p := range f.processes {
		errs = append(errs, p.stop())
	}
	f.processes = nil
	for _, name := range frrDaemons {
		os.Remove(filepath.Join(f.dir, name+".vty"))
	}
	return errors.Join(errs...)
}

func (f *frr) vtysh(ctx context.Context, commands ...string) ([]byte, error) {
	args := []string{"--vty_socket", f.dir, "--config_dir", f.dir}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	out, err := exec.CommandContext(ctx, "vtysh", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("vtysh: %w", err)
	}
	return out, nil
}

func (f *frr) Type(ctx context.Context, lines []string) ([]byte, error) {
	return f.vtysh(ctx, lines...)
}

func (f *frr) Learned(ctx context.Context) (map[netip.Prefix]netip.Addr, error) {
	out, err := f.vtysh(ctx, "show ip route bgp json")
	if err != nil {
		return nil, err
	}
	var table map[netip.Prefix][]struct {
		Selected bool
		Nexthops []struct {
			IP     netip.Addr
			Active bool
		}
	}
	if err := json.Unmarshal(out, &table); err != nil {
		return nil, fmt.Errorf("read FRR's routes: %w", err)
	}
	learned := map[netip.Prefix]netip.Addr{}
	for prefix, routes := range table {
		for _, r := range routes {
			if r.Selected && len(r.Nexthops) > 0 {
				learned[prefix] = r.Nexthops[0].IP
			}
		}
	}
	return learned, nil
}

func (f *frr) Established(ctx context.Context, neighbour netip.Addr) (bool, error) {
	out, err := f.vtysh(ctx, "show bgp neighbors "+neighbour.String()+" json")
	if err != nil {
		return false, err
	}
	var neighbours map[string]struct{ BgpState string }
	if err := json.Unmarshal(out, &neighbours); err != nil {
		return false, fmt.Errorf("read FRR's neighbours: %w", err)
	}
	return neighbours[neighbour.String()].BgpState == "Established", nil
}

func (f *frr) AdvertiseDefault(ctx context.Context, neighbour netip.Addr) error {
	_, err := f.vtysh(ctx, "configure terminal", "router bgp", "address-family ipv4 unicast",
		"neighbor "+neighbour.String()+" default-originate")
	return err
}

// giveTo hands files to a user of the system.
func giveTo(name string, files ...string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("hand files to %s: %w", name, err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	for _, file := range files {
		if err := os.Chown(file, uid, gid); err != nil {
			return err
		}
	}
	return nil
}
