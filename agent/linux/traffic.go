package linux

import (
	"encoding/binary"
	"fmt"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Attributes and layout of statistics messages (linux/if_link.h).
const (
	statsHeaderLen = 12 // struct if_stats_msg: family, three unused, index, filter
	statsLink64    = 1  // IFLA_STATS_LINK_64
	statsWanted    = 1 << (statsLink64 - 1)
	statsLeast     = 8 * 8 // the counters we read, of struct rtnl_link_stats64
)

// Counted reads what all interfaces of the namespace have counted, by index.
// Listing the interfaces themselves ([Links]) costs far more where there are
// many.
func Counted(n *Namespace) (map[int]Traffic, error) {
	question := make([]byte, statsHeaderLen)
	binary.NativeEndian.PutUint32(question[8:], statsWanted)
	counted := map[int]Traffic{}
	err := n.withRoutes(func(b *batcher) error {
		answers, err := b.dump(unix.RTM_GETSTATS, question)
		for _, answer := range answers {
			if len(answer.Data) < statsHeaderLen {
				continue
			}
			attributes, err := mdnetlink.NewAttributeDecoder(answer.Data[statsHeaderLen:])
			if err != nil {
				return err
			}
			for attributes.Next() {
				if attributes.Type() == statsLink64 && len(attributes.Bytes()) >= statsLeast {
					counted[int(binary.NativeEndian.Uint32(answer.Data[4:]))] = parseTraffic(attributes.Bytes())
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read counters in namespace %s: %w", n, err)
	}
	return counted, nil
}

func parseTraffic(octets []byte) Traffic {
	at := func(i int) uint64 { return binary.NativeEndian.Uint64(octets[8*i:]) }
	return Traffic{
		RxPackets: at(0), TxPackets: at(1), RxBytes: at(2), TxBytes: at(3),
		RxErrors: at(4), TxErrors: at(5), RxDropped: at(6), TxDropped: at(7),
	}
}
