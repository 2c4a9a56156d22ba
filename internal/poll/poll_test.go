package poll_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/internal/poll"
)

// patience is for what must happen; nobody waits that long for what must not.
const patience = 10 * time.Second

func running(t *testing.T) *poll.Poller {
	t.Helper()
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run() }()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(patience):
			t.Error("run does not end")
		}
	})
	return p
}

// pair is two ends of a connection.
func pair(t *testing.T) (a, b int) {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ends[0], ends[1]
}

// A bell counts how often it was rung.
type bell chan struct{}

func newBell() bell  { return make(bell, 1000) }
func (b bell) ring() { b <- struct{}{} }
func (b bell) await(t *testing.T, what string) {
	t.Helper()
	select {
	case <-b:
	case <-time.After(patience):
		t.Fatalf("nobody told: %s", what)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadyIsToldOncePerQuestion(t *testing.T) {
	p := running(t)
	a, b := pair(t)
	other, far := pair(t)
	for _, fd := range []int{a, b, other, far} {
		defer unix.Close(fd)
	}
	rung, witness := newBell(), newBell()
	w, v := p.Watch(a, rung.ring), p.Watch(other, witness.ring)
	must(t, w.Await(poll.Read))
	unix.Write(b, []byte("x"))
	rung.await(t, "an octet came")
	unix.Write(b, []byte("y"))
	// The poller has been through everything when it tells of what came later.
	must(t, v.Await(poll.Read))
	unix.Write(far, []byte("z"))
	witness.await(t, "another socket's octet came")
	if len(rung) > 0 {
		t.Error("it was told again without a question")
	}
	must(t, w.Await(poll.Read))
	rung.await(t, "there was something unread")
	must(t, w.Await(poll.Write))
	rung.await(t, "there is room to write")
	must(t, w.Await(poll.Write|poll.Read))
	rung.await(t, "both")
	unix.Read(a, make([]byte, 10))
	must(t, w.Await(poll.Read))
	unix.Shutdown(b, unix.SHUT_RDWR)
	rung.await(t, "the other end closed")
}

// A descriptor's number is soon another's: what is told is of the socket that
// was asked about.
func TestAForgottenSocketIsSilent(t *testing.T) {
	p := running(t)
	for range 200 {
		a, b := pair(t)
		before := newBell()
		w := p.Watch(a, before.ring)
		must(t, w.Await(poll.Read))
		w.Forget()
		unix.Close(a)
		unix.Close(b)
		c, d := pair(t)
		if c != a {
			t.Fatalf("number %d was not taken again, but %d", a, c)
		}
		after := newBell()
		v := p.Watch(c, after.ring)
		must(t, v.Await(poll.Read))
		unix.Write(d, []byte("x"))
		after.await(t, "an octet came")
		if len(before) > 0 {
			t.Fatal("it was told to who had forgotten it")
		}
		v.Forget()
		unix.Close(c)
		unix.Close(d)
	}
}

// Many at once, more than one look at the kernel brings.
func TestAllAreTold(t *testing.T) {
	p := running(t)
	rung := newBell()
	for range 400 {
		a, b := pair(t)
		defer unix.Close(a)
		defer unix.Close(b)
		must(t, p.Watch(a, rung.ring).Await(poll.Read))
		unix.Write(b, []byte("x"))
	}
	for range 400 {
		rung.await(t, "one of many")
	}
}
