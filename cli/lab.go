package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/lab"
	"demarc/site"
)

func labCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "lab", Short: "Act in the world around demarc up: on routers, hosts, in any namespace"}
	cmd.AddCommand(labExecCommand(g), labConfigureCommand(g), labTypeCommand(g), labFlowCommand(g))
	return cmd
}

func labExecCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "exec PLACE -- COMMAND…",
		Short: "Run a command at a place of the lab, such as acme-h1 or acme-r1",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			instance, err := lab.InstanceOf(g.data)
			if err == nil {
				err = placeIn(instance, args[0], relative(g.data))
			}
			if err != nil {
				return err
			}
			inside := exec.CommandContext(cmd.Context(), "ip", append([]string{"netns", "exec", lab.Namespace(instance, args[0])}, args[1:]...)...)
			inside.Stdin, inside.Stdout, inside.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			// Who runs this may be killed. The kernel counts the thread that began
			// the command as its parent, so that thread is kept.
			runtime.LockOSThread()
			inside.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			err = inside.Run()
			if ended, ok := errors.AsType[*exec.ExitError](err); ok {
				return exitError(ended.ExitCode())
			}
			return err
		},
	}
}

// placeIn refuses a place that is not in the lab.
func placeIn(instance, name, data string) error {
	places, err := lab.Places(instance)
	switch {
	case err != nil || slices.Contains(places, name):
		return err
	case len(places) == 0:
		return fmt.Errorf("no demarc up runs with --data %s: start it, or give the --data of one that does", data)
	}
	return usageError{fmt.Errorf("the lab has no place %q; it has %s", name, strings.Join(places, ", "))}
}

func labTypeCommand(g *global) *cobra.Command {
	var siteFile, file string
	cmd := &cobra.Command{
		Use:   "type ROUTER LINE…",
		Short: "Type lines into a customer's router: into vtysh, or birdc",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			lines := args[1:]
			if file != "" {
				text, err := readFile(file, cmd.InOrStdin())
				if err != nil {
					return err
				}
				lines = append(lines, strings.Split(strings.TrimSpace(string(text)), "\n")...)
			}
			router, err := openRouter(g, siteFile, args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, router.Close()) }()
			printed, err := router.Type(cmd.Context(), lines)
			_, werr := cmd.OutOrStdout().Write(printed)
			return errors.Join(err, werr)
		},
	}
	cmd.Flags().StringVar(&siteFile, "site", "", "site file of demarc up (default: the sample site)")
	cmd.Flags().StringVarP(&file, "file", "f", "", "more lines, from a file; - is standard input")
	return cmd
}

// A paste is a router's configuration with the tagged interface that it is for.
type paste struct {
	file, siteFile, parent string
	vlan                   uint16
	mtu                    int
	address                string
	add                    bool
}

func labConfigureCommand(g *global) *cobra.Command {
	var p paste
	cmd := &cobra.Command{
		Use:   "configure ROUTER",
		Short: "Give a customer's router a tagged interface and a configuration, unedited",
		Long: `Configure does what an engineer does on the router in the cage: make the
sub-interface with the tag, give it its address, and paste the configuration
that describe-router-configuration gave. What ran there before is ended; with
--add it goes on, and the configuration is pasted besides (FRR).`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, g, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&p.file, "file", "f", "-", "the configuration; - is standard input")
	flags.StringVar(&p.siteFile, "site", "", "site file of demarc up (default: the sample site)")
	flags.StringVar(&p.parent, "interface", "eth0", "where the cross-connect ends")
	flags.Uint16Var(&p.vlan, "vlan", 0, "802.1Q tag of the virtual interface")
	flags.IntVar(&p.mtu, "mtu", 1500, "MTU of the sub-interface")
	flags.StringVar(&p.address, "address", "", "the customer's address with its mask")
	flags.BoolVar(&p.add, "add", false, "keep what runs there, and paste this besides")
	cmd.MarkFlagRequired("vlan")
	cmd.MarkFlagRequired("address")
	return cmd
}

func (p paste) run(cmd *cobra.Command, g *global, name string) (err error) {
	address, err := netip.ParsePrefix(p.address)
	if err != nil {
		return usageError{fmt.Errorf("--address: %w", err)}
	}
	config, err := readFile(p.file, cmd.InOrStdin())
	if err != nil {
		return err
	}
	router, err := openRouter(g, p.siteFile, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, router.Close()) }()
	if !p.add {
		if err := router.Reboot(cmd.Context()); err != nil {
			return err
		}
	}
	if err := router.AddTag(p.parent, demarc.VLAN(p.vlan), p.mtu, address); err != nil {
		return err
	}
	if p.add {
		return router.Paste(cmd.Context(), string(config))
	}
	return router.Configure(cmd.Context(), string(config))
}

// openRouter finds one of the site's in the running lab.
func openRouter(g *global, siteFile, name string) (*lab.Router, error) {
	s, err := site.Load(siteFile)
	if err != nil {
		return nil, usageError{err}
	}
	instance, err := lab.InstanceOf(g.data)
	if err != nil {
		return nil, err
	}
	for _, r := range s.Lab.Routers {
		if r.Name == name {
			return lab.OpenRouter(instance, r, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		}
	}
	return nil, usageError{fmt.Errorf("the site's lab has no router %q", name)}
}
