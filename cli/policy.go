package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func policyCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "What a platform accepts without a person looking"}
	cmd.AddCommand(policyApplyCommand(g), policyShowCommand(g), policyTestCommand(g), policyDecisionsCommand(g))
	return cmd
}

func policyApplyCommand(g *global) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make the rules of a file the policy, as a new version (platform)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var in desk.PolicyRequest
			if err := readForm(file, cmd.InOrStdin(), &in); err != nil {
				return err
			}
			var applied desk.Policy
			if err := g.post(cmd, "/desk/v1/platform/policies", in, &applied); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), applied, func(out io.Writer) { printPolicy(out, applied) })
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML file with the rules; - is standard input")
	cmd.MarkFlagRequired("file")
	return cmd
}

func policyShowCommand(g *global) *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the policy that counts, or a version of it (platform)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var list desk.Policies
			if err := c.Desk(cmd.Context(), "GET", "/desk/v1/platform/policies", nil, &list); err != nil {
				return err
			}
			if len(list.Policies) == 0 {
				return fmt.Errorf("no policy was applied: a person decides everything")
			}
			if version == 0 {
				version = len(list.Policies)
			}
			for _, p := range list.Policies {
				if p.Version == version {
					return g.print(cmd.OutOrStdout(), p, func(out io.Writer) { printPolicy(out, p) })
				}
			}
			return fmt.Errorf("there is no version %d; the latest is %d", version, len(list.Policies))
		},
	}
	cmd.Flags().IntVar(&version, "version", 0, "a version; the latest where left out")
	return cmd
}

func printPolicy(out io.Writer, p desk.Policy) {
	fmt.Fprintf(out, "version %d, applied by %s on %s  %s\n\n", p.Version, p.By, p.Applied.UTC().Format("2006-01-02 15:04:05"), p.Comment)
	table(out, "RULE | WHEN | VERDICT | FOUR EYES | REASON", func(row func(...any)) {
		for _, r := range p.Rules {
			row(r.Name, conditions(r.When), r.Verdict, map[bool]string{true: "yes"}[r.FourEyes], r.Reason)
		}
	})
}

// conditions are those of a rule, in the words of its file.
func conditions(when any) string {
	text, err := json.Marshal(when)
	if err != nil {
		return err.Error()
	}
	return strings.Trim(strings.NewReplacer(`"`, "", ":", ": ", ",", ", ").Replace(string(text)), "{}")
}

func policyTestCommand(g *global) *cobra.Command {
	var file, request, id string
	var end desk.PolicyTestEnd
	var place placeThere
	cmd := &cobra.Command{
		Use:   "test [-f FILE] --request FILE|--interface DXVIF|--end LINK [--leg LEG]",
		Short: "Say what rules would decide, and why; change nothing (platform)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var in policyTestOf
			if in.Interface = demarc.VirtualInterfaceID(id); id != "" && place.given() {
				a, err := g.acceptor(cmd, place, "")
				if err != nil {
					return err
				}
				seen, err := a.find(cmd.Context(), id)
				if err != nil {
					return err
				}
				in.Interface, in.Seen = "", &seen
			}
			if file != "" {
				var policy desk.PolicyRequest
				if err := readForm(file, cmd.InOrStdin(), &policy); err != nil {
					return err
				}
				if in.Rules = policy.Rules; len(in.Rules) == 0 { // for which the desk would take those that count
					return usageError{fmt.Errorf("%s: there are no rules in it", file)}
				}
			}
			if request != "" {
				in.Request = &desk.LinkRequest{}
				if err := readForm(request, cmd.InOrStdin(), in.Request); err != nil {
					return err
				}
			}
			if end.Link != "" {
				in.End = &end
			}
			var trial desk.PolicyTrial
			if err := g.post(cmd, "/desk/v1/platform/policies:test", in, &trial); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), trial, func(out io.Writer) { printTrial(out, trial) })
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&file, "file", "f", "", "YAML file with the rules; the policy that counts where left out")
	flags.StringVar(&request, "request", "", "YAML file with a link, as its customer would ask for it")
	flags.StringVar(&id, "interface", "", "virtual interface that was offered (dxvif-…); with --as, at another Direct Connect")
	place.flags(cmd)
	flags.StringVar((*string)(&end.Link), "end", "", "link (lk-…) whose customer would ask for its end: rules with termination: true decide")
	flags.StringVar(&end.Leg, "leg", "", "with --end: the leg alone")
	flags.StringVar((*string)(&end.Cause), "cause", "", "with --end: as if the platform ended it: non-payment, abuse or entitlement-ended")
	cmd.MarkFlagsOneRequired("request", "interface", "end")
	cmd.MarkFlagsMutuallyExclusive("request", "interface", "end")
	return cmd
}

// A policyTestOf is desk.PolicyTest with what was seen as it was.
type policyTestOf struct {
	desk.PolicyTest
	Seen *client.Interface `json:"seen,omitempty"`
}

func printTrial(out io.Writer, trial desk.PolicyTrial) {
	for _, f := range trial.Findings {
		fmt.Fprintf(out, "refused before any policy: %s  %s\n", f.Code, f.Message)
	}
	for _, t := range trial.Trials {
		leg := ""
		if t.Facts.Leg != "" {
			leg = "leg " + t.Facts.Leg + ": "
		}
		rule := "no rule"
		if t.Rule != "" {
			rule = "rule " + t.Rule
		}
		fmt.Fprintf(out, "%s%s by %s%s\n", leg, t.Verdict, rule, fourEyes(t.FourEyes))
		if t.Reason != "" {
			fmt.Fprintf(out, "%s%s\n", indent, t.Reason)
		}
		for _, p := range t.Passed {
			fmt.Fprintf(out, "%snot %s\n", indent, p)
		}
	}
}

func fourEyes(wanted bool) string {
	if wanted {
		return ", two persons have to agree"
	}
	return ""
}

func policyDecisionsCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "decisions",
		Short: "List what policies made of interfaces; with rule and facts for the platform",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Decisions
			return g.show(cmd, "/desk/v1/decisions", &list, func(out io.Writer) {
				table(out, "INTERFACE | CASE | VERDICT | RULE | VERSION | REASON", func(row func(...any)) {
					for _, d := range list.Decisions {
						row(d.Interface, d.Case, d.Verdict, d.Rule, strings.TrimPrefix(fmt.Sprint(d.Version), "0"), d.Reason)
					}
				})
			})
		},
	}
}
