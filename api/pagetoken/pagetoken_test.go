package pagetoken_test

import (
	"testing"

	"demarc/api/pagetoken"
)

func TestTokens(t *testing.T) {
	seal := pagetoken.Seal{Key: []byte("k"), Service: "ec2", Operation: "DescribeVpcs", By: "111111111111"}
	token := seal.Close("vpc-1")
	if last, ok := seal.Open(token); !ok || last != "vpc-1" {
		t.Errorf("opened as %q %v", last, ok)
	}
	if last, ok := seal.Open(""); !ok || last != "" {
		t.Errorf("no token: %q %v", last, ok)
	}
	others := map[string]func(*pagetoken.Seal){
		"key":       func(s *pagetoken.Seal) { s.Key = []byte("l") },
		"service":   func(s *pagetoken.Seal) { s.Service = "ram" },
		"operation": func(s *pagetoken.Seal) { s.Operation = "DescribeSubnets" },
		"account":   func(s *pagetoken.Seal) { s.By = "222222222222" },
	}
	for name, change := range others {
		other := seal
		change(&other)
		if last, ok := other.Open(token); ok {
			t.Errorf("another %s opens it as %q", name, last)
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range token {
		for _, c := range alphabet {
			altered := token[:i] + string(c) + token[i+1:]
			if last, ok := seal.Open(altered); ok && altered != token {
				t.Errorf("%s is opened as %q", altered, last)
			}
		}
		if _, ok := seal.Open(token[:i]); ok && i > 0 {
			t.Errorf("the first %d characters are opened", i)
		}
	}
}
