// Package cli has demarc's commands, one file each. It sees what any caller of
// the public APIs sees; the two long-running roles, control and agent, are
// wired in cmd/demarc.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"demarc/client"
	"demarc/docs"
	"demarc/lab/installation"
)

// Exit codes beyond 0 and 1, for scripts.
const (
	exitUsage   = 2 // the command line is wrong
	exitRefused = 3 // the other side understood and refused
	exitFailed  = 4 // what was waited for can come no more
	exitTheirs  = 5 // another party moves next
	exitTimeout = 6 // what was waited for has not come
	exitYours   = 8 // it is the caller's move
)

// global are the flags that every command has.
type global struct {
	data     string
	endpoint string
	profile  string
	output   string
}

// Root is the demarc command. Roles are the commands that only cmd can wire.
func Root(roles ...*cobra.Command) *cobra.Command {
	var g global
	root := &cobra.Command{
		Use:           "demarc",
		Short:         "A Direct Connect of your own",
		Long:          "demarc is a Direct Connect of your own: the AWS-compatible API, the edge that\ncarries the traffic, and the desk between the parties.\n\nStart with: demarc up",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&g.data, "data", ".demarc", "directory where state, profiles and logs live")
	flags.StringVar(&g.endpoint, "endpoint", envOr("DEMARC_ENDPOINT", client.DefaultEndpoint), "URL of a demarc control (env DEMARC_ENDPOINT); left out, that of the demarc up that runs in --data")
	flags.StringVar(&g.profile, "profile", envOr("DEMARC_PROFILE", os.Getenv("AWS_PROFILE")), "AWS profile to act as (env DEMARC_PROFILE, AWS_PROFILE)")
	flags.StringVarP(&g.output, "output", "o", "table", "table or json")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := cmp.Or(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil { // cobra would, later
			return usageError{err}
		}
		if g.output != "table" && g.output != "json" {
			return usageError{fmt.Errorf("--output %q: expected table or json", g.output)}
		}
		return g.locate(cmd.Flags().Changed("endpoint"))
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(upCommand(&g), downCommand(&g), linkCommand(&g), caseCommand(&g), policyCommand(&g), facilityCommand(&g))
	root.AddCommand(environmentCommand(&g), auditCommand(&g), profileCommand(&g), clockCommand(&g), noticeCommand(&g), maintenanceCommand(&g), labCommand(&g))
	root.AddCommand(partnerCommand(&g), elsewhereCommand(&g), cutoverCommand(&g), errorCommand(&g))
	root.AddCommand(roles...)
	root.Args, root.RunE = cobra.ArbitraryArgs, chooseCommand
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() {
			cmd.RunE = chooseCommand
		}
	}
	countArgs(root)
	return root
}

// locate finds out where the site is: what runs in --data says so itself, unless
// somebody said otherwise.
func (g *global) locate(said bool) (err error) {
	if g.data, err = filepath.Abs(g.data); err != nil {
		return err
	}
	if runs := installation.EndpointOf(g.data); runs != "" && !said && os.Getenv("DEMARC_ENDPOINT") == "" {
		g.endpoint = runs
	}
	if at, err := url.Parse(g.endpoint); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return usageError{fmt.Errorf("--endpoint %q: expected a URL such as %s", g.endpoint, client.DefaultEndpoint)}
	}
	return nil
}

// countArgs makes too many and too few arguments mistakes on the command line.
func countArgs(of *cobra.Command) {
	if check := of.Args; check != nil {
		of.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; the command is: %s", err, cmd.UseLine())}
			}
			return nil
		}
	}
	for _, cmd := range of.Commands() {
		countArgs(cmd)
	}
}

// chooseCommand is what a command does that only has others below it: it lists
// them, and refuses one that there is not.
func chooseCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return usageError{fmt.Errorf("%s has no command %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())}
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// usageError is a mistake on the command line.
type usageError struct{ error }

// Execute runs the command and returns the process's exit code.
func Execute(ctx context.Context, root *cobra.Command) int {
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit exitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(screen{os.Stderr}, "demarc:", err)
	}
	if hint := remedy(err); hint != "" {
		fmt.Fprintln(screen{os.Stderr}, "  what to do:", hint)
	}
	var usage usageError
	var refusal *client.Refusal
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &refusal):
		if _, ok := docs.Explain(refusal.Code); ok && !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "  explained by: demarc error", refusal.Code)
		}
		return exitRefused
	}
	return 1
}

// remedy is what helps against mistakes that say nothing of it: those about where
// the site is.
func remedy(err error) string {
	if _, ok := errors.AsType[*client.NoProfileError](err); ok {
		return "run this in the directory where demarc up runs, give its --data, or type what demarc profile prints there"
	}
	if _, ok := errors.AsType[*client.UnreachableError](err); ok {
		return "start demarc up, or give --endpoint (or DEMARC_ENDPOINT) where a demarc control listens"
	}
	return ""
}

// exitError ends a command that has told how things stand, with its exit code.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// errReported ends a command that has already told what is wrong.
var errReported = errors.New("reported")

// connect is the client of the account that the flags name.
func (g *global) connect(ctx context.Context) (*client.Client, error) {
	if g.profile == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" {
		return nil, usageError{errors.New("which account? give --profile customer, partner, platform or facility")}
	}
	c, err := client.New(ctx, client.Options{Endpoint: g.endpoint, Profile: g.profile, Dir: client.FindProfiles(g.data)})
	if err == nil && c.Config().Region == "" { // what is signed without one is nobody's
		return nil, usageError{errors.New("which Region? set AWS_REGION, or give --profile one that has a region")}
	}
	return c, err
}

// print writes v as JSON, or by table.
func (g *global) print(w io.Writer, v any, table func(io.Writer)) error {
	if g.output == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	table(screen{w})
	return nil
}

// Logger writes one line per thing that happened to standard error.
func Logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
