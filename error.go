package demarc

import (
	"errors"
	"fmt"
)

// Kind says what sort of refusal an [Error] is. The front door turns kinds
// into status codes and AWS exceptions in one place.
type Kind int

const (
	Invalid  Kind = iota + 1 // a field is wrong; asking again the same way will not help
	NotFound                 // it does not exist, or the caller may not see it: the same answer
	Conflict                 // it is in a state, or taken by another, that forbids this now
	Denied                   // the caller is known and may see it, but this is another party's move
	Limit                    // a quota is used up
	Unbuilt                  // the operation is known and not built yet
)

// An Error is a refusal whose text the caller may read. Anything else that
// goes wrong is ours to fix and reaches the caller as an internal error.
type Error struct {
	Kind Kind
	// Code is stable and listed in docs/errors.md; empty where no client
	// needs to branch on it.
	Code string
	// Field names the input at fault, as the caller spelled it.
	Field string
	// Fixer is the party who can put it right, when it is not the caller.
	Fixer Party
	// Fix says what to do next.
	Fix string
	// Text says what is wrong.
	Text string
}

// Errorf makes a refusal of a kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Coded returns e with a stable code and with what to do about it.
func (e *Error) Coded(code, fix string) *Error {
	e.Code, e.Fix = code, fix
	return e
}

// In returns e with the name of the field at fault.
func (e *Error) In(field string) *Error {
	e.Field = field
	return e
}

// By returns e with the party who can put it right.
func (e *Error) By(party Party) *Error {
	e.Fixer = party
	return e
}

func (e *Error) Error() string {
	if e.Fix == "" {
		return e.Text
	}
	return e.Text + ". " + e.Fix
}

// KindOf returns the kind of the refusal in err's chain, or zero if err is
// not a refusal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}
