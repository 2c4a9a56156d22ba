package main

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"demarc"
	"demarc/account"
	"demarc/api/apitest"
	"demarc/api/desk"
	"demarc/api/directconnect"
	"demarc/audit"
	"demarc/notice"
	"demarc/rehearsal"
	"demarc/site"
	"demarc/store"
	"demarc/sweep"
)

// init is where a process that is to be killed leaves the tests: before TestMain
// builds what it has no use for.
func init() {
	order, ok := os.LookupEnv(lifeVariable)
	if !ok {
		return
	}
	if err := runLife(order); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A life is a process of the site: its store, the desk and the API over it, and
// everybody who calls them.
type life struct {
	lease
	*apitest.Guesser
	store    *store.Store
	api      *directconnect.Service
	desk     http.Handler
	sweeper  *sweep.Sweeper
	death    *death
	sequence int
	ticks    int // seconds since the sequence began
	// texts are of the tokens that were issued in this life: nobody else has
	// kept them.
	texts  map[demarc.LinkTokenID]string
	word   word
	digest io.Writer
	sum    func() uint64
	// said is the latest call and recent the refusals before it, for the report
	// of a fault.
	said   string
	recent []string
	// checked is the revision that was found to be sound.
	checked int64
}

// A death comes at a transaction, before it is committed or after.
type death struct {
	transactions, at int
	after            bool
}

// come is asked before every commit.
func (d *death) come() {
	d.transactions++
	if d.transactions >= d.at && !d.after {
		kill()
	}
}

// came is asked when a call is over, before anybody hears of it.
func (d *death) came() {
	if d.transactions >= d.at && d.after {
		kill()
	}
}

func kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // nothing is done after death
}

// runLife is the process; it returns what the test is to be told.
func runLife(order string) error {
	var l life
	if err := json.Unmarshal([]byte(order), &l.lease); err != nil {
		return err
	}
	chance := rand.New(rand.NewPCG(l.Seed, uint64(l.Life)))
	crand.Reader = &drawn{source: rand.NewChaCha8([32]byte{byte(l.Seed), byte(l.Seed >> 8), byte(l.Seed >> 16), byte(l.Seed >> 24), byte(l.Life), byte(l.Life >> 8)})}
	l.death = &death{at: 20 + chance.IntN(2500), after: chance.IntN(2) == 0}
	if l.Last {
		l.death.at = 1 << 60
	}
	if err := l.open(chance); err != nil {
		return err
	}
	if now := l.store.Local().Revision(); now < l.Revision {
		return fmt.Errorf("revision %d was acknowledged, and the store is at %d", l.Revision, now)
	}
	l.sound("the start of a life")
	out := json.NewEncoder(os.Stdout)
	for l.sequence = l.From; l.sequence < l.To; {
		l.sequence++
		l.ticks = 0
		l.act()
		l.sound("sequence")
		if err := l.tell(out); err != nil {
			return err
		}
	}
	if l.Last {
		l.end()
		if err := l.tell(out); err != nil {
			return err
		}
	}
	return l.store.Close()
}

// drawn is where ids and keys come from.
type drawn struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (d *drawn) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.Read(p)
}

func (l *life) open(chance *rand.Rand) error {
	text, err := os.ReadFile("testdata/random.yaml")
	if err != nil {
		return err
	}
	s, err := site.Parse(text)
	if err != nil {
		return err
	}
	tell := notice.Witness(func(store.Reader) time.Time { return l.now() })
	quiet := slog.New(slog.DiscardHandler)
	l.store, err = store.Open(context.Background(), store.Config{Dir: l.Dir, Log: quiet, Witness: func(tx *store.Tx) error {
		l.death.come()
		return tell(tx)
	}}, store.Tables()...)
	if err != nil {
		return err
	}
	if err := s.Import(context.Background(), l.store); err != nil {
		return err
	}
	if l.Guesser, err = apitest.NewGuesser(l.SDK, chance, s.Region); err != nil {
		return err
	}
	l.api = directconnect.New(l.store, l.now, []byte("the page key of the random procedure"))
	l.desk = desk.New(desk.Config{Store: l.store, Clock: l.now, Log: quiet, Rehearsal: true, Identity: func(r *http.Request) (demarc.Account, error) {
		a, ok := account.Get(l.store.Local(), demarc.AccountID(r.Header.Get("Account")))
		if !ok {
			return a, errors.New("nobody")
		}
		return a, nil
	}})
	l.sweeper = sweeper(l.store, l.now, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	l.texts = map[demarc.LinkTokenID]string{}
	digest := fnv.New64a()
	l.digest, l.sum = digest, digest.Sum64
	return nil
}

// began is when the site was built.
var began = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// now is the site's time. A sequence takes ten seconds and a new process a
// minute, so it never goes back.
func (l *life) now() time.Time {
	ahead := time.Duration(0)
	if l.store != nil {
		ahead = rehearsal.Ahead(l.store.Local())
	}
	return began.Add(ahead + time.Duration(l.Life)*time.Minute + time.Duration(l.sequence)*10*time.Second + time.Duration(min(l.ticks, 9))*time.Second)
}

// tell says how far the site has come.
func (l *life) tell(out *json.Encoder) error {
	l.word.Sequence, l.word.Calls, l.word.Revision, l.word.Trace = l.sequence, l.Calls, l.store.Local().Revision(), l.sum()
	err := out.Encode(l.word)
	l.word.Succeeded = nil
	return err
}

// fault ends the test.
func (l *life) fault(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "sequence %d of life %d, after %s:\n%s\n", l.sequence, l.Life, l.said, fmt.Sprintf(format, args...))
	os.Exit(1)
}

