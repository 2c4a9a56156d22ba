package cli

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func auditCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "audit",
		Short: "Show what was changed and by whom, the latest first",
		Long:  "Audit shows the caller's own changes, and everybody's to the site's operator.\nWith -o json each record has what it changed, before and after.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.AuditList
			return g.show(cmd, "/desk/v1/audit", &list, func(out io.Writer) {
				table(out, "WHEN | ACCOUNT | OPERATION | CHANGED", func(row func(...any)) {
					for _, r := range list.Records {
						row(r.At.UTC().Format(time.DateTime), r.Account, r.Operation, clip(strings.Join(changed(r), " "), 80))
					}
				})
			})
		},
	}
}

// changed names the objects of a record: what is only before is gone, what is
// only after is new.
func changed(r desk.AuditRecord) []string {
	var names []string
	for _, name := range r.After {
		sign := "+"
		if slices.Contains(r.Before, name) {
			sign = "~"
		}
		names = append(names, sign+name)
	}
	for _, name := range r.Before {
		if !slices.Contains(r.After, name) {
			names = append(names, "-"+name)
		}
	}
	return names
}
