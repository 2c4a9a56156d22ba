package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"demarc/intent"
	"demarc/internal/durable"
)

// ErrRunning says that another agent has the data directory: two would undo
// each other's work.
var ErrRunning = errors.New("another agent is running for this node")

const (
	lockFile   = "agent.lock"
	intentFile = "intent.json"
)

// A dataDir is a node's own directory, locked for one agent. The lock goes
// with the process, however it ends.
type dataDir struct {
	path string
	lock *os.File
}

func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrRunning
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := durable.Tidy(path); err != nil {
		lock.Close()
		return nil, fmt.Errorf("tidy %s: %w", path, err)
	}
	return &dataDir{path: path, lock: lock}, nil
}

func (d *dataDir) close() { d.lock.Close() }

// load reads the intent kept here; false if there is none. One that cannot be
// read is renamed, so that somebody may look at it, and is an error.
func (d *dataDir) load() (n intent.Node, ok bool, err error) {
	path := filepath.Join(d.path, intentFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return n, false, nil
	}
	if err == nil {
		text, err = unseal(text)
	}
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err == nil && n.Device == nil && n.VPCHost == nil {
		err = errors.New("it says nothing")
	}
	if err == nil {
		return n, true, nil
	}
	aside := path + ".corrupt-" + time.Now().UTC().Format("20060102T150405.000")
	return intent.Node{}, false, errors.Join(fmt.Errorf("read %s: %w", path, err), os.Rename(path, aside))
}

// save replaces the intent kept here. It has BGP keys in it, and is readable by
// its owner only. After a power failure it is the old one or the new one.
func (d *dataDir) save(n intent.Node) error {
	text, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("keep the intent: %w", err)
	}
	if err := durable.Replace(filepath.Join(d.path, intentFile), seal(text), 0o600); err != nil {
		return fmt.Errorf("keep the intent: %w", err)
	}
	return nil
}

// sealed is how the checksum is written, as the last member of the document, so
// that it is JSON still, and one that earlier agents read.
const sealed = `,"sum":"%x"}`

// seal adds a checksum to an intent: a bit that a disk has turned over leaves
// another VLAN or prefix oftener than it leaves no JSON.
func seal(text []byte) []byte {
	return fmt.Appendf(text[:len(text)-1:len(text)-1], sealed, sha256.Sum256(text))
}

// unseal takes the checksum off, and refuses what is not as it was written. An
// agent of before there were checksums wrote none.
func unseal(text []byte) ([]byte, error) {
	at := bytes.LastIndex(text, []byte(`,"sum":"`))
	if at < 0 {
		return text, nil
	}
	intact := append(text[:at:at], '}')
	if !bytes.Equal(seal(intact), text) {
		return nil, errors.New("it is not as it was written: the checksum differs")
	}
	return intact, nil
}
