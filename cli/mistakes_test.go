package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"demarc/cli"
)

// typed carries out a command line with nothing but what is in it and in the
// environment.
func typed(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	root := cli.Root()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(args)
	complaints := captureStderr(t, func() { code = cli.Execute(t.Context(), root) })
	return out.String(), complaints, code
}

// Who stands in the wrong directory, or means another site, is told what to do.
func TestMistakesAboutWhereTheSiteIs(t *testing.T) {
	door := open(t)
	t.Setenv("AWS_CONFIG_FILE", door.Dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", door.Dir+"/credentials")
	data := t.TempDir()
	for name, tt := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"a profile that there is not": {
			[]string{"link", "list", "--profile", "nobody", "--endpoint", door.URL}, 1,
			[]string{`there is no AWS profile "nobody" in ` + door.Dir + "/config", "what to do: ", "--data", "demarc profile"},
		},
		"where nobody listens": {
			[]string{"link", "list", "--profile", "customer", "--endpoint", "http://127.0.0.1:1"}, 1,
			[]string{"the desk at http://127.0.0.1:1 does not answer: ", "connection refused", "what to do: start demarc up", "--endpoint"},
		},
		"no URL": {
			[]string{"link", "list", "--profile", "customer", "--endpoint", "127.0.0.1:8480"}, 2,
			[]string{`--endpoint "127.0.0.1:8480": expected a URL such as http://127.0.0.1:8480`},
		},
		"a place where no lab is": {[]string{"lab", "exec", "acme-h1", "--", "true"}, 1, []string{"no demarc up runs with --data " + data, "--data of one that does"}},
	} {
		out, complaint, code := typed(t, append([]string{"--data", data}, tt.args...)...)
		for _, want := range tt.says {
			if !strings.Contains(complaint, want) {
				t.Errorf("%s: want %q in:\n%s", name, want, complaint)
			}
		}
		if code != tt.code || out != "" {
			t.Errorf("%s: exit %d, want %d\n%s", name, code, tt.code, out)
		}
	}
	nowhere := filepath.Join(data, "nowhere")
	if out, _, code := typed(t, "down", "--data", nowhere); code != 0 || !strings.Contains(out, "there is no "+nowhere) || strings.Contains(out, "is kept") {
		t.Errorf("down where nothing was: exit %d\n%s", code, out)
	}
}

// What runs in a data directory is found there, wherever it listens.
func TestTheSiteInDataIsAsked(t *testing.T) {
	door := open(t)
	t.Setenv("AWS_CONFIG_FILE", door.Dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", door.Dir+"/credentials")
	data := t.TempDir()
	if err := os.MkdirAll(filepath.Join(data, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "run", "endpoint"), []byte(door.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	list := []string{"--data", data, "link", "list", "--profile", "customer"}
	if _, complaint, code := typed(t, list...); code != 0 {
		t.Errorf("exit %d\n%s", code, complaint)
	}
	if _, complaint, code := typed(t, append(list, "--endpoint", "http://127.0.0.1:1")...); code != 1 || !strings.Contains(complaint, "the desk at http://127.0.0.1:1") {
		t.Errorf("where another is named: exit %d\n%s", code, complaint)
	}
	t.Setenv("DEMARC_ENDPOINT", "http://127.0.0.1:1")
	if _, complaint, code := typed(t, list...); code != 1 || !strings.Contains(complaint, "the desk at http://127.0.0.1:1") {
		t.Errorf("where the environment names another: exit %d\n%s", code, complaint)
	}
}
