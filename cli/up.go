package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/client"
	"demarc/lab"
	"demarc/lab/installation"
	"demarc/lab/procedure"
	"demarc/site"
)

// upOptions are what demarc up was asked for.
type upOptions struct {
	*global
	once        bool
	noWalk      bool
	listen      string
	siteFile    string
	environment string
	location    string
	bandwidth   string
	vlan        uint16
	asn         uint32
}

func upCommand(g *global) *cobra.Command {
	o := upOptions{global: g}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run a whole site on this machine and prove a link through it",
		Long: `Up starts control and one agent per node of the site, builds the world around
them in network namespaces, walks the procedure from the order to a packet in
the managed cloud, and stays up. Ctrl-C, or demarc down from elsewhere, removes
everything it made. State in --data is kept, so the next up goes on from it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.once, "once", false, "prove every step and leave; exit code 0 only if all are proven")
	flags.BoolVar(&o.noWalk, "no-walk", false, "start everything, prove nothing")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8480", "address of the API; the next port is the edge's, ten on are metrics")
	flags.StringVar(&o.siteFile, "site", "", "site file (default: the sample site)")
	flags.StringVar(&o.environment, "environment", "acme-prod", "environment to link to")
	flags.StringVar(&o.location, "location", "LIS1", "Direct Connect location to order at; the router in its cage is configured")
	flags.StringVar(&o.bandwidth, "bandwidth", "1Gbps", "speed of the connection")
	flags.Uint16Var(&o.vlan, "vlan", 101, "802.1Q tag of the virtual interface")
	flags.Uint32Var(&o.asn, "asn", 65010, "the customer's ASN")
	return cmd
}

func (o *upOptions) run(ctx context.Context, out io.Writer) (err error) {
	s, err := site.Load(o.siteFile)
	if err != nil {
		return usageError{err}
	}
	release, err := lockData(o.data)
	if err != nil {
		return err
	}
	defer release()
	instance, err := lab.InstanceOf(o.data)
	if err != nil {
		return err
	}
	if err := sweep(ctx, o.data, instance); err != nil {
		return fmt.Errorf("clean up after an earlier run: %w", err)
	}
	// The world ends after ctx does: sweep then runs without it.
	defer func() { err = errors.Join(err, sweep(context.Background(), o.data, instance)) }()
	log := o.logger()
	inst, err := o.start(ctx, s, instance, log)
	defer func() { err = errors.Join(err, inst.Stop()) }()
	if err != nil {
		return err
	}
	world, err := lab.Build(instance, s, log)
	defer func() { err = errors.Join(err, world.Close()) }()
	if err != nil {
		return err
	}
	if !o.noWalk {
		if err := o.walk(ctx, s, world, inst, out, log); err != nil {
			return err
		}
	}
	if o.once {
		return nil
	}
	o.printSummary(out, s, inst)
	<-ctx.Done()
	return nil
}

// logger writes to a file of the data directory: the terminal belongs to the
// tracker.
func (o *upOptions) logger() *slog.Logger {
	file, err := os.OpenFile(filepath.Join(o.data, "log", "up.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Logger(slog.LevelWarn)
	}
	return slog.New(slog.NewTextHandler(file, nil))
}

func (o *upOptions) start(ctx context.Context, s *site.Site, instance string, log *slog.Logger) (*installation.Installation, error) {
	binary, err := os.Executable()
	if err != nil {
		return &installation.Installation{}, err
	}
	return installation.Start(ctx, installation.Config{
		Binary: binary, DataDir: o.data, Instance: instance, Listen: o.listen, SiteFile: o.siteFile, Site: s, Log: log,
	})
}

// walk proves the procedure and reports it in the form asked for.
func (o *upOptions) walk(ctx context.Context, s *site.Site, world *lab.World, inst *installation.Installation, out io.Writer, log *slog.Logger) error {
	w, err := o.newWalk(ctx, s, world, inst, log)
	if err != nil {
		return err
	}
	var show tracker = silent{}
	if o.output != "json" {
		show = newTracker(out)
	}
	w.Started, w.Done = show.started, show.done
	result := w.Run(ctx)
	show.close(result)
	if o.output == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(result); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // Ctrl-C is no failure of the link
	}
	if !result.Proven && o.once {
		return errReported
	}
	return nil
}

func (o *upOptions) newWalk(ctx context.Context, s *site.Site, world *lab.World, inst *installation.Installation, log *slog.Logger) (*procedure.Walk, error) {
	router, socket, err := customerCage(s, world, o.environment, o.location)
	if err != nil {
		return nil, err
	}
	bandwidth, err := demarc.ParseBandwidth(o.bandwidth)
	if err != nil {
		return nil, usageError{fmt.Errorf("--bandwidth: %w", err)}
	}
	parties := map[demarc.Party]*client.Client{}
	for _, a := range s.Accounts {
		c, err := client.New(ctx, client.Options{Endpoint: inst.Endpoint(), Profile: a.Name, Dir: filepath.Join(o.data, "aws")})
		if err != nil {
			return nil, err
		}
		if parties[a.Party] == nil {
			parties[a.Party] = c
		}
	}
	return &procedure.Walk{
		Parties: parties, World: world, Environment: o.environment, Location: demarc.LocationCode(o.location),
		Bandwidth: bandwidth, Router: router, Interface: socket, Refused: notEntitled(s), VLAN: demarc.VLAN(o.vlan), ASN: demarc.ASN(o.asn), Log: log,
	}, nil
}

// customerCage finds the router of the environment's customer at a location.
func customerCage(s *site.Site, world *lab.World, environment, location string) (*lab.Router, string, error) {
	customer := ""
	for _, env := range s.Environments {
		if env.Name == environment {
			customer = env.Customer
		}
	}
	if customer == "" {
		return nil, "", usageError{fmt.Errorf("--environment: the site has no environment %q", environment)}
	}
	for _, loc := range s.Locations {
		for _, cage := range loc.Cages {
			if string(loc.Code) == location && cage.Account == customer {
				router, err := world.Router(cage.Router)
				return router, cage.Interface, err
			}
		}
	}
	return nil, "", usageError{fmt.Errorf("--location: %s has no cage at %q in the site", customer, location)}
}

// notEntitled names an environment whose edition has no Direct Connect.
func notEntitled(s *site.Site) string {
	for _, env := range s.Environments {
		for _, e := range s.Editions {
			if e.Name == env.Edition && !e.DirectConnect {
				return env.Name
			}
		}
	}
	return ""
}

func (o *upOptions) printSummary(out io.Writer, s *site.Site, inst *installation.Installation) {
	if o.output == "json" {
		return
	}
	fmt.Fprintf(out, "\nThe API is at %s (AWS and /desk/v1/; /metrics and /healthz too). Profiles:", inst.Endpoint())
	for _, a := range s.Accounts {
		fmt.Fprintf(out, " %s", a.Name)
	}
	dir := filepath.Join(relative(o.data), "aws")
	fmt.Fprintf(out, `

Try, in another terminal:
  export AWS_CONFIG_FILE=%s/config AWS_SHARED_CREDENTIALS_FILE=%s/credentials   # or: demarc profile --install
  export DEMARC_ENDPOINT=%s
  aws --profile customer --endpoint-url $DEMARC_ENDPOINT directconnect describe-virtual-interfaces
  demarc --profile customer link list
  demarc --profile customer environment routes %s

Ctrl-C ends it and removes everything.
`, dir, dir, inst.Endpoint(), o.environment)
}

// relative shortens a path for someone who stands in the working directory.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
