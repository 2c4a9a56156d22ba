package demarc

import "time"

// A CustomerAgreement is what an account has signed.
type CustomerAgreement struct {
	Account AccountID `json:"account"`
	Name    string    `json:"name"`
	Signed  time.Time `json:"signed"`
}
