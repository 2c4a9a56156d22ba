package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
)

func caseCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "case", Short: "Ask another party something, and answer"}
	cmd.AddCommand(caseKindsCommand(g), caseOpenCommand(g), caseListCommand(g), caseShowCommand(g), caseStatusCommand(g), caseReplyCommand(g),
		caseAnswerCommand(g), caseRejectCommand(g), caseAttachmentCommand(g),
		caseMoveCommand(g, "accept", "Do what a case asks for, or propose it where two persons have to agree (platform)"),
		caseMoveCommand(g, "approve", "Agree as the second person to what the first has accepted (platform)"),
		caseMoveCommand(g, "resolve", "Ask no longer (customer)"))
	return cmd
}

// A caseForm is a new case as the command line gives it: a file, or flags.
type caseForm struct {
	file   string
	in     desk.CaseRequest
	fields desk.CaseFields
	start  string
	attach []string
}

func (f *caseForm) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "YAML file with the case; - is standard input")
	flags.StringVar((*string)(&f.in.Kind), "kind", "", "what is asked; demarc case kinds lists them with their fields")
	flags.StringVar(&f.in.Environment, "environment", "", "environment it is about")
	flags.StringVar(&f.in.Subject, "subject", "", "a line for people")
	flags.StringVar(&f.in.Text, "text", "", "what there is to say besides")
	flags.StringArrayVar(&f.attach, "attach", nil, "file, or letter/dxcon-… or configuration/dxvif-…; repeatable")
	flags.StringVar((*string)(&f.fields.Link), "link", "", "link (lk-…); your only one where left out")
	flags.StringVar((*string)(&f.fields.VirtualInterface), "interface", "", "virtual interface (dxvif-…)")
	flags.StringVar((*string)(&f.fields.TransitGateway), "transit-gateway", "", "your Transit Gateway (tgw-…)")
	flags.StringVar(&f.fields.ResourceShare, "resource-share", "", "the share that it is in")
	flags.StringArrayVar(&f.fields.Prefixes, "prefix", nil, "prefix of yours behind the Transit Gateway; repeatable")
	flags.StringArrayVar(&f.fields.Add, "add", nil, "prefix to add to a link; repeatable")
	flags.StringArrayVar(&f.fields.Remove, "remove", nil, "prefix to take from a link; repeatable")
	flags.IntVar(&f.fields.Minutes, "minutes", 0, "how long a drill takes")
	flags.StringVar(&f.start, "start", "", "when a drill may begin, such as 2026-05-04T20:00:00Z")
	flags.BoolVar(&f.fields.Force, "force", false, "drill also if no other leg is up, which cuts the link off")
	flags.StringVar(&f.fields.Reason, "reason", "", "why a link is no longer needed")
	flags.StringVar(&f.fields.Leg, "leg", "", "letter of the one leg that is no longer needed")
	flags.StringVar(&f.fields.LastDay, "last-day", "", "its last day, such as 2026-05-04")
	cmd.MarkFlagsOneRequired("file", "kind")
	cmd.MarkFlagsMutuallyExclusive("file", "kind")
	cmd.MarkFlagsRequiredTogether("kind", "environment")
}

// request reads the file, in which an unknown field is an error with its line.
func (f *caseForm) request(stdin io.Reader) (desk.CaseRequest, error) {
	if f.file == "" {
		if f.start != "" {
			start, err := time.Parse(time.RFC3339, f.start)
			if err != nil {
				return f.in, usageError{fmt.Errorf("--start %q: expected a time such as 2026-05-04T20:00:00Z", f.start)}
			}
			f.fields.Start = start
		}
		f.in.Fields = &f.fields
		return f.in, nil
	}
	var in desk.CaseRequest
	err := readForm(f.file, stdin, &in)
	return in, err
}

func caseOpenCommand(g *global) *cobra.Command {
	var form caseForm
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open a case with the platform of an environment (customer)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := form.request(cmd.InOrStdin())
			if err != nil {
				return err
			}
			if in.Attachments, err = g.attach(cmd, form.attach); err != nil {
				return err
			}
			return g.send(cmd, "/desk/v1/cases", in)
		},
	}
	form.flags(cmd)
	return cmd
}

