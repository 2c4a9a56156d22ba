package installation_test

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"demarc/internal/testnet"
	"demarc/lab/installation"
	"demarc/site"
)

// fake is a program that stands in for demarc: as control it answers /healthz
// until it is ended, as an agent it notes its start and dies at once.
const fake = `#!/usr/bin/env python3
import sys, time, threading, http.server
role, args = sys.argv[1], sys.argv[2:]
def flag(name): return args[args.index(name) + 1]
if role == "agent":
    with open("%[1]s/starts", "a") as f: f.write(flag("--node") + "\n")
    sys.exit(1)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *a): pass
host, port = flag("--listen").split(":")
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
`

func TestADyingProcessIsStartedAgainUntilStop(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "fake")
	if err := os.WriteFile(program, fmt.Appendf(nil, fake, dir), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	listen, err := testnet.Listen(2)
	if err != nil {
		t.Fatal(err)
	}
	config := installation.Config{
		Binary: program, DataDir: dir, Instance: "demarc-none", Listen: listen, Site: s, Log: slog.New(slog.DiscardHandler),
	}
	inst, err := installation.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		starts, _ := os.ReadFile(filepath.Join(dir, "starts"))
		if strings.Count(string(starts), "lis1-d1\n") >= 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("an agent that dies was started %d times", strings.Count(string(starts), "lis1-d1\n"))
		}
	}
	if got := installation.EndpointOf(dir); got != "http://"+listen {
		t.Errorf("while it runs its data says %q, want the URL of %s", got, listen)
	}
	if err := inst.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := installation.EndpointOf(dir); got != "" {
		t.Errorf("after its end its data says %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "run", "*.pid")); len(left) > 0 {
		t.Errorf("pid files are left: %v", left)
	}
	if _, err := net.DialTimeout("tcp", listen, time.Second); err == nil {
		t.Error("control still listens after Stop")
	}
}

// TestAnAddressThatIsTaken: whoever has an address is not taken for this control,
// and nothing is run.
func TestAnAddressThatIsTaken(t *testing.T) {
	listen, err := testnet.Listen(2)
	if err != nil {
		t.Fatal(err)
	}
	host, text, _ := net.SplitHostPort(listen)
	first, _ := strconv.Atoi(text)
	for _, n := range []int{0, 1} {
		taken := net.JoinHostPort(host, strconv.Itoa(first+n))
		other, err := net.Listen("tcp", taken)
		if err != nil {
			t.Fatal(err)
		}
		inst, err := installation.Start(t.Context(), installation.Config{
			Binary: "/no/such/program", DataDir: t.TempDir(), Listen: listen, Site: &site.Site{}, Log: slog.New(slog.DiscardHandler),
		})
		if err == nil || !strings.Contains(err.Error(), taken+" cannot be had") {
			t.Errorf("%s is taken: %v", taken, err)
		}
		if err := inst.Stop(); err != nil {
			t.Error(err)
		}
		other.Close()
	}
}
