package sts

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"demarc"
)

// How long a session may be (AWS's bounds and default), and how long where one
// session assumes the next role.
const (
	shortest       = 15 * time.Minute
	usual          = time.Hour
	longest        = 12 * time.Hour
	longestChained = time.Hour
)

// ErrDenied says that the role cannot be assumed by the caller. It does not
// tell whether there is such a role.
var ErrDenied = errors.New("the role cannot be assumed")

// Asked is what a caller of AssumeRole wants.
type Asked struct {
	Account, Role string // from the role's ARN
	Session       string
	Duration      time.Duration
}

// Granted are the credentials of a session.
type Granted struct {
	ARN         string // the session's, such as arn:aws:sts::123456789012:assumed-role/name/session
	ID          string // the session's unique id, AROA…:session
	AccessKeyID string
	Secret      demarc.Secret
	Token       demarc.Secret
	Expires     time.Time
}

// Assume makes credentials, or says [ErrDenied].
type Assume func(Asked) (Granted, error)

var (
	roleARN     = regexp.MustCompile(`^arn:aws:iam::([0-9]{12}):role/([A-Za-z0-9_+=,.@-]{1,64})$`)
	sessionName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
	// unbuilt are members that would make the session able to do less, or ask
	// for a proof: to pass them over would give more than was asked for.
	unbuilt = []string{"Policy", "PolicyArns", "SerialNumber", "TokenCode", "Tags", "TransitiveTagKeys", "ProvidedContexts", "SourceIdentity"}
)

func serveAssumeRole(w http.ResponseWriter, r *http.Request, requestID string, caller Identity, assume Assume) error {
	asked, wrong := readAsked(r, caller)
	if wrong != "" {
		WriteError(w, requestID, http.StatusBadRequest, "ValidationError", wrong)
		return nil
	}
	granted, err := assume(asked)
	if errors.Is(err, ErrDenied) {
		WriteError(w, requestID, http.StatusForbidden, "AccessDenied",
			"User: "+caller.ARN+" is not authorized to perform: sts:AssumeRole on resource: "+r.Form.Get("RoleArn"))
		return nil
	}
	if err != nil {
		WriteError(w, requestID, http.StatusInternalServerError, "InternalFailure", "An internal error occurred. It was logged with the id of this request.")
		return err
	}
	write(w, requestID, http.StatusOK, assumeRoleResponse{
		AssumedRoleID: granted.ID, ARN: granted.ARN, AccessKeyID: granted.AccessKeyID, Secret: granted.Secret.Reveal(), Token: granted.Token.Reveal(),
		Expiration: granted.Expires.UTC().Format(time.RFC3339), RequestID: requestID,
	})
	return nil
}

// readAsked says what is wrong with a request, or nothing.
func readAsked(r *http.Request, caller Identity) (asked Asked, wrong string) {
	for name := range r.Form {
		for _, member := range unbuilt {
			if name == member || strings.HasPrefix(name, member+".") {
				return asked, member + " cannot be used: demarc does not have it"
			}
		}
	}
	parts := roleARN.FindStringSubmatch(r.Form.Get("RoleArn"))
	if parts == nil {
		return asked, fmt.Sprintf("%s is invalid", r.Form.Get("RoleArn"))
	}
	asked = Asked{Account: parts[1], Role: parts[2], Session: r.Form.Get("RoleSessionName"), Duration: usual}
	if !sessionName.MatchString(asked.Session) {
		return asked, fmt.Sprintf("1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", asked.Session)
	}
	if text := r.Form.Get("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		asked.Duration = time.Duration(seconds) * time.Second // of a number within bounds: others do not fit
		if err != nil || seconds > int(longest/time.Second) || seconds < int(shortest/time.Second) {
			return asked, fmt.Sprintf("1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have value between %d and %d",
				text, int(shortest/time.Second), int(longest/time.Second))
		}
	}
	if chained := strings.Contains(caller.ARN, ":assumed-role/"); chained && asked.Duration > longestChained {
		return asked, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
	}
	return asked, ""
}

type assumeRoleResponse struct {
	XMLName       xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	AssumedRoleID string   `xml:"AssumeRoleResult>AssumedRoleUser>AssumedRoleId"`
	ARN           string   `xml:"AssumeRoleResult>AssumedRoleUser>Arn"`
	AccessKeyID   string   `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	Secret        string   `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	Token         string   `xml:"AssumeRoleResult>Credentials>SessionToken"`
	Expiration    string   `xml:"AssumeRoleResult>Credentials>Expiration"`
	RequestID     string   `xml:"ResponseMetadata>RequestId"`
}
