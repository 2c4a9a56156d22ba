package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// connectionShare is what is on a dedicated connection; zero for one of another
// kind, and for a LAG's member, whose interfaces are on the LAG.
func connectionShare(r store.Reader, conn demarc.Connection) vif.Share {
	if conn.Kind != demarc.Dedicated || conn.LAG != "" || conn.State.Gone() {
		return vif.Share{}
	}
	return vif.ShareOf(r, conn.ID, conn.Bandwidth)
}

// withShare adds it to the shape of a connection.
func withShare(shape *types.Connection, s vif.Share) *types.Connection {
	if s == (vif.Share{}) {
		return shape
	}
	p := poolOf(s)
	shape.RateLimiterStatus = limitersOf(s)
	shape.PrefixPoolSizeIpv4, shape.PrefixPoolSizeIpv6 = p.size4, p.size6
	shape.PrefixPoolUnallocatedCountIpv4, shape.PrefixPoolUnallocatedCountIpv6 = p.free4, p.free6
	return shape
}

// A pool has the four members of it that connections and LAGs show.
type pool struct{ size4, size6, free4, free6 *int32 }

func poolOf(s vif.Share) pool {
	size, free := s.Pool.Size, s.Pool.Unallocated()
	return pool{
		aws.Int32(int32(size.IPv4)), aws.Int32(int32(size.IPv6)),
		aws.Int32(int32(free.IPv4)), aws.Int32(int32(free.IPv6)),
	}
}

func limitersOf(s vif.Share) *types.RateLimiterStatus {
	limited := "0Mbps"
	if s.Limited > 0 {
		limited = s.Limited.String()
	}
	return &types.RateLimiterStatus{
		InUse: int32(s.Limiters), MaxAllowed: int32(s.MostLimiters), Remaining: int32(max(0, s.MostLimiters-s.Limiters)), TotalBandwidth: &limited,
	}
}
