package linux

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// isNamespace tells a mounted namespace from a plain file that a crash left.
func isNamespace(path string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(path, &stat) == nil && stat.Type == unix.NSFS_MAGIC
}

// mountNamespace binds a new network namespace to path unless one is there.
func mountNamespace(path string) error {
	unlock, err := lockNamespaceDir()
	if err != nil {
		return err
	}
	defer unlock()
	if isNamespace(path) {
		return nil
	}
	if err := shareNamespaceDir(); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o444)
	if err != nil {
		return err
	}
	file.Close()
	err = onLinks(func() error { return onThread(func() error { return bindFresh(path) }) })
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// bindFresh moves its thread into a new namespace, binds that to path and
// comes back.
func bindFresh(path string) error {
	home, err := netns.GetFromPath("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	defer returnTo(home)
	if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind mount: %w", err)
	}
	return nil
}

// shareNamespaceDir makes /run/netns a shared mount, as ip-netns(8) does, so
// that a namespace deleted here is also gone for processes that have mount
// namespaces of their own. Otherwise their copy would keep it alive.
func shareNamespaceDir() error {
	err := unix.Mount("", namespaceDir, "", unix.MS_SHARED|unix.MS_REC, "")
	if !errors.Is(err, unix.EINVAL) { // EINVAL: not a mount point yet
		return err
	}
	if err := unix.Mount(namespaceDir, namespaceDir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make %s a mount point: %w", namespaceDir, err)
	}
	return unix.Mount("", namespaceDir, "", unix.MS_SHARED|unix.MS_REC, "")
}

// lockNamespaceDir keeps other programs, ip-netns(8) among them, from creating
// or deleting the same name meanwhile.
func lockNamespaceDir() (unlock func(), err error) {
	if err := os.MkdirAll(namespaceDir, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.Open(namespaceDir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		dir.Close()
		return nil, fmt.Errorf("lock %s: %w", namespaceDir, err)
	}
	return func() { dir.Close() }, nil
}
