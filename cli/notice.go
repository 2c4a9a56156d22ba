package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

const noticesPath = "/desk/v1/notices"

func noticeCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "notice", Short: "What happened, and where you are told of it"}
	webhook := &cobra.Command{Use: "webhook", Short: "Where notices are sent", RunE: chooseCommand}
	webhook.AddCommand(webhookAddCommand(g), webhookListCommand(g), webhookActCommand(g, "remove", "End a webhook", "%s to %s is no more\n"))
	cmd.AddCommand(noticeListCommand(g), webhook, noticeReplayCommand(g), noticeLogCommand(g),
		webhookActCommand(g, "test", "Send a notice of type notice.test to a webhook", "A notice is on its way by %s to %s; see demarc notice log\n"))
	return cmd
}

func noticeListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what happened to what you are party to, the latest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Notices
			return g.show(cmd, noticesPath, &list, func(out io.Writer) {
				table(out, "AT | TYPE | SUBJECT | DETAIL", func(row func(...any)) {
					for _, n := range list.Notices {
						row(n.At.Format(time.DateTime), n.Type, n.Subject, string(n.Detail))
					}
				})
			})
		},
	}
}

func webhookAddCommand(g *global) *cobra.Command {
	var in desk.WebhookRequest
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Have your notices sent to a URL; prints the secret that signs them, once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.URL = args[0]
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var hook desk.Webhook
			if err := c.Desk(cmd.Context(), "POST", noticesPath+"/webhooks", in, &hook); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), hook, func(out io.Writer) {
				fmt.Fprintf(out, "%s sends to %s\n  secret: %s\n  It is not shown again. Next: demarc notice test %s\n", hook.ID, hook.URL, hook.Secret, hook.ID)
			})
		},
	}
	cmd.Flags().StringArrayVar(&in.Types, "type", nil, "type of notice such as vif.accepted or vif.*; repeatable (default: all)")
	return cmd
}

func webhookListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List your webhooks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Webhooks
			return g.show(cmd, noticesPath+"/webhooks", &list, func(out io.Writer) {
				table(out, "WEBHOOK | URL | TYPES | FROM | GONE", func(row func(...any)) {
					for _, h := range list.Webhooks {
						row(h.ID, h.URL, wanted(h.Types), h.From.Format(time.DateTime), clock(h.Gone))
					}
				})
			})
		},
	}
}

func wanted(types []string) string {
	if len(types) == 0 {
		return "all"
	}
	return fmt.Sprint(types)
}

// webhookActCommand does something with one webhook that needs no more words.
func webhookActCommand(g *global, verb, short, done string) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " WEBHOOK",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.onWebhook(cmd, args[0], verb, nil, done)
		},
	}
}

func noticeReplayCommand(g *global) *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "replay WEBHOOK --since TIME",
		Short: "Send once more what has happened since a time, with the same ids",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := sinceWhen(since, time.Now())
			if err != nil {
				return usageError{err}
			}
			return g.onWebhook(cmd, args[0], "replay", desk.ReplayRequest{Since: at}, "Notices are on their way again by %s to %s\n")
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "a time such as 2026-05-04T12:00:00Z, or how long ago: 2h")
	cmd.MarkFlagRequired("since")
	return cmd
}

// sinceWhen reads a time, or how long ago one was.
func sinceWhen(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--since %q is neither a time such as 2026-05-04T12:00:00Z nor a while such as 2h", text)
	}
	return at, nil
}

func (g *global) onWebhook(cmd *cobra.Command, id, verb string, in any, done string) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var hook desk.Webhook
	if err := c.Desk(cmd.Context(), "POST", noticesPath+"/webhooks/"+id+"/"+verb, in, &hook); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), hook, func(out io.Writer) { fmt.Fprintf(out, done, hook.ID, hook.URL) })
}

func noticeLogCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "log WEBHOOK",
		Short: "Show what became of notices at a webhook, the latest first",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list desk.Deliveries
			return g.show(cmd, noticesPath+"/webhooks/"+args[0]+"/deliveries", &list, func(out io.Writer) {
				table(out, "NOTICE | TYPE | SUBJECT | STATE | ATTEMPTS | LAST | NEXT | ANSWER", func(row func(...any)) {
					for _, d := range list.Deliveries {
						row(d.Notice.ID, d.Notice.Type, d.Notice.Subject, d.State, d.Attempts, clock(d.Last), clock(d.Next), d.Answer)
					}
				})
			})
		},
	}
}

// clock writes a time, or nothing for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}
