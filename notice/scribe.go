package notice

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"time"

	"demarc"
	"demarc/store"
)

const (
	// scribeRest is how often a file is written at most, scribeAgain how soon it
	// is tried again where that failed.
	scribeRest  = 200 * time.Millisecond
	scribeAgain = 3 * time.Second
)

// A Scribe writes every notice of a site to a file, one JSON object a line, for
// the site's operator. What is in the file is its memory: at a start it adds
// what is kept in the store and missing there, and completes nothing by half:
// a line that was cut off is written again whole. A file that was moved away, or
// emptied, as rotation does, is begun anew with the next notice; what the other
// has is not repeated in it.
type Scribe struct {
	Store  *store.Store
	Region demarc.Region
	Log    *slog.Logger
	// Path is the file; it is made, readable by its owner only.
	Path string

	written map[demarc.NoticeID]bool
	file    *os.File
}

// Open reads what the file has. Run closes it.
func (s *Scribe) Open() error {
	file, err := os.OpenFile(s.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the file of notices: %w", err)
	}
	whole, ids, err := readIDs(file)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("read the file of notices %s: %w", s.Path, err)
	}
	s.file, s.written = file, ids
	return nil
}

// readIDs returns the length of the whole lines, and their ids.
func readIDs(in io.Reader) (whole int64, ids map[demarc.NoticeID]bool, err error) {
	ids = map[demarc.NoticeID]bool{}
	reader := bufio.NewReader(in)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return whole, ids, nil // what is left has no end
		}
		if err != nil {
			return 0, nil, err
		}
		whole += int64(len(line))
		var event struct{ ID demarc.NoticeID }
		if json.Unmarshal(line, &event) == nil {
			ids[event.ID] = true
		}
	}
}

// Run writes until ctx ends.
func (s *Scribe) Run(ctx context.Context) error {
	defer func() { s.file.Close() }()
	for ctx.Err() == nil {
		view := s.Store.Local()
		if err := s.catchUp(view); err != nil {
			s.Log.Error("notices were not written to their file", "file", s.Path, "err", err)
			wait(ctx, nil, scribeAgain)
			continue
		}
		wait(ctx, store.Notices.Watch(view), time.Hour)
		wait(ctx, nil, scribeRest)
	}
	return nil
}

// catchUp writes what the view has and the file has not, and forgets the ids
// that the view has no more.
func (s *Scribe) catchUp(view *store.View) error {
	var lines bytes.Buffer
	kept := make(map[demarc.NoticeID]bool, len(s.written))
	for n := range store.Notices.All(view) {
		kept[n.ID] = true
		if s.written[n.ID] {
			continue
		}
		body, err := Body(n, s.Region)
		if err != nil {
			return err
		}
		lines.Write(append(body, '\n'))
	}
	if lines.Len() > 0 {
		if err := s.append(lines.Bytes()); err != nil {
			return err
		}
	}
	s.written = kept
	return nil
}

// follow has the file that is at the path: another than before where that was
// moved away or removed.
func (s *Scribe) follow() error {
	mine, err := s.file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(s.Path); err == nil && os.SameFile(mine, there) {
		return nil
	}
	old, written := s.file, s.written
	if err := s.Open(); err != nil {
		return err
	}
	old.Close()
	maps.Copy(s.written, written)
	return nil
}

// append writes lines whole or, as far as the disk lets it, not at all.
func (s *Scribe) append(lines []byte) error {
	if err := s.follow(); err != nil {
		return err
	}
	at, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if is, err := s.file.Stat(); err == nil && is.Size() < at { // emptied
		if at, err = s.file.Seek(is.Size(), io.SeekStart); err != nil {
			return err
		}
	}
	_, err = s.file.Write(lines)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		_ = s.file.Truncate(at)
		_, _ = s.file.Seek(at, io.SeekStart)
	}
	return err
}
