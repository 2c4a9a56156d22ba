package linux

import (
	"encoding/binary"
	"errors"
	"fmt"

	mdnetlink "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Token bucket of a shaped link. The burst lets 2 ms of line rate through at
// once, and never less than 20 kB: below a dozen frames a slow rate would not
// be reached. What waits longer than 20 ms is dropped.
const (
	tbfBurstPerSecond = 500 // a burst is this fraction of a second's bytes
	tbfMinBurst       = 20_000
	tbfQueuePerSecond = 50 // the queue is this fraction of a second's bytes
)

// EnsureTBF limits what leaves by the link to bitsPerSecond, counted with
// Ethernet headers; 0 removes the limit. It shapes, so TCP keeps about 95 % of
// the rate, where a policer starves it. Repeating the same rate disturbs no
// queued packet.
func EnsureTBF(n *Namespace, name string, bitsPerSecond uint64) error {
	link, err := findLink(n, name)
	if err != nil {
		return err
	}
	have, err := limitOf(n, link)
	if err != nil {
		return err
	}
	switch {
	case bitsPerSecond == 0 && have == (limit{}):
		return nil // without a listing, which is of all links
	case bitsPerSecond == 0:
		return removeTBF(n, link)
	}
	want := tbf(link, bitsPerSecond)
	if have.rate == want.Rate && have.limit == want.Limit {
		return nil
	}
	if err := onLinks(func() error { return n.rt.QdiscReplace(want) }); err != nil {
		return linkError("shape", n, name, err)
	}
	return nil
}

func tbf(link netlink.Link, bitsPerSecond uint64) *netlink.Tbf {
	rate := max(bitsPerSecond/8, 1)
	burst := max(rate/tbfBurstPerSecond, tbfMinBurst)
	return &netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{
			LinkIndex: link.Attrs().Index,
			Handle:    netlink.MakeHandle(1, 0),
			Parent:    netlink.HANDLE_ROOT,
		},
		Rate:   rate,
		Limit:  uint32(rate/tbfQueuePerSecond + burst),
		Buffer: netlink.Xmittime(rate, uint32(burst)),
	}
}

func removeTBF(n *Namespace, link netlink.Link) error {
	have, err := shaper(n, link)
	if err != nil || have == nil {
		return err
	}
	if err := n.rt.QdiscDel(have); err != nil && !errors.Is(err, unix.ENOENT) {
		return linkError("unshape", n, link.Attrs().Name, err)
	}
	return nil
}

// A limit is what a shaper was told; zero for none.
type limit struct {
	rate  uint64 // octets a second
	limit uint32 // octets that may wait
}

// Attributes of queue messages (linux/rtnetlink.h, linux/pkt_sched.h), and
// where the parameters of a TBF have what (struct tc_tbf_qopt).
const (
	tcaKind       = 1
	tcaOptions    = 2
	tcaTBFParms   = 1
	tcaTBFRate64  = 4
	tcMessageLen  = 20 // struct tcmsg
	tbfRateAt     = 8
	tbfLimitAt    = 24
	tbfLimitAfter = 28
)

// limitOf asks for the one queue. A listing of queues, which is how the library
// does it, is of all links of the namespace whatever link it is of.
func limitOf(n *Namespace, link netlink.Link) (have limit, err error) {
	question := make([]byte, tcMessageLen) // family, three unused, index, handle, parent, info
	binary.NativeEndian.PutUint32(question[4:], uint32(link.Attrs().Index))
	binary.NativeEndian.PutUint32(question[12:], netlink.HANDLE_ROOT)
	err = n.withRoutes(func(b *batcher) error {
		answers, err := b.ask(unix.RTM_GETQDISC, question)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // it has the kernel's own, or none
			return nil
		}
		if err == nil && len(answers) > 0 && len(answers[0].Data) >= tcMessageLen {
			have, err = parseLimit(answers[0].Data[tcMessageLen:])
		}
		return err
	})
	if err != nil {
		return have, linkError("read the queue of", n, link.Attrs().Name, err)
	}
	return have, nil
}

