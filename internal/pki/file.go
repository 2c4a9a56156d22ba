package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// create makes a file that did not exist, whole or not at all, readable by its
// owner only. The error is fs.ErrExist when another process was first.
func create(path string, content []byte) error {
	return publish(path, content, 0o600, os.Link)
}

// replace puts content in the place of whatever is at path.
func replace(path string, content []byte, mode fs.FileMode) error {
	return publish(path, content, mode, os.Rename)
}

// publish writes content beside path and gives it the name in one step. A link
// fails where the name is taken, a rename replaces; either way a reader sees
// the old file or the new one and nothing in between.
func publish(path string, content []byte, mode fs.FileMode, name func(from, to string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
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
