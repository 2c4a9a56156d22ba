package directconnect

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

func associateMacSecKey(c call, tx *store.Tx, in *dx.AssociateMacSecKeyInput) (*dx.AssociateMacSecKeyOutput, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	keys, err := connection.AssociateKey(tx, c.by, demarc.ConnectionID(*in.ConnectionId), connection.KeyOrder{
		CKN:       text(in.Ckn),
		CAK:       demarc.NewSecret(text(in.Cak)),
		SecretARN: text(in.SecretARN),
	}, c.now)
	return &dx.AssociateMacSecKeyOutput{ConnectionId: in.ConnectionId, MacSecKeys: keyShapes(keys)}, err
}

func disassociateMacSecKey(c call, tx *store.Tx, in *dx.DisassociateMacSecKeyInput) (*dx.DisassociateMacSecKeyOutput, error) {
	if err := require(given("connectionId", in.ConnectionId), given("secretARN", in.SecretARN)); err != nil {
		return nil, err
	}
	keys, err := connection.DisassociateKey(tx, c.by, demarc.ConnectionID(*in.ConnectionId), *in.SecretARN, c.now)
	return &dx.DisassociateMacSecKeyOutput{ConnectionId: in.ConnectionId, MacSecKeys: keyShapes(keys)}, err
}

// modeGiven is the mode that is asked for, if one is.
func modeGiven(value *string) *demarc.EncryptionMode {
	if text(value) == "" {
		return nil
	}
	return (*demarc.EncryptionMode)(value)
}

// keyShapes are keys as their owner sees them: without the CAK.
func keyShapes(keys []demarc.MACsecKey) []types.MacSecKey {
	shapes := make([]types.MacSecKey, 0, len(keys))
	for _, k := range keys {
		shapes = append(shapes, types.MacSecKey{
			SecretARN: aws.String(k.SecretARN),
			Ckn:       aws.String(k.CKN),
			State:     aws.String(string(k.State)),
			StartOn:   aws.String(k.Start.UTC().Format(time.RFC3339)),
		})
	}
	return shapes
}

// encryption is what connections, interconnects and LAGs show of MACsec. Those
// that were ordered without show only that.
type encryption struct {
	capable      *bool
	mode, status *string
	keys         []types.MacSecKey
}

func encryptionOf(m demarc.MACsec) encryption {
	if !m.Capable() {
		return encryption{capable: aws.Bool(false)}
	}
	// The edge encrypts nothing, so there is no port whose encryption is up.
	return encryption{capable: aws.Bool(true), mode: aws.String(string(m.Mode)), status: aws.String("Encryption Down"), keys: keyShapes(m.Keys)}
}
