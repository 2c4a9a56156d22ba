package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func auditCommand(g *global) *cobra.Command {
	var since time.Duration
	var fields bool
	wanted := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what was changed and by whom, the latest first",
		Long: `Audit shows which objects the caller has changed: + new, ~ changed, - gone. The
site's operator sees what everybody changed, and with --fields what was in the
objects before and after. Secrets are not kept.`,
		Example: `  demarc --profile platform audit --object dxvif-fgy1ab2c --fields
  demarc --profile platform audit --operation DeleteConnection --since 24h -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{}
			for name, value := range wanted {
				if *value != "" {
					query.Set(name, *value)
				}
			}
			if since > 0 {
				query.Set("since", time.Now().Add(-since).UTC().Format(time.RFC3339))
			}
			path := "/desk/v1/audit"
			if len(query) > 0 {
				path += "?" + query.Encode()
			}
			var list desk.AuditList
			return g.show(cmd, path, &list, func(out io.Writer) {
				if fields {
					printFields(out, list)
				} else {
					printRecords(out, list)
				}
			})
		},
	}
	flags := cmd.Flags()
	wanted["account"] = flags.String("account", "", "only what this account did")
	wanted["operation"] = flags.String("operation", "", "only this operation, such as CreateConnection")
	wanted["object"] = flags.String("object", "", "only what changed this object, by its id")
	flags.DurationVar(&since, "since", 0, "only what was done so long ago at most, such as 24h")
	flags.BoolVar(&fields, "fields", false, "show the fields that were changed, as the site's operator")
	return cmd
}

func printRecords(out io.Writer, list desk.AuditList) {
	table(out, "WHEN | ACCOUNT | OPERATION | CHANGED", func(row func(...any)) {
		for _, r := range list.Records {
			row(r.At.UTC().Format(time.DateTime), r.Account, r.Operation, clip(strings.Join(changed(r), " "), 80))
		}
	})
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

func printFields(out io.Writer, list desk.AuditList) {
	for _, r := range list.Records {
		by := string(r.Account)
		if r.Session != "" {
			by = r.Session
		}
		fmt.Fprintf(out, "%s  %s by %s\n", r.At.UTC().Format(time.DateTime), r.Operation, by)
		for _, change := range r.Changes {
			fmt.Fprintf(out, "  %s\n", change.Object)
			before, after := values(change.Before), values(change.After)
			names := slices.Sorted(maps.Keys(before))
			names = slices.Compact(slices.Sorted(slices.Values(append(names, slices.Collect(maps.Keys(after))...))))
			for _, name := range names {
				fmt.Fprintf(out, "    %s: %s\n", name, step(before[name], after[name]))
			}
		}
	}
}

func values(object json.RawMessage) (fields map[string]json.RawMessage) {
	_ = json.Unmarshal(object, &fields) // none of no object
	return fields
}

// step is what became of a value.
func step(before, after json.RawMessage) string {
	const width = 60
	switch {
	case before == nil:
		return clip(string(after), 2*width)
	case after == nil:
		return clip(string(before), 2*width) + " is gone"
	}
	return clip(string(before), width) + " → " + clip(string(after), width)
}
