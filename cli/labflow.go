package cli

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc/lab"
)

// A flowRow is one direction, as it is printed.
type flowRow struct {
	From                string `json:"from"`
	To                  string `json:"to"`
	Sent                int    `json:"sent"`
	Lost                int    `json:"lost"`
	SilenceMilliseconds int64  `json:"silenceMilliseconds"`
}

func labFlowCommand(g *global) *cobra.Command {
	rate, last := 1000, 10*time.Second
	cmd := &cobra.Command{
		Use:   "flow PLACE=ADDRESS PLACE=ADDRESS",
		Short: "Send numbered packets both ways, and count what each direction loses",
		Long: `Flow sends UDP packets between two places of the lab, both ways, until --for is
over or it is interrupted, and prints for each direction how many were sent and
lost, and the longest silence between two that arrived.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if rate < 1 {
				return usageError{fmt.Errorf("--rate %d: expected at least 1 packet a second", rate)}
			}
			a, err := flowPlace(g, args[0])
			if err != nil {
				return err
			}
			defer a.Close()
			b, err := flowPlace(g, args[1])
			if err != nil {
				return err
			}
			defer b.Close()
			there, back, err := lab.Both(cmd.Context(), a, b, rate, last)
			if err != nil {
				return err
			}
			rows := []flowRow{flowOf(there), flowOf(back)}
			return g.print(cmd.OutOrStdout(), rows, func(out io.Writer) {
				table(out, "FROM | TO | SENT | LOST | LONGEST SILENCE", func(row func(...any)) {
					for _, f := range rows {
						row(f.From, f.To, f.Sent, f.Lost, time.Duration(f.SilenceMilliseconds)*time.Millisecond)
					}
				})
			})
		},
	}
	cmd.Flags().IntVar(&rate, "rate", rate, "packets a second, each way")
	cmd.Flags().DurationVar(&last, "for", last, "how long")
	return cmd
}

func flowOf(f lab.Flow) flowRow {
	return flowRow{f.From, f.To, f.Sent, f.Lost(), f.Silence.Milliseconds()}
}

// flowPlace opens a place of the running lab.
func flowPlace(g *global, text string) (lab.Place, error) {
	name, written, _ := strings.Cut(text, "=")
	address, err := netip.ParseAddr(written)
	if err != nil {
		return lab.Place{}, usageError{fmt.Errorf("%q: expected a place and its address, such as acme-h1=192.168.50.10", text)}
	}
	instance, err := lab.InstanceOf(g.data)
	if err != nil {
		return lab.Place{}, err
	}
	return lab.OpenPlace(instance, name, address)
}
