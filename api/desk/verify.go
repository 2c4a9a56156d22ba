package desk

import (
	"demarc"
	"demarc/store"
	"demarc/vif"
)

// verify is the platform saying that a public interface's ASN and prefixes are
// its customer's. To any other party there is no such path.
func (c call) verify() (Verification, error) {
	id := demarc.VirtualInterfaceID(c.request.PathValue("id"))
	if c.by.Party != demarc.Platform {
		return Verification{}, demarc.Errorf(demarc.NotFound, "there is no virtual interface %s for you to verify", id)
	}
	var v demarc.VirtualInterface
	err := c.write(func(tx *store.Tx) (err error) {
		v, err = vif.Verify(tx, id, c.now)
		return err
	})
	return Verification{VirtualInterface: id, State: v.State}, err
}
