// Package again answers a client that asks again because it never saw the
// answer. AWS's clients name each call, with all its attempts, in the header
// amz-sdk-invocation-id; some operations let the caller name it, in the member
// clientToken. What took effect under a name is answered again under that name,
// in the same words, for one to two hours.
//
// It keeps texts and knows no protocol; a service asks it within the
// transaction of the call, so that there is no effect without its answer.
package again

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// CodeTokenReused is the code of a clientToken that named another request.
const CodeTokenReused = "E-TOKEN-REUSED"

// A Call is what tells one call from another. Invocation and Token are the
// client's names for it; either may be empty.
type Call struct {
	By         demarc.AccountID
	Operation  string
	Invocation string
	Token      string
	// Input is what was asked for, in one form for the same input.
	Input []byte
}

// An Attempt is what makes a call the same as another. The zero value has no
// name: nothing is recalled or remembered.
type Attempt struct {
	// byClient and byToken are digests of the two names; empty where there is
	// none.
	byClient, byToken string
	// input is a digest of what is asked for.
	input string
}

// Of reads the names of a call. Another input under one header is another
// call; under one token it is a mistake.
func Of(c Call) Attempt {
	if c.Invocation == "" && c.Token == "" {
		return Attempt{}
	}
	a := Attempt{input: digest(c.Operation, string(c.Input))}
	if c.Invocation != "" {
		a.byClient = digest("client", string(c.By), c.Invocation, a.input)
	}
	if c.Token != "" {
		a.byToken = digest("token", string(c.By), c.Token)
	}
	return a
}

// digest tells apart lists of texts that have no NUL in them.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Recall finds the answer to an earlier attempt. Of two attempts at the same
// moment, one is run again by the store and then finds the other's.
func (a Attempt) Recall(tx *store.Tx, now time.Time) (answer string, ok bool, err error) {
	for _, hour := range []time.Time{now, now.Add(-time.Hour)} {
		if found, ok := lookUp(tx, hour, a.byClient); ok {
			return found.Answer.Reveal(), true, nil
		}
		if found, ok := lookUp(tx, hour, a.byToken); ok {
			if found.Input != a.input {
				return "", false, demarc.Errorf(demarc.Conflict, "clientToken was used for another request").
					Coded(CodeTokenReused, "Use a token of its own for each request").In("clientToken")
			}
			return found.Answer.Reveal(), true, nil
		}
	}
	return "", false, nil
}

func lookUp(tx *store.Tx, hour time.Time, name string) (demarc.Invocation, bool) {
	if name == "" {
		return demarc.Invocation{}, false
	}
	return store.Invocations.Get(tx, demarc.InvocationHour(hour)+name)
}

// Named reports whether there is a name to remember an answer by.
func (a Attempt) Named() bool { return a != (Attempt{}) }

// Remember keeps the answer under the names of the call.
func (a Attempt) Remember(tx *store.Tx, answer string, now time.Time) {
	for _, name := range []string{a.byClient, a.byToken} {
		if name != "" {
			store.Invocations.Put(tx, demarc.Invocation{
				ID: demarc.InvocationHour(now) + name, Input: a.input, Answer: demarc.NewSecret(answer),
			})
		}
	}
}

// forgottenAtOnce bounds what one call of Expire forgets.
const forgottenAtOnce = 50

// Expire forgets the answers that nobody can ask for again at now.
func Expire(tx *store.Tx, now time.Time) error {
	left := forgottenAtOnce
	oldest := demarc.InvocationHour(now.Add(-time.Hour))
	for kept := range store.Invocations.All(tx) {
		if left == 0 || kept.ID >= oldest {
			return nil // the rest are younger
		}
		store.Invocations.Delete(tx, kept.ID)
		left--
	}
	return nil
}
