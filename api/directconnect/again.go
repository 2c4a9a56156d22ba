package directconnect

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/awsjson"
	"demarc/store"
)

// A client that never saw an answer asks again. AWS's clients name each call,
// with all its attempts, in a header; some operations let the caller name it,
// in the member clientToken. What took effect under a name is answered again
// under that name, in the same words, for one to two hours.

// attempt is what makes a call the same as another.
type attempt struct {
	// byClient and byToken are digests of the two names; empty where there is
	// none.
	byClient, byToken string
	// input is a digest of what is asked for.
	input string
}

// attemptOf reads the names of a call. Another input under one header is
// another call; under one token it is a mistake.
func attemptOf(r Request, in smithy.Serializable) (attempt, error) {
	token := tokenOf(in)
	if r.Invocation == "" && token == "" {
		return attempt{}, nil
	}
	body, err := awsjson.Encode(in)
	if err != nil {
		return attempt{}, err
	}
	a := attempt{input: digest(r.Operation, string(body))}
	if r.Invocation != "" {
		a.byClient = digest("client", string(r.By), r.Invocation, a.input)
	}
	if token != "" {
		a.byToken = digest("token", string(r.By), token)
	}
	return a, nil
}

func tokenOf(in smithy.Serializable) string {
	switch in := in.(type) {
	case *dx.CreateResiliencyGroupInput:
		return text(in.ClientToken)
	case *dx.UpdateResiliencyGroupInput:
		return text(in.ClientToken)
	case *dx.AssociateConnectionsToResiliencyGroupInput:
		return text(in.ClientToken)
	case *dx.DisassociateConnectionsFromResiliencyGroupInput:
		return text(in.ClientToken)
	}
	return ""
}

// digest tells apart lists of texts that have no NUL in them.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// recall finds the answer to an earlier attempt. Of two attempts at the same
// moment, one is run again by the store and then finds the other's.
func (c call) recall(tx *store.Tx) (kept awsjson.Kept, ok bool, err error) {
	for _, hour := range []time.Time{c.now, c.now.Add(-time.Hour)} {
		if found, ok := lookUp(tx, hour, c.again.byClient); ok {
			return awsjson.Kept(found.Answer.Reveal()), true, nil
		}
		if found, ok := lookUp(tx, hour, c.again.byToken); ok {
			if found.Input != c.again.input {
				return "", false, demarc.Errorf(demarc.Conflict, "clientToken was used for another request").
					Coded("E-TOKEN-REUSED", "Use a token of its own for each request").In("clientToken")
			}
			return awsjson.Kept(found.Answer.Reveal()), true, nil
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

// remember keeps the answer under the names of the call.
func (c call) remember(tx *store.Tx, out smithy.Serializable) error {
	if c.again == (attempt{}) {
		return nil
	}
	answer, err := awsjson.Encode(out)
	if err != nil {
		return err
	}
	for _, name := range []string{c.again.byClient, c.again.byToken} {
		if name != "" {
			store.Invocations.Put(tx, demarc.Invocation{
				ID: demarc.InvocationHour(c.now) + name, Input: c.again.input, Answer: demarc.NewSecret(string(answer)),
			})
		}
	}
	return nil
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
