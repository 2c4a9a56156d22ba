package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signer keeps derived keys between calls and is safe for concurrent use.
var signer = v4.NewSigner()

// Sign adds X-Amz-Date and Authorization to a request of our own clients. body
// is what r.Body will deliver; it is only hashed. Signing again replaces the
// signature, which a retry needs.
func Sign(r *http.Request, body []byte, creds aws.Credentials, region, service string, now time.Time) error {
	hash := sha256.Sum256(body)
	if err := signer.SignHTTP(r.Context(), creds, r, hex.EncodeToString(hash[:]), service, region, now); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
}
