package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func caseCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "case", Short: "Ask another party something, and answer"}
	cmd.AddCommand(caseOpenCommand(g), caseListCommand(g), caseShowCommand(g), caseAnswerCommand(g))
	return cmd
}

func caseOpenCommand(g *global) *cobra.Command {
	var in desk.CaseRequest
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open a case with the platform of an environment (customer)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.send(cmd, "/desk/v1/cases", in)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&in.Kind), "kind", "", "account-association or accept-interface")
	flags.StringVar(&in.Environment, "environment", "", "environment it is about")
	flags.StringVar((*string)(&in.VirtualInterface), "interface", "", "virtual interface to accept (dxvif-…)")
	cmd.MarkFlagRequired("kind")
	cmd.MarkFlagRequired("environment")
	return cmd
}

func caseListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the cases that you opened or are to answer",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Cases
			return g.show(cmd, "/desk/v1/cases", &list, func(out io.Writer) {
				table(out, "CASE | KIND | ENVIRONMENT | INTERFACE | STATE | ANSWER", func(row func(...any)) {
					for _, c := range list.Cases {
						row(c.ID, c.Kind, c.Environment, c.VirtualInterface, c.State, c.Answer)
					}
				})
			})
		},
	}
}

func caseShowCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "show CASE",
		Short: "Show a case",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c desk.Case
			return g.show(cmd, "/desk/v1/cases/"+args[0], &c, func(out io.Writer) { printCase(out, c) })
		},
	}
}

func caseAnswerCommand(g *global) *cobra.Command {
	var in desk.AnswerRequest
	cmd := &cobra.Command{
		Use:   "answer CASE --text TEXT",
		Short: "Answer a case (platform)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.send(cmd, "/desk/v1/cases/"+args[0]+"/answer", in)
		},
	}
	cmd.Flags().StringVar(&in.Text, "text", "", "what to answer")
	cmd.MarkFlagRequired("text")
	return cmd
}

// send posts something about a case and prints the case.
func (g *global) send(cmd *cobra.Command, path string, in any) error {
	client, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var c desk.Case
	if err := client.Desk(cmd.Context(), "POST", path, in, &c); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), c, func(out io.Writer) { printCase(out, c) })
}

func printCase(out io.Writer, c desk.Case) {
	fmt.Fprintf(out, "%s  %s for %s is %s\n", c.ID, c.Kind, c.Environment, c.State)
	if c.VirtualInterface != "" {
		fmt.Fprintf(out, "  interface: %s\n", c.VirtualInterface)
	}
	if c.Answer != "" {
		fmt.Fprintf(out, "  answer: %s (by %s)\n", c.Answer, c.AnsweredBy)
	}
}
