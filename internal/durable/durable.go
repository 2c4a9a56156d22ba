// Package durable writes files that are whole whenever anybody reads them, also
// after a power cut.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Create makes a file that did not exist, whole or not at all, readable by its
// owner only. The error is [fs.ErrExist] when another process was first.
func Create(path string, content []byte) error {
	return publish(path, content, 0o600, os.Link)
}

// Replace puts content in the place of whatever is at path.
func Replace(path string, content []byte, mode fs.FileMode) error {
	return publish(path, content, mode, os.Rename)
}

// unfinished ends the names of files that are being written.
const unfinished = ".new-*"

// Tidy removes what was being written in a directory when its writer was killed.
// Nobody may be writing there.
func Tidy(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, ".*"+unfinished))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// publish writes content beside path and gives it the name in one step. A link
// fails where the name is taken, a rename replaces; either way a reader sees
// the old file or the new one and nothing in between.
func publish(path string, content []byte, mode fs.FileMode, name func(from, to string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+unfinished)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = name(tmp.Name(), path)
	}
	if err == nil {
		err = syncDirectory(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// syncDirectory makes a new name in a directory survive a power cut.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
