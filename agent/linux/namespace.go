package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// namespaceDir is where ip-netns(8) keeps its bind mounts; using the same
// place lets an operator look at our namespaces with the usual tools.
const namespaceDir = "/run/netns"

// A Namespace is a network namespace: a named one, which is a bind mount in
// /run/netns and outlives this program, or the one this program runs in. It
// holds a descriptor and a socket until Close. It is safe for concurrent use.
type Namespace struct {
	name   string
	handle netns.NsHandle
	rt     *netlink.Handle // its own lock serialises requests

	mu     sync.Mutex
	routes *batcher // guarded by mu; opened when first needed
}

// CreateNamespace makes the named namespace with its loopback up, or opens it
// if it is there. The caller closes it; it stays until [DeleteNamespace].
func CreateNamespace(name string) (*Namespace, error) {
	path, err := namespacePath(name)
	if err != nil {
		return nil, err
	}
	if err := mountNamespace(path); err != nil {
		return nil, fmt.Errorf("create namespace %s: %w", name, err)
	}
	n, err := OpenNamespace(name)
	if err != nil {
		return nil, err
	}
	if err := SetLink(n, "lo", true); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// OpenNamespace opens a namespace that exists. The error is fs.ErrNotExist
// (by errors.Is) if it does not. The caller closes it.
func OpenNamespace(name string) (*Namespace, error) {
	path, err := namespacePath(name)
	if err != nil {
		return nil, err
	}
	if !isNamespace(path) {
		return nil, fmt.Errorf("open namespace %s: %w", name, fs.ErrNotExist)
	}
	return open(name, path)
}

// OwnNamespace opens the namespace this program was started in. Its Name is
// empty. The caller closes it.
func OwnNamespace() (*Namespace, error) {
	var n *Namespace
	// A fresh goroutine: the caller's thread may be elsewhere, inside Do.
	err := onThread(func() (err error) {
		n, err = open("", "/proc/thread-self/ns/net")
		return err
	})
	return n, err
}

func open(name, path string) (*Namespace, error) {
	handle, err := netns.GetFromPath(path)
	if err != nil {
		return nil, fmt.Errorf("open namespace %s: %w", name, err)
	}
	rt, err := netlink.NewHandleAt(handle, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a route socket in namespace %s: %w", name, err), handle.Close())
	}
	return &Namespace{name: name, handle: handle, rt: rt}, nil
}

// DeleteNamespace removes the name. The kernel takes the namespace apart, with
// every link in it, some time after the last process and descriptor left it.
func DeleteNamespace(name string) error {
	path, err := namespacePath(name)
	if err != nil {
		return err
	}
	unlock, err := lockNamespaceDir()
	if err != nil {
		return err
	}
	defer unlock()
	for isNamespace(path) {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount namespace %s: %w", name, err)
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete namespace %s: %w", name, err)
	}
	return nil
}

// ListNamespaces returns the names that start with prefix, sorted. Names that
// lost their namespace (a crash while creating one) are listed as well, so that
// whoever cleans up finds them.
func ListNamespaces(prefix string) ([]string, error) {
	entries, err := os.ReadDir(namespaceDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Name is the name in /run/netns, or empty for the program's own namespace.
func (n *Namespace) Name() string { return n.name }

// FD is a descriptor of the namespace, for sockets that others open inside it.
// It is valid until Close.
func (n *Namespace) FD() int { return int(n.handle) }

// String is for messages.
func (n *Namespace) String() string {
	if n.name == "" {
		return "own"
	}
	return n.name
}

// Do runs fn on a thread inside the namespace and returns its error. Goroutines
// that fn starts are outside it. Sockets that fn opens stay inside for good.
func (n *Namespace) Do(fn func() error) error {
	return onThread(func() error {
		home, err := netns.GetFromPath("/proc/thread-self/ns/net")
		if err != nil {
			return fmt.Errorf("remember the thread's namespace: %w", err)
		}
		defer home.Close()
		if err := unix.Setns(int(n.handle), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace %s: %w", n, err)
		}
		defer returnTo(home)
		return fn()
	})
}

// Inside runs fn on a thread inside the namespace of that name, like
// [Namespace.Do], for those who have it open for nothing else. The error is
// fs.ErrNotExist if there is no such namespace.
func Inside(name string, fn func() error) error {
	path, err := namespacePath(name)
	if err != nil {
		return err
	}
	if !isNamespace(path) {
		return fmt.Errorf("open namespace %s: %w", name, fs.ErrNotExist)
	}
	handle, err := netns.GetFromPath(path)
	if err != nil {
		return fmt.Errorf("open namespace %s: %w", name, err)
	}
	n := Namespace{name: name, handle: handle}
	return errors.Join(n.Do(fn), handle.Close())
}

// onThread runs fn on a goroutine that has a thread to itself. If fn leaves
// the thread locked once more than it found it, the thread dies with it.
func onThread(fn func() error) error {
	err := errors.New("the function in the namespace never returned")
	done := make(chan struct{})
	go func() {
		defer close(done) // also when fn ends the goroutine, as a failing test does
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err = fn()
	}()
	<-done
	return err
}

// returnTo puts the thread back where it was. A thread that cannot go back
// stays locked, so that Go ends it instead of giving it to another goroutine.
func returnTo(home netns.NsHandle) {
	if unix.Setns(int(home), unix.CLONE_NEWNET) != nil {
		runtime.LockOSThread()
	}
}

// Close frees the descriptor and the sockets; the namespace stays.
func (n *Namespace) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var err error
	if n.routes != nil {
		err = n.routes.conn.Close()
		n.routes = nil
	}
	n.rt.Close()
	if n.handle.IsOpen() {
		err = errors.Join(err, n.handle.Close())
	}
	return err
}

func namespacePath(name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return "", fmt.Errorf("%q is not a namespace name", name)
	}
	return filepath.Join(namespaceDir, name), nil
}
