package desk

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
	"demarc/store"
)

// LargestAttachment is how many bytes one has at most: a letter has a tenth.
const LargestAttachment = 512 << 10

// AttachmentPatience is how long an attachment waits to be used (AWS: an hour).
const AttachmentPatience = time.Hour

// looseAtOnce bounds what an account may have waiting to be used.
const looseAtOnce = 20

// references are what the API renders, by the first word of a reference. It is
// rendered for whoever may have it there, and the desk keeps no copy.
var references = map[string]string{
	"letter":        "aws directconnect describe-loa --connection-id %s",
	"configuration": "aws directconnect describe-router-configuration --virtual-interface-id %s",
}

// Rendered is the command that gives what an attachment refers to; empty for
// one that has its bytes.
func Rendered(a demarc.Attachment) string {
	kind, id, _ := strings.Cut(a.Reference, "/")
	if command, ok := references[kind]; ok {
		return fmt.Sprintf(command, id)
	}
	return ""
}

// Attach keeps a file, or a reference, until it is used in a case.
func Attach(tx *store.Tx, by demarc.AccountID, name string, data []byte, reference string, now time.Time) (demarc.Attachment, error) {
	a := demarc.Attachment{ID: demarc.NewAttachmentID(), Owner: by, Name: name, Data: data, Reference: reference, Created: now}
	if err := checkAttachment(a); err != nil {
		return a, err
	}
	waiting := 0
	for other := range store.Attachments.By(tx, "loose", "loose") {
		if other.Owner == by {
			waiting++
		}
	}
	if waiting >= looseAtOnce {
		return a, demarc.Errorf(demarc.Limit, "%d attachments wait to be used", waiting).
			Coded("E-ATTACHMENT-LIMIT", "Use them in a case, or wait an hour")
	}
	store.Attachments.Put(tx, a)
	return a, nil
}

// mostInSet is how many attachments an AWS Support client may use at once.
const mostInSet = 3

// A File is a name with bytes.
type File struct {
	Name string
	Data []byte
}

// AddToSet keeps files together under a name that one communication will use;
// a new set where it is empty. It says until when the set can be used.
func AddToSet(tx *store.Tx, by demarc.AccountID, set string, files []File, now time.Time) (string, time.Time, error) {
	if set == "" {
		set = string(demarc.NewAttachmentID())
	} else if _, err := InSet(tx, by, set, now); err != nil {
		return "", time.Time{}, err
	}
	if had, _ := InSet(tx, by, set, now); len(had)+len(files) > mostInSet {
		return "", time.Time{}, demarc.Errorf(demarc.Limit, "a set has at most %d attachments", mostInSet).
			Coded("E-ATTACHMENT-LIMIT", "Use another set").In("attachments")
	}
	for _, f := range files {
		a, err := Attach(tx, by, f.Name, f.Data, "", now)
		if err != nil {
			return "", time.Time{}, err
		}
		a.Set = set
		store.Attachments.Put(tx, a)
	}
	return set, now.Add(AttachmentPatience), nil
}

// InSet lists what an account has in a set that it has not used.
func InSet(r store.Reader, by demarc.AccountID, set string, now time.Time) (ids []demarc.AttachmentID, err error) {
	for a := range store.Attachments.By(r, "loose", "loose") {
		if a.Owner == by && a.Set == set && now.Sub(a.Created) < AttachmentPatience {
			ids = append(ids, a.ID)
		}
	}
	if len(ids) == 0 {
		return nil, demarc.Errorf(demarc.NotFound, "no set of attachments %q waits to be used", set).In("attachmentSetId")
	}
	return ids, nil
}

func checkAttachment(a demarc.Attachment) error {
	kind, id, _ := strings.Cut(a.Reference, "/")
	_, known := references[kind]
	refusal := func(field, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).
			Coded("E-ATTACHMENT", "Give a name with up to 512 KiB of data, or a reference such as letter/dxcon-… or configuration/dxvif-…").In(field)
	}
	switch n := utf8.RuneCountInString(a.Name); {
	case n < 1 || n > 255 || strings.ContainsFunc(a.Name, unicode.IsControl):
		return refusal("name", "the name of an attachment has 1 to 255 printable characters")
	case (len(a.Data) == 0) == (a.Reference == ""):
		return refusal("data", "an attachment has data or a reference, one of them")
	case len(a.Data) > LargestAttachment:
		return refusal("data", "an attachment has at most %d bytes, and this has %d", LargestAttachment, len(a.Data))
	case a.Reference != "" && (!known || id == "" || len(id) > 64 || strings.ContainsFunc(id, unicode.IsSpace)):
		return refusal("reference", "there is no reference %q", a.Reference)
	}
	return nil
}

// attach gives loose attachments of an account to a case.
func attach(tx *store.Tx, c demarc.Case, by demarc.AccountID, ids []demarc.AttachmentID) error {
	count := len(ids)
	for _, said := range c.History {
		count += len(said.Attachments)
	}
	if count > mostInOneCase {
		return demarc.Errorf(demarc.Limit, "a case has at most %d attachments", mostInOneCase).
			Coded("E-ATTACHMENT-LIMIT", "Open another case").In("attachments")
	}
	for i, id := range ids {
		a, ok := store.Attachments.Get(tx, string(id))
		if !ok || a.Owner != by || a.Case != "" {
			return demarc.Errorf(demarc.NotFound, "no attachment %q waits to be used", id).In(fmt.Sprintf("attachments[%d]", i))
		}
		a.Case = c.ID
		store.Attachments.Put(tx, a)
	}
	return nil
}

// Attachment returns one that the account has made, or that is in a case that
// it may see.
func Attachment(r store.Reader, by demarc.AccountID, id demarc.AttachmentID) (demarc.Attachment, error) {
	a, ok := store.Attachments.Get(r, string(id))
	if ok && a.Owner != by {
		c, there := store.Cases.Get(r, string(a.Case))
		ok = there && c.VisibleTo(by)
	}
	if !ok {
		return demarc.Attachment{}, demarc.Errorf(demarc.NotFound, "no attachment %q", id)
	}
	return a, nil
}

// forgetLoose forgets attachments that nobody has used.
func forgetLoose(tx *store.Tx, now time.Time) {
	left := settledAtOnce
	for a := range store.Attachments.By(tx, "loose", "loose") {
		if left > 0 && now.Sub(a.Created) >= AttachmentPatience {
			store.Attachments.Delete(tx, string(a.ID))
			left--
		}
	}
}
