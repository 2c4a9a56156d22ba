package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
)

func linkCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "link", Short: "Ask for a link, and see whose move it is"}
	cmd.AddCommand(linkPreflightCommand(g), linkRequestCommand(g), linkListCommand(g), linkStatusCommand(g), linkTokenCommand(g), linkTokensCommand(g), linkWithdrawCommand(g))
	cmd.AddCommand(linkDrillCommand(g), linkDrillsCommand(g), linkEndCommand(g), linkKeepCommand(g))
	return cmd
}

// A linkForm is a link request as the command line gives it: a file, or a link
// of one leg by flags.
type linkForm struct {
	file string
	in   desk.LinkRequest
	leg  desk.LegRequest
}

func (f *linkForm) flags(cmd *cobra.Command) {
	f.in.Topology = demarc.OwnCage
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "YAML file with the request; - is standard input")
	flags.StringVar(&f.in.Environment, "environment", "", "environment to link to")
	flags.StringVar((*string)(&f.in.Topology), "topology", string(demarc.OwnCage), "own-cage or partner")
	flags.StringVar((*string)(&f.leg.Location), "location", "", "Direct Connect location")
	flags.StringVar(&f.leg.Bandwidth, "bandwidth", "1Gbps", "speed of the connection")
	flags.StringArrayVar(&f.in.Prefixes, "prefix", nil, "prefix that you mean to advertise; repeatable")
	cmd.MarkFlagsOneRequired("file", "environment")
	cmd.MarkFlagsMutuallyExclusive("file", "environment")
	cmd.MarkFlagsRequiredTogether("environment", "location")
}

// request reads the file, in which an unknown field is an error with its line.
func (f *linkForm) request(stdin io.Reader) (desk.LinkRequest, error) {
	if f.file == "" {
		f.in.Legs = []desk.LegRequest{f.leg}
		return f.in, nil
	}
	var in desk.LinkRequest
	err := readForm(f.file, stdin, &in)
	return in, err
}

// readForm reads a YAML file into a request, in which an unknown field is an
// error with its line.
func readForm(name string, stdin io.Reader, into any) error {
	text, err := readFile(name, stdin)
	if err != nil {
		return err
	}
	from := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := from.Decode(into); err != nil && !errors.Is(err, io.EOF) { // nothing at all is a request without fields
		return usageError{fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))}
	}
	if err := from.Decode(new(any)); !errors.Is(err, io.EOF) {
		return usageError{fmt.Errorf("%s: there is a second document in it, after ---; expected one", name)}
	}
	return nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

func linkPreflightCommand(g *global) *cobra.Command {
	var form linkForm
	cmd := &cobra.Command{
		Use:   "preflight",
		Short: "Say everything that would refuse a link; change nothing (customer)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := form.request(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return g.preflight(cmd, in)
		},
	}
	form.flags(cmd)
	return cmd
}

func (g *global) preflight(cmd *cobra.Command, in desk.LinkRequest) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var answer desk.Preflight
	if err := c.Desk(cmd.Context(), "POST", "/desk/v1/links:preflight", in, &answer); err != nil {
		return err
	}
	err = g.print(cmd.OutOrStdout(), answer, func(out io.Writer) {
		printFindings(out, answer.Findings)
		if len(answer.Notes) > 0 {
			fmt.Fprintln(out, "To mind when it is built:")
			printFindings(out, answer.Notes)
		}
		if len(answer.Findings)+len(answer.Notes) > 0 {
			fmt.Fprintln(out, "\nEach code is explained by demarc error CODE, and in docs/errors.md.")
		}
		if answer.Ready {
			fmt.Fprintln(out, "Nothing stands against it. Next: demarc link request, with the same arguments.")
		}
	})
	if err == nil && !answer.Ready {
		return exitError(exitRefused)
	}
	return err
}

func printFindings(out io.Writer, findings []desk.Refusal) {
	for _, f := range findings {
		fmt.Fprintf(out, "%s  %s\n%s%s\n", f.Code, f.Field, indent, wrap(f.Message, terminalWidth(out)-len(indent), "\n"+indent))
		fmt.Fprintf(out, "%s%s\n", indent, wrap(fixer(f)+": "+f.Fix, terminalWidth(out)-len(indent), "\n"+indent))
	}
}

// fixer is who can put a finding right.
func fixer(f desk.Refusal) string {
	if f.Fixer == "" {
		return "you"
	}
	return f.Fixer
}

func linkRequestCommand(g *global) *cobra.Command {
	var form linkForm
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Ask for a link into an environment (customer)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := form.request(cmd.InOrStdin())
			if err != nil {
				return err
			}
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var link desk.Link
			if err := c.Desk(cmd.Context(), "POST", "/desk/v1/links", in, &link); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), link, func(out io.Writer) { granted(out, link) })
		},
	}
	form.flags(cmd)
	return cmd
}

// granted tells the next command of each leg.
func granted(out io.Writer, link desk.Link) {
	fmt.Fprintf(out, "%s into %s is granted.\n", link.ID, link.Environment)
	if link.Topology == demarc.PartnerCage {
		fmt.Fprintln(out, "Next, issue a token for each leg and hand it to your partner:")
		for _, leg := range link.Legs {
			fmt.Fprintf(out, "  demarc link token %s --leg %s\n", link.ID, leg.ID)
		}
		return
	}
	fmt.Fprintln(out, "Next, order a connection for each leg, tagged with it:")
	for _, leg := range link.Legs {
		fmt.Fprintf(out, "  aws directconnect create-connection --location %s --bandwidth %s --connection-name %s-%s --tags key=demarc:link,value=%s\n",
			leg.Location, leg.Bandwidth, link.Environment, leg.ID, leg.Tag)
	}
}

func linkListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List links and the next step of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Links
			return g.show(cmd, "/desk/v1/links", &list, func(out io.Writer) {
				table(out, "LINK | ENVIRONMENT | LEGS | RESILIENCY | WHOSE MOVE | NEXT", func(row func(...any)) {
					for _, l := range list.Links {
						party, next := "nobody's", "live"
						switch {
						case l.Elsewhere != nil && l.Ended.IsZero():
							party, next = "unseen", fmt.Sprintf("at %s: demarc link status %s --as PROFILE", l.Elsewhere.At, l.ID)
						case l.Next != nil:
							party, next = string(l.Next.Party), title(*l.Next)
						case !l.Ended.IsZero():
							next = "ended"
						}
						row(l.ID, l.Environment, len(l.Legs), l.Resiliency, party, next)
					}
				})
			})
		},
	}
}

// title is a step's, with the leg that it is of.
func title(s desk.Step) string {
	if s.Leg == "" {
		return s.Title
	}
	return s.Title + " (leg " + s.Leg + ")"
}

// show fetches one document of the desk and prints it.
func (g *global) show(cmd *cobra.Command, path string, into any, asTable func(io.Writer)) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	if err := c.Desk(cmd.Context(), "GET", path, nil, into); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), into, asTable)
}
