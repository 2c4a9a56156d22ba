package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"demarc/internal/durable"
)

func profileCommand(g *global) *cobra.Command {
	write := false
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Print or install the AWS profiles of this site's accounts",
		Long: `Profile prints what a shell needs to act as an account of the site with any AWS
client. With --install it adds the profiles, with their keys and the address of
this control, to your own AWS files; profiles of the same name that you have
already are left alone. Clients older than 2023 (the AWS CLI before 2.13) do not
read the address there and need --endpoint-url as well.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := filepath.Join(g.data, "aws")
			names, err := profileNames(dir)
			if err != nil {
				return err
			}
			if write {
				return g.installProfiles(cmd.OutOrStdout(), dir)
			}
			shown := profiles{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials"), Endpoint: g.endpoint, Names: names}
			return g.print(cmd.OutOrStdout(), shown, shown.draw)
		},
	}
	cmd.Flags().BoolVar(&write, "install", false, "add them to your own AWS files (~/.aws, or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say)")
	return cmd
}

// profiles say where a site's profiles are and how they are called.
type profiles struct {
	Config      string   `json:"config"`
	Credentials string   `json:"credentials"`
	Endpoint    string   `json:"endpoint"`
	Names       []string `json:"profiles"`
}

func (p profiles) draw(out io.Writer) {
	fmt.Fprintf(out, "export AWS_CONFIG_FILE=%s AWS_SHARED_CREDENTIALS_FILE=%s AWS_ENDPOINT_URL=%s DEMARC_ENDPOINT=%s\n", p.Config, p.Credentials, p.Endpoint, p.Endpoint)
	fmt.Fprintf(out, "# then one of: %s\n", strings.Join(p.Names, " "))
	if len(p.Names) > 0 {
		fmt.Fprintf(out, "export AWS_PROFILE=%s\n", p.Names[0])
	}
}

// profileHead is the first line of a profile in an AWS configuration.
var profileHead = regexp.MustCompile(`(?m)^\[(?:profile )?([^\]]+)\]$`)

// profileNames lists the profiles that control wrote.
func profileNames(dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there are no profiles in %s: start demarc up, or give --data", dir)
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range profileHead.FindAllStringSubmatch(string(text), -1) {
		names = append(names, match[1])
	}
	return names, nil
}

// installProfiles adds what is not there to the caller's own AWS files.
func (g *global) installProfiles(out io.Writer, dir string) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	for _, file := range []struct{ name, own, more string }{
		{"config", envOr("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config")), "endpoint_url = " + g.endpoint + "\n"},
		{"credentials", envOr("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials")), ""},
	} {
		added, err := mergeProfiles(filepath.Join(dir, file.name), file.own, file.more)
		if err != nil {
			return fmt.Errorf("install profiles: %w", err)
		}
		fmt.Fprintf(out, "%s: %s\n", file.own, added)
	}
	return nil
}

// mergeProfiles appends the sections of one file that the other does not have,
// each with more lines, and says which.
func mergeProfiles(from, into, more string) (added string, err error) {
	text, err := os.ReadFile(from)
	if err != nil {
		return "", err
	}
	own, err := os.ReadFile(into)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	have := map[string]bool{}
	for _, match := range profileHead.FindAllStringSubmatch(string(own), -1) {
		have[match[1]] = true
	}
	var names []string
	merged := string(own)
	for section := range sections(string(text)) {
		if name := profileHead.FindStringSubmatch(section)[1]; !have[name] {
			names = append(names, name)
			merged = strings.TrimRight(merged, "\n") + "\n\n" + strings.TrimRight(section, "\n") + "\n" + more
		}
	}
	if len(names) == 0 {
		return "nothing to add", nil
	}
	if err := os.MkdirAll(filepath.Dir(into), 0o700); err != nil {
		return "", err
	}
	return "added " + strings.Join(names, " "), durable.Replace(into, []byte(strings.TrimLeft(merged, "\n")), 0o600)
}

// sections yields the parts of a file that begin with a profile's head.
func sections(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		heads := profileHead.FindAllStringIndex(text, -1)
		for i, head := range heads {
			end := len(text)
			if i+1 < len(heads) {
				end = heads[i+1][0]
			}
			if !yield(text[head[0]:end]) {
				return
			}
		}
	}
}
