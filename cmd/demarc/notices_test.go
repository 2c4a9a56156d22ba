package main_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc/api/desk"
	"demarc/client"
)

// A sink takes notices and remembers the bodies by id.
type sink struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string][]string
	delays []time.Duration
}

func newSink(t *testing.T) *sink {
	s := &sink{bodies: map[string][]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		id := r.Header.Get("webhook-id")
		s.bodies[id] = append(s.bodies[id], string(body))
		var event struct{ Time time.Time }
		if json.Unmarshal(body, &event) == nil {
			s.delays = append(s.delays, time.Since(event.Time))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// has reports whether something was told of a subject.
func (s *sink) has(kind, subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, bodies := range s.bodies {
		if strings.Contains(bodies[0], `"type":"demarc.`+kind+`"`) && strings.Contains(bodies[0], `"subject":"`+subject+`"`) {
			return true
		}
	}
	return false
}

// A keptControl is a control process with its data, to be killed and started
// again.
type keptControl struct {
	t                  *testing.T
	data, listen, file string
	site               string // file; empty for the sample
	rehearses          bool   // its clock can be moved
	process            *exec.Cmd
	slowest            time.Duration // of its starts
}

func (k *keptControl) start() {
	k.t.Helper()
	k.process = exec.Command(binary, "control", "--data", k.data, "--listen", k.listen, "--edgelink", freeListen(k.t), "--notices", k.file, "--webhook-networks", "127.0.0.0/8", "--site", k.site)
	if k.rehearses {
		k.process.Args = append(k.process.Args, "--rehearsal")
	}
	begun := time.Now()
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get("http://" + k.listen + "/healthz"); err == nil {
			resp.Body.Close()
			k.slowest = max(k.slowest, time.Since(begun))
			return
		}
		if time.Now().After(deadline) {
			k.t.Fatal("control did not come up")
		}
	}
}

func (k *keptControl) kill() {
	k.process.Process.Kill()
	k.process.Wait()
}

// TestNoNoticeIsLost orders and deletes while control is killed again and
// again, and looks for a notice of all that was acknowledged: at the webhook
// and in the file, each id with one body.
func TestNoNoticeIsLost(t *testing.T) {
	data := t.TempDir()
	k := &keptControl{t: t, data: data, listen: freeListen(t), file: filepath.Join(data, "notices.jsonl")}
	k.start()
	t.Cleanup(func() { k.kill() })
	c, err := client.New(t.Context(), client.Options{Endpoint: "http://" + k.listen, Profile: "customer", Dir: filepath.Join(data, "aws")})
	if err != nil {
		t.Fatal(err)
	}
	s := newSink(t)
	if err := c.Desk(t.Context(), "POST", "/desk/v1/notices/webhooks", desk.WebhookRequest{URL: s.URL}, &desk.Webhook{}); err != nil {
		t.Fatal(err)
	}
	const rounds, kills = 24, 3
	acknowledged := map[string][]string{}
	for n := range rounds {
		killed := make(chan struct{})
		if n%(rounds/kills) == rounds/kills-1 {
			go func() { k.kill(); close(killed) }() // in the middle of something
		} else {
			close(killed)
		}
		id, kinds := changes(t, c)
		acknowledged[id] = kinds
		if <-killed; k.process.ProcessState != nil {
			k.start()
		}
	}
	delete(acknowledged, "")
	if len(acknowledged) < rounds/2 {
		t.Fatalf("%d of %d orders were acknowledged", len(acknowledged), rounds)
	}
	for id, kinds := range acknowledged {
		for _, kind := range kinds {
			for deadline := time.Now().Add(time.Minute); !s.has(kind, id); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s of %s was not told", kind, id)
				}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := os.ReadFile(k.file)
	if err != nil {
		t.Fatal(err)
	}
	for id, bodies := range s.bodies {
		for deadline := time.Now().Add(10 * time.Second); strings.Count(string(text), bodies[0]+"\n") == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if text, err = os.ReadFile(k.file); err != nil {
				t.Fatal(err)
			}
		}
		if len(slices.Compact(slices.Clone(bodies))) != 1 {
			t.Errorf("%s came with several bodies: %q", id, bodies)
		}
		if strings.Count(string(text), bodies[0]+"\n") != 1 {
			t.Errorf("%s is %d times in the file", id, strings.Count(string(text), bodies[0]+"\n"))
		}
	}
	slices.Sort(s.delays)
	if p95 := s.delays[len(s.delays)*95/100]; p95 > 10*time.Second+k.slowest { // while it starts nobody sends
		t.Errorf("from event to webhook, with control killed in between: p95 is %v", p95)
	} else {
		t.Logf("from event to webhook: p50 %v, p95 %v", s.delays[len(s.delays)/2], p95)
	}
}

// changes orders a connection and deletes it, and returns what must be told of
// it, since it was acknowledged.
func changes(t *testing.T, c *client.Client) (id string, kinds []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	made, err := c.DirectConnect().CreateConnection(ctx, &directconnect.CreateConnectionInput{
		Location: aws.String("LIS1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String("noted"),
	})
	if err != nil {
		return "", nil
	}
	kinds = []string{"connection.requested", "cross-connect.ordered"}
	_, err = c.DirectConnect().DeleteConnection(ctx, &directconnect.DeleteConnectionInput{ConnectionId: made.ConnectionId})
	if err == nil {
		kinds = append(kinds, "connection.deleted", "cross-connect.cancelled")
	}
	return aws.ToString(made.ConnectionId), kinds
}
