package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// etcd founds its cluster of one in several steps, and a directory in which it
// was killed between them never elects a leader again. A file beside etcd's
// directory marks a founding that is under way. No write has been acknowledged
// before it is gone, so where it is found, what is there is thrown away.
const foundingFile = "founding"

func dataDir(dir string) string { return filepath.Join(dir, "etcd") }

// beginFounding prepares dir for etcd. It changes nothing in a directory whose
// founding was finished.
func beginFounding(dir string) error {
	mark := filepath.Join(dir, foundingFile)
	if _, err := os.Stat(mark); err == nil {
		if err := os.RemoveAll(dataDir(dir)); err != nil {
			return fmt.Errorf("clear away an unfinished first start: %w", err)
		}
		return nil
	}
	if _, err := os.Stat(dataDir(dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(mark, os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(file.Close(), syncDir(dir))
	}
	if err != nil {
		return fmt.Errorf("mark the first start: %w", err)
	}
	return nil
}

// endFounding must be on disk before the first write is acknowledged.
func endFounding(dir string) error {
	err := os.Remove(filepath.Join(dir, foundingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("mark the end of the first start: %w", err)
	}
	return nil
}

// syncDir makes the names in dir survive a loss of power.
func syncDir(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
