package directconnect

import (
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

func createBGPPeer(c call, tx *store.Tx, in *dx.CreateBGPPeerInput) (*dx.CreateBGPPeerOutput, error) {
	asked := in.NewBGPPeer
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId), member{"newBGPPeer", asked != nil}); err != nil {
		return nil, err
	}
	v, err := vif.AddPeer(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), vif.NewPeer{
		ASN:             wideASN(asked.Asn, asked.AsnLong),
		Key:             demarc.NewSecret(text(asked.AuthKey)),
		Family:          demarc.AddressFamily(asked.AddressFamily),
		AmazonAddress:   text(asked.AmazonAddress),
		CustomerAddress: text(asked.CustomerAddress),
	}, c.now)
	if err != nil {
		return nil, err
	}
	shape, err := interfaceShape(c, tx, v)
	return &dx.CreateBGPPeerOutput{VirtualInterface: shape}, err
}

func deleteBGPPeer(c call, tx *store.Tx, in *dx.DeleteBGPPeerInput) (*dx.DeleteBGPPeerOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	ref := vif.PeerRef{ID: demarc.BGPPeerID(text(in.BgpPeerId)), ASN: demarc.ASN(wideASN(in.Asn, in.AsnLong)), Address: text(in.CustomerAddress)}
	if ref.ID == "" {
		if err := require(given("customerAddress", in.CustomerAddress), member{"asn", ref.ASN != 0}); err != nil {
			return nil, err
		}
	}
	v, err := vif.RemovePeer(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), ref, c.now)
	if err != nil {
		return nil, err
	}
	shape, err := interfaceShape(c, tx, v)
	return &dx.DeleteBGPPeerOutput{VirtualInterface: shape}, err
}

func peerShapes(r store.Reader, v demarc.VirtualInterface) []types.BGPPeer {
	seen, _ := store.VIFSightings.Get(r, string(v.ID))
	peers := []types.BGPPeer{}
	for _, p := range v.Peers {
		short, long := asnMembers(p.ASN)
		peers = append(peers, types.BGPPeer{
			BgpPeerId:          aws.String(string(p.ID)),
			AddressFamily:      types.AddressFamily(p.Family),
			Asn:                short,
			AsnLong:            long,
			AuthKey:            aws.String(p.Key.Reveal()),
			AmazonAddress:      aws.String(p.AmazonAddress.String()),
			CustomerAddress:    aws.String(p.CustomerAddress.String()),
			AwsDeviceV2:        aws.String(string(v.Device)),
			AwsLogicalDeviceId: aws.String(string(v.Device)),
			BgpPeerState:       peerState(v, p),
			BgpStatus:          bgpStatus(seen, p.ID),
		})
	}
	return peers
}

// asnMembers fills both members, and only the wide one with what does not fit
// the narrow.
func asnMembers(asn demarc.ASN) (short int32, long *int64) {
	if asn <= math.MaxInt32 {
		short = int32(asn)
	}
	return short, aws.Int64(int64(asn))
}

// peerState says whether a session could be established: it says nothing of
// the session itself. A session goes with its interface.
func peerState(v demarc.VirtualInterface, p demarc.BGPPeer) types.BGPPeerState {
	switch {
	case v.State.Gone():
		return types.BGPPeerStateDeleted
	case v.State == demarc.VIFDeleting:
		return types.BGPPeerStateDeleting
	}
	return types.BGPPeerState(p.State)
}

func bgpStatus(seen intent.VIFSeen, peer demarc.BGPPeerID) types.BGPStatus {
	if vif.PeerUp(seen, peer) {
		return types.BGPStatusUp
	}
	return types.BGPStatusDown
}