// A caller is somebody with a name on the site: an account, or a role of one.
type caller struct{ name, role, source string }

var callers = []caller{
	{name: "customer"}, {name: "customer"}, {name: "rival"}, {name: "rival"}, {name: "partner"}, {name: "partner"}, {name: "platform"}, {name: "facility"}, {name: "stranger"},
	{"platform", demarc.RoleAgent, "ann"}, {"platform", demarc.RoleApprover, "bob"}, {"platform", demarc.RoleAuditor, "bob"},
}

func (l *life) account(name string) demarc.AccountID {
	a, ok := account.ByName(l.store.Local(), name)
	if !ok {
		l.fault("the site has no account %s", name)
	}
	return a.ID
}

// calls notes a call and its answer, and whether it was granted. What was
// refused must have changed nothing, and no answer may be that something went
// wrong with us.
func (l *life) calls(by caller, what, body string, do func() (status int, answer string)) (granted bool) {
	l.Calls++
	l.ticks++
	l.said = fmt.Sprintf("%s as %s %s with %s", what, by.name, by.role, body)
	before := l.store.Local().Revision()
	status, answer := do()
	l.death.came()
	fmt.Fprintln(l.digest, l.said, status)
	l.said += fmt.Sprintf(" (%d %s)", status, answer)
	if status >= 300 {
		l.recent = append(l.recent[max(0, len(l.recent)-5):], l.said)
	}
	if status >= 500 {
		l.fault("it was answered with %d", status)
	}
	if after := l.store.Local().Revision(); status >= 300 && after != before {
		l.fault("it was refused, and something was written")
	}
	return status < 300
}

// ask is a call of the desk.
func (l *life) ask(by caller, op desk.Operation, path, body string) (answer string, granted bool) {
	granted = l.calls(by, op.Method+" "+path, body, func() (int, string) {
		r := httptest.NewRequest(op.Method, path, strings.NewReader(body))
		r.Header.Set("Account", string(l.account(by.name)))
		if by.role != "" {
			r = r.WithContext(audit.Through(r.Context(), demarc.RoleSession{Account: l.account(by.name), Role: by.role, Source: l.account(by.source)}))
		}
		recorder := httptest.NewRecorder()
		l.desk.ServeHTTP(recorder, r)
		answer = recorder.Body.String()
		return recorder.Code, answer
	})
	if granted {
		l.word.Succeeded = append(l.word.Succeeded, op.ID)
		l.keep(op, answer)
	}
	return answer, granted
}

// keep remembers the texts of tokens.
func (l *life) keep(op desk.Operation, answer string) {
	var t desk.Token
	if op.ID != "issueToken" {
		return
	}
	if err := json.Unmarshal([]byte(answer), &t); err != nil {
		l.fault("read a token: %v", err)
	}
	l.texts[t.Terms.ID] = t.Text
}

// order is a call of Direct Connect.
func (l *life) order(by caller, operation, body string) (answer map[string]any, refusal string) {
	l.calls(by, operation, body, func() (int, string) {
		out, err := l.api.Call(context.Background(), directconnect.Request{By: l.account(by.name), Operation: operation, Body: []byte(body)})
		if err != nil {
			e := directconnect.ExceptionOf(operation, err)
			refusal = e.Message
			if e.Ours {
				return 500, err.Error()
			}
			return e.Status, e.Message
		}
		text, err := written(out)
		if err == nil {
			err = json.Unmarshal([]byte(text), &answer)
		}
		if err != nil {
			return 500, err.Error()
		}
		return 200, text
	})
	if refusal == "" {
		l.word.Succeeded = append(l.word.Succeeded, operation)
	}
	return answer, refusal
}
