package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// What the operations on the three types of interface have in common.

func requireAllocation(connection, owner *string, asked member) error {
	return require(given("connectionId", connection), given("ownerAccount", owner), asked)
}

func allocateInterface(c call, tx *store.Tx, connection, owner *string, wanted vif.New) (*types.VirtualInterface, error) {
	v, err := vif.Allocate(tx, c.by, demarc.ConnectionID(*connection), demarc.AccountID(*owner), wanted, c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}

func createInterface(c call, tx *store.Tx, connection *string, onto vif.Onto, wanted vif.New) (*types.VirtualInterface, error) {
	v, err := vif.Create(tx, c.by, demarc.ConnectionID(*connection), onto, wanted, c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}

func confirmInterface(c call, tx *store.Tx, id *string, of demarc.VirtualInterfaceType, onto vif.Onto) (types.VirtualInterfaceState, error) {
	v, err := vif.Confirm(tx, c.by, demarc.VirtualInterfaceID(*id), of, onto, c.now)
	return types.VirtualInterfaceState(v.State), err
}

// wideASN is what is said of the ASN: of two members, the wider counts.
func wideASN(short int32, long *int64) int64 {
	if long != nil {
		return *long
	}
	return int64(short)
}

// mtuGiven is the MTU that is asked for, and zero where none is: a zero that
// was sent is not the same.
func mtuGiven(member *int32) (int, error) {
	switch {
	case member == nil:
		return 0, nil
	case *member == 0:
		return 0, demarc.Errorf(demarc.Invalid, "MTU 0 is none that an interface can have").Coded("E-MTU", "Leave mtu out for 1500").In("mtu")
	}
	return int(*member), nil
}

// wide keeps apart what was not sent and what is zero.
func wide(member *int32) *int {
	if member == nil {
		return nil
	}
	n := int(*member)
	return &n
}
