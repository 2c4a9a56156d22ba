package cloudwatch

import "demarc/api/pagetoken"

// close makes the token of where a page ended.
func (c call) close(last string) *string { return ref(c.seal().Close(last)) }

// open is the other way. No token is the first page.
func (c call) open(token *string) (last string, err error) {
	last, ok := c.seal().Open(text(token))
	if !ok {
		return "", &refusal{codeToken, "NextToken is not one that " + c.operation + " gave this account."}
	}
	return last, nil
}

// seal is what this call's tokens are good for.
func (c call) seal() pagetoken.Seal {
	return pagetoken.Seal{Key: c.service.pageKey, Service: Name, Operation: c.operation, By: c.by}
}