func parseLimit(octets []byte) (have limit, err error) {
	attributes, err := mdnetlink.NewAttributeDecoder(octets)
	if err != nil {
		return have, err
	}
	kind := ""
	for attributes.Next() {
		switch attributes.Type() {
		case tcaKind:
			kind = attributes.String()
		case tcaOptions:
			if kind == "tbf" {
				attributes.Nested(have.parse)
			}
		}
	}
	return have, attributes.Err()
}

func (l *limit) parse(options *mdnetlink.AttributeDecoder) error {
	for options.Next() {
		switch parameters := options.Bytes(); options.Type() {
		case tcaTBFParms:
			if len(parameters) >= tbfLimitAfter && l.rate == 0 {
				l.rate = uint64(binary.NativeEndian.Uint32(parameters[tbfRateAt:]))
			}
			if len(parameters) >= tbfLimitAfter {
				l.limit = binary.NativeEndian.Uint32(parameters[tbfLimitAt:])
			}
		case tcaTBFRate64:
			if len(parameters) == 8 {
				l.rate = binary.NativeEndian.Uint64(parameters)
			}
		}
	}
	return options.Err()
}

// shaper returns the link's TBF, or nil.
func shaper(n *Namespace, link netlink.Link) (*netlink.Tbf, error) {
	root, err := rootQdisc(n, link)
	if err != nil {
		return nil, err
	}
	found, _ := root.(*netlink.Tbf)
	return found, nil
}

// rootQdisc returns nil when the link has none, as a fresh veth.
func rootQdisc(n *Namespace, link netlink.Link) (netlink.Qdisc, error) {
	qdiscs, err := whole(func() ([]netlink.Qdisc, error) { return n.rt.QdiscList(link) })
	if err != nil {
		return nil, linkError("list queues of", n, link.Attrs().Name, err)
	}
	for _, qdisc := range qdiscs {
		if qdisc.Attrs().Parent == netlink.HANDLE_ROOT {
			return qdisc, nil
		}
	}
	return nil, nil
}

// A Queue is what a link's shaper has done since it was put there.
type Queue struct {
	SentPackets, SentBytes uint64
	Dropped                uint64 // packets that found the queue full
	Delayed                uint64 // times a packet had to wait
	BacklogBytes           uint64 // waiting now
}

// QdiscStats reads the link's outgoing queue. A link without one reads zero.
func QdiscStats(n *Namespace, name string) (Queue, error) {
	link, err := findLink(n, name)
	if err != nil {
		return Queue{}, err
	}
	root, err := rootQdisc(n, link)
	if err != nil || root == nil {
		return Queue{}, err
	}
	return queueOf(root), nil
}

// Queues reads the outgoing queues of all links of the namespace at once, by
// the link's index. Links without one are left out.
func Queues(n *Namespace) (map[int]Queue, error) {
	qdiscs, err := whole(func() ([]netlink.Qdisc, error) { return n.rt.QdiscList(nil) })
	if err != nil {
		return nil, fmt.Errorf("list queues in namespace %s: %w", n, err)
	}
	found := map[int]Queue{}
	for _, qdisc := range qdiscs {
		if qdisc.Attrs().Parent == netlink.HANDLE_ROOT {
			found[qdisc.Attrs().LinkIndex] = queueOf(qdisc)
		}
	}
	return found, nil
}

func queueOf(root netlink.Qdisc) (queue Queue) {
	s := root.Attrs().Statistics
	if s == nil {
		return queue
	}
	if s.Basic != nil {
		queue.SentPackets, queue.SentBytes = uint64(s.Basic.Packets), s.Basic.Bytes
	}
	if s.Queue != nil {
		queue.Dropped, queue.Delayed, queue.BacklogBytes = uint64(s.Queue.Drops), uint64(s.Queue.Overlimits), uint64(s.Queue.Backlog)
	}
	return queue
}

// Rate reads the limit of [EnsureTBF] in bits per second; 0 means none.
func Rate(n *Namespace, name string) (uint64, error) {
	link, err := findLink(n, name)
	if err != nil {
		return 0, err
	}
	have, err := shaper(n, link)
	if err != nil || have == nil {
		return 0, err
	}
	return have.Rate * 8, nil
}