// attach keeps files and references for a case that is to have them.
func (g *global) attach(cmd *cobra.Command, names []string) ([]demarc.AttachmentID, error) {
	var ids []demarc.AttachmentID
	for _, name := range names {
		in := desk.AttachmentRequest{Name: filepath.Base(name)}
		if strings.HasPrefix(name, "letter/") || strings.HasPrefix(name, "configuration/") {
			in.Reference = name
		} else {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			in.Data = data
		}
		var kept desk.Attachment
		if err := g.post(cmd, "/desk/v1/attachments", in, &kept); err != nil {
			return nil, fmt.Errorf("attach %s: %w", name, err)
		}
		ids = append(ids, kept.ID)
	}
	return ids, nil
}

func caseKindsCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "kinds",
		Short: "List the kinds of case and the fields of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.CaseForms
			return g.show(cmd, "/desk/v1/case-forms", &list, func(out io.Writer) {
				table(out, "KIND | REQUIRED | OPTIONAL | WHAT", func(row func(...any)) {
					for _, f := range list.Forms {
						row(f.Kind, strings.Join(f.Required, ", "), strings.Join(f.Optional, ", "), f.Title)
					}
				})
			})
		},
	}
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
						row(c.ID, c.Kind, c.Environment, about(c), c.State, c.Answer)
					}
				})
			})
		},
	}
}

// about is the interface that a case is about, here or there.
func about(c desk.Case) demarc.VirtualInterfaceID {
	if c.Offer != nil {
		return c.Offer.Interface
	}
	return c.VirtualInterface
}

func caseShowCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "show CASE",
		Short: "Show a case: what was requested against what was allocated, flags, and what was said",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c desk.Case
			return g.show(cmd, "/desk/v1/cases/"+args[0], &c, func(out io.Writer) { printCase(out, c) })
		},
	}
}

func caseReplyCommand(g *global) *cobra.Command {
	var in desk.ReplyRequest
	var files []string
	cmd := &cobra.Command{
		Use:   "reply CASE --text TEXT",
		Short: "Say something in a case: the other side moves next",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if in.Attachments, err = g.attach(cmd, files); err != nil {
				return err
			}
			return g.send(cmd, "/desk/v1/cases/"+args[0]+"/reply", in)
		},
	}
	cmd.Flags().StringVar(&in.Text, "text", "", "what to say")
	cmd.Flags().StringArrayVar(&files, "attach", nil, "file, or letter/dxcon-… or configuration/dxvif-…; repeatable")
	cmd.MarkFlagsOneRequired("text", "attach")
	return cmd
}

func caseAnswerCommand(g *global) *cobra.Command {
	var in desk.AnswerRequest
	cmd := &cobra.Command{
		Use:   "answer CASE --text TEXT",
		Short: "Answer a case with words (platform)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.send(cmd, "/desk/v1/cases/"+args[0]+"/answer", in)
		},
	}
	cmd.Flags().StringVar(&in.Text, "text", "", "what to answer")
	cmd.MarkFlagRequired("text")
	return cmd
}

func caseRejectCommand(g *global) *cobra.Command {
	var in desk.RejectRequest
	cmd := &cobra.Command{
		Use:   "reject CASE --reason TEXT",
		Short: "Reject what a case asks for, with a reason (platform)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.send(cmd, "/desk/v1/cases/"+args[0]+"/reject", in)
		},
	}
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	cmd.MarkFlagRequired("reason")
	return cmd
}

func caseMoveCommand(g *global, verb, short string) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " CASE",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.send(cmd, "/desk/v1/cases/"+args[0]+"/"+verb, nil)
		},
	}
}

func caseAttachmentCommand(g *global) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "attachment ATTACHMENT --to FILE",
		Short: "Save an attachment of a case",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var a desk.Attachment
			if err := c.Desk(cmd.Context(), "GET", "/desk/v1/attachments/"+args[0], nil, &a); err != nil {
				return err
			}
			if a.Reference != "" {
				fmt.Fprintf(screen{cmd.OutOrStdout()}, "%s is %s: whoever may have it gets it with\n  %s\n", a.Name, a.Reference, a.Command)
				return nil
			}
			if file == "-" {
				_, err := cmd.OutOrStdout().Write(a.Data)
				return err
			}
			return os.WriteFile(file, a.Data, 0o600)
		},
	}
	cmd.Flags().StringVar(&file, "to", "-", "file to write; - is standard output")
	return cmd
}

