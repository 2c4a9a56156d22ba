package cli

import (
	"fmt"
	"io"
	"strings"

	"demarc/api/desk"
)

// gauge is what the sessions of a leg send against what they may.
func gauge(l desk.Leg) string {
	var each []string
	for _, u := range l.Prefixes {
		each = append(each, fmt.Sprintf("%d/%d", u.Received, u.Limit))
	}
	return strings.Join(each, " + ")
}

// drawPrefixes says of sessions that send much of what they may, or too much,
// what came last and what fewer prefixes would say the same.
func drawPrefixes(out io.Writer, legs []desk.Leg) {
	for _, l := range legs {
		for _, u := range l.Prefixes {
			if u.Code != "" {
				drawPrefixUse(out, l.ID, u)
			}
		}
	}
}

func drawPrefixUse(out io.Writer, leg string, u desk.PrefixUse) {
	fmt.Fprintf(out, "\n%s  leg %s sends %d %s prefixes, and may send %d\n", u.Code, leg, u.Received, u.Family, u.Limit)
	var newest, aggregate []string
	for _, p := range u.Newest {
		newest = append(newest, p.Prefix.String())
	}
	for _, p := range u.Aggregate {
		aggregate = append(aggregate, p.String())
	}
	covers := "cover the same"
	if u.AggregateIsWider {
		covers = "cover the same and more (wider)"
	}
	width := terminalWidth(out) - len(indent)
	fmt.Fprintln(out, indent+wrap("newest: "+strings.Join(newest, ", "), width, "\n"+indent))
	fmt.Fprintln(out, indent+wrap(fmt.Sprintf("these %d %s: %s", len(aggregate), covers, strings.Join(aggregate, ", ")), width, "\n"+indent))
}
