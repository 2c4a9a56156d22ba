package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"demarc"
	"demarc/client"
	"demarc/internal/testnet"
	"demarc/lab"
	"demarc/lab/installation"
	"demarc/site"
)

// A bed is a whole installation of its own to measure, with the world around
// it.
type bed struct {
	dir      string
	instance string
	config   installation.Config
	inst     *installation.Installation
	world    *lab.World
	parties  map[demarc.Party]*client.Client
}

// startBed starts a site given as YAML. The caller closes the bed, also after
// an error.
func startBed(ctx context.Context, s *setting, yaml []byte) (*bed, error) {
	dir, err := os.MkdirTemp("", "demarc-bench-")
	b := &bed{dir: dir, parties: map[demarc.Party]*client.Client{}}
	if err != nil {
		return b, err
	}
	parsed, err := site.Parse(yaml)
	if err != nil {
		return b, err
	}
	file := filepath.Join(dir, "site.yaml")
	if err := os.WriteFile(file, yaml, 0o600); err != nil {
		return b, err
	}
	if b.instance, err = lab.InstanceOf(dir); err != nil {
		return b, err
	}
	listen, err := testnet.Listen(ports)
	if err != nil {
		return b, err
	}
	b.config = installation.Config{Binary: s.binary, DataDir: dir, Instance: b.instance, Listen: listen, SiteFile: file, Site: parsed, Log: s.log}
	if b.inst, err = installation.Start(ctx, b.config); err != nil {
		return b, err
	}
	if b.world, err = lab.Build(b.instance, parsed, s.log); err != nil {
		return b, err
	}
	return b, b.meet(ctx, parsed)
}

// meet makes a client for each party of the site.
func (b *bed) meet(ctx context.Context, parsed *site.Site) error {
	for _, a := range parsed.Accounts {
		c, err := client.New(ctx, client.Options{Endpoint: b.endpoint(), Profile: a.Name, Dir: filepath.Join(b.dir, "aws")})
		if err != nil {
			return err
		}
		b.parties[a.Party] = c
	}
	return nil
}

// restart ends its processes and starts them again on what they left.
func (b *bed) restart(ctx context.Context) error {
	if err := b.inst.Stop(); err != nil {
		return err
	}
	var err error
	b.inst, err = installation.Start(ctx, b.config)
	return err
}

func (b *bed) endpoint() string { return b.inst.Endpoint() }

// close removes all of it.
func (b *bed) close() error {
	var errs []error
	if b.world != nil {
		errs = append(errs, b.world.Close())
	}
	if b.inst != nil {
		errs = append(errs, b.inst.Stop())
	}
	if b.instance != "" {
		errs = append(errs, lab.Clean(context.Background(), b.instance))
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}

func joined(errs ...error) error { return errors.Join(errs...) }

// ports is how many control and the agents' metrics may need, from the first on.
const ports = 20

// siteWithPorts is the sample site with at least count ports of 1 Gbps more at
// LIS1, all of which one account may have.
func siteWithPorts(count int) ([]byte, error) {
	yaml := spacious(site.Sample)
	const first = "          - {name: p1, speed: 1Gbps}"
	at := bytes.Index(yaml, []byte(first))
	if at < 0 {
		return nil, errors.New("the sample site has no port p1 to add others after")
	}
	var ports strings.Builder
	for i := range count {
		fmt.Fprintf(&ports, "          - {name: b%d, speed: 1Gbps}\n", i)
	}
	more := append(append(bytes.Clone(site.Sample[:at]), ports.String()...), site.Sample[at:]...)
	const quota = "  connections: 10 "
	if !bytes.Contains(more, []byte(quota)) {
		return nil, errors.New("the sample site has no quota of connections to raise")
	}
	return bytes.Replace(more, []byte(quota), fmt.Appendf(nil, "  connections: %d ", count+10), 1), nil
}