// post sends something to the desk and reads what it answers.
func (g *global) post(cmd *cobra.Command, path string, in, out any) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	return c.Desk(cmd.Context(), "POST", path, in, out)
}

// send posts something about a case and prints the case.
func (g *global) send(cmd *cobra.Command, path string, in any) error {
	var c desk.Case
	if err := g.post(cmd, path, in, &c); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), c, func(out io.Writer) { printCase(out, c) })
}

func printCase(out io.Writer, c desk.Case) {
	fmt.Fprintf(out, "%s  %s for %s is %s\n", c.ID, c.Kind, c.Environment, c.State)
	if c.Cause != "" {
		fmt.Fprintf(out, "  link %s is ended by its platform for %s: %s\n  last day: %s, after a notice of %d days\n", c.Fields.Link, c.Cause, c.Fields.Reason, c.Fields.LastDay, c.NoticeDays)
	}
	printAsked(out, c)
	if o := c.Offer; o != nil {
		fmt.Fprintf(out, "  interface there: %s on %s, leg %s\n", o.Interface, o.Connection, o.Leg)
		if !o.Granted.IsZero() && !c.State.Ended() {
			fmt.Fprintf(out, "  granted by %s: demarc elsewhere accept %s accepts it there, or the watcher does\n", o.GrantedBy, o.Interface)
		}
	}
	if c.Drill != nil {
		printDrillCase(out, c)
	}
	if c.Answer != "" {
		fmt.Fprintf(out, "  answer: %s (by %s)\n", c.Answer, c.AnsweredBy)
	}
	if len(c.Differences) > 0 {
		fmt.Fprintln(out)
		table(out, "FIELD | REQUESTED | ALLOCATED | ", func(row func(...any)) {
			for _, d := range c.Differences {
				row(d.Field, d.Requested, d.Allocated, map[bool]string{true: "differs", false: "same"}[d.Differs])
			}
		})
	}
	for _, f := range c.Flags {
		fmt.Fprintf(out, "%s  %s\n", f.Code, f.Text)
	}
	for _, said := range c.History {
		fmt.Fprintf(out, "\n%s  %s%s\n", said.At.UTC().Format("2006-01-02 15:04:05"), said.By, attached(said))
		fmt.Fprintf(out, "%s%s\n", indent, paragraphs(said.Text, terminalWidth(out)-len(indent), "\n"+indent))
	}
	if next := caseNext(c); next != "" {
		fmt.Fprintf(out, "\nNext, %s\n", next)
	}
}

// printAsked tells who asks whom for what.
func printAsked(out io.Writer, c desk.Case) {
	fmt.Fprintf(out, "  opened on %s by %s, for %s to answer\n", c.Created.UTC().Format("2006-01-02 15:04:05"), c.Opener, c.Assignee)
	if c.Subject != "" {
		fmt.Fprintf(out, "  subject: %s\n", wrap(c.Subject, terminalWidth(out), " "))
	}
	if c.VirtualInterface != "" {
		fmt.Fprintf(out, "  interface: %s\n", c.VirtualInterface)
	}
	text, err := json.Marshal(c.Fields)
	var fields map[string]any
	if err != nil || json.Unmarshal(text, &fields) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "virtualInterface" {
			fmt.Fprintf(out, "  %s: %s\n", name, wrap(strings.Trim(fmt.Sprint(fields[name]), "[]"), terminalWidth(out)-len(name)-4, "\n    "))
		}
	}
}

// caseNext is whose move an open case is, with the command.
func caseNext(c desk.Case) string {
	switch c.State {
	case demarc.CaseOpen, demarc.CaseWaitingAssignee:
		return fmt.Sprintf("account %s: demarc case accept %s; or answer, reply or reject", c.Assignee, c.ID)
	case demarc.CaseWaitingOpener:
		return fmt.Sprintf("account %s: demarc case reply %s --text …", c.Opener, c.ID)
	case demarc.CaseWaitingApprover:
		return fmt.Sprintf("another person of account %s than has spoken: demarc case approve %s", c.Assignee, c.ID)
	}
	return ""
}

// attached names what a communication has with it.
func attached(said desk.Communication) (text string) {
	for _, id := range said.Attachments {
		text += "  " + string(id)
	}
	return text
}
