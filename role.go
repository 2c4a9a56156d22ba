package demarc

import "time"

// A Role lets other accounts act as its account for a while. Whoever assumes it
// may do all that the account may, but for roles of some names ([Narrow]): there
// are no policies that say less.
type Role struct {
	Account AccountID `json:"account"`
	// Name is unique in the account: 1 to 64 letters, digits and _+=,.@-.
	Name string `json:"name"`
	// AssumedBy are the accounts that may assume it. The site file alone says
	// who.
	AssumedBy []AccountID `json:"assumedBy"`
}

// ARN is the role as IAM names it.
func (r Role) ARN() string { return "arn:aws:iam::" + string(r.Account) + ":role/" + r.Name }

// A RoleSession is the time for which somebody has assumed a role. The zero
// value is nobody: an account's own key was used.
type RoleSession struct {
	Account AccountID `json:"account"` // the role's
	Role    string    `json:"role"`
	Name    string    `json:"name"`   // as who assumed it called it
	Source  AccountID `json:"source"` // who assumed it
	Expires time.Time `json:"expires"`
}

// ARN is the session as STS names it; empty for the zero value.
func (s RoleSession) ARN() string {
	if s.Role == "" {
		return ""
	}
	return "arn:aws:sts::" + string(s.Account) + ":assumed-role/" + s.Role + "/" + s.Name
}

// SessionCredentials let their holder sign as a session until it expires.
type SessionCredentials struct {
	Session     RoleSession
	AccessKeyID string
	Secret      Secret
	Token       Secret
}
