package directconnect

import (
	"unicode/utf8"

	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/again"
	"demarc/api/awsjson"
	"demarc/store"
)

// attemptOf reads the names of a call.
func attemptOf(r Request, in smithy.Serializable) (again.Attempt, error) {
	body, err := awsjson.Encode(in)
	if err != nil {
		return again.Attempt{}, err
	}
	token := tokenOf(in)
	if n := utf8.RuneCountInString(text(token)); token != nil && (n < 1 || n > longestToken) {
		return again.Attempt{}, demarc.Errorf(demarc.Invalid, "clientToken has 1 to %d characters, not %d", longestToken, n).In("clientToken")
	}
	return again.Of(again.Call{By: r.By, Operation: r.Operation, Invocation: r.Invocation, Token: r.Scope.Token(text(token)), Input: body}), nil
}

// longestToken is how many characters a clientToken may have (AWS).
const longestToken = 128

func tokenOf(in smithy.Serializable) *string {
	switch in := in.(type) {
	case *dx.CreateResiliencyGroupInput:
		return in.ClientToken
	case *dx.UpdateResiliencyGroupInput:
		return in.ClientToken
	case *dx.AssociateConnectionsToResiliencyGroupInput:
		return in.ClientToken
	case *dx.DisassociateConnectionsFromResiliencyGroupInput:
		return in.ClientToken
	}
	return nil
}

// recall finds the answer to an earlier attempt.
func (c call) recall(tx *store.Tx) (awsjson.Kept, bool, error) {
	answer, ok, err := c.again.Recall(tx, c.now)
	return awsjson.Kept(answer), ok, err
}

// remember keeps the answer under the names of the call.
func (c call) remember(tx *store.Tx, out smithy.Serializable) error {
	if !c.again.Named() {
		return nil
	}
	answer, err := awsjson.Encode(out)
	if err == nil {
		c.again.Remember(tx, string(answer), c.now)
	}
	return err
}
