package linux

import (
	"errors"
	"fmt"
	"slices"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// rulePriority comes after the kernel's own rules (32766 is the main table's,
// 32767 the default one's): a table that a [Rule] names is asked only about what
// the main table has no route to.
const rulePriority = 32800

// A Rule has packets that come in by a link, of both IP versions, looked up in a
// table if the main one does not know the way. It stays while there is no such
// link.
type Rule struct {
	Link  string // [OwnPackets] for the namespace's own
	Table uint32
}

// OwnPackets stands for the link that packets come from which the namespace
// itself sends, errors about forwarded packets among them.
const OwnPackets = "lo"

// Attributes and header of rule messages (linux/fib_rules.h).
const (
	fraIIFName    = 3
	fraPriority   = 6
	fraTable      = 15
	fraProtocol   = 21
	frActToTable  = 1
	ruleHeaderLen = 12
)

// ApplyRules makes the namespace's rules these and no others, of those that are
// ours. A link that changes its table has both rules for a moment, of which the
// older one counts, and never none.
func ApplyRules(n *Namespace, want []Rule) error {
	err := n.withRoutes(func(b *batcher) error {
		var errs []error
		for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
			errs = append(errs, applyRules(b, family, want))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		return fmt.Errorf("put routing rules in namespace %s: %w", n, err)
	}
	return nil
}

func applyRules(b *batcher, family byte, want []Rule) error {
	have, err := rules(b, family)
	if err != nil {
		return err
	}
	for _, r := range want {
		if !slices.Contains(have, r) {
			err = errors.Join(err, ruleMessage(b, unix.RTM_NEWRULE, mdnetlink.Create, family, r))
		}
	}
	for _, r := range have {
		if slices.Contains(want, r) {
			continue
		}
		if refused := ruleMessage(b, unix.RTM_DELRULE, 0, family, r); refused != nil && !gone(refused) {
			err = errors.Join(err, refused)
		}
	}
	return err
}

func ruleMessage(b *batcher, kind uint16, flags mdnetlink.HeaderFlags, family byte, r Rule) error {
	m, err := message(kind, flags, ruleHeader(family), func(e *mdnetlink.AttributeEncoder) {
		e.String(fraIIFName, r.Link)
		e.Uint32(fraPriority, rulePriority)
		e.Uint32(fraTable, r.Table)
		e.Uint8(fraProtocol, Protocol)
	})
	if err == nil {
		err = b.applyOne(m)
	}
	if err != nil {
		return fmt.Errorf("rule of link %s: %w", r.Link, err)
	}
	return nil
}

// ruleHeader is struct fib_rule_hdr: family, dst_len, src_len, tos, table, two
// bytes unused, action, flags.
func ruleHeader(family byte) []byte {
	return []byte{family, 0, 0, 0, 0, 0, 0, frActToTable, 0, 0, 0, 0}
}

// rules reads those of one family that are ours.
func rules(b *batcher, family byte) (all []Rule, err error) {
	messages, err := b.dump(unix.RTM_GETRULE, []byte{family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for _, m := range messages {
		if len(m.Data) < ruleHeaderLen {
			continue
		}
		rule, ours, refused := parseRule(m.Data)
		if refused != nil {
			return nil, refused
		}
		if ours {
			all = append(all, rule)
		}
	}
	return all, err
}

func parseRule(data []byte) (rule Rule, ours bool, err error) {
	attributes, err := mdnetlink.NewAttributeDecoder(data[ruleHeaderLen:])
	if err != nil {
		return rule, false, err
	}
	for attributes.Next() {
		switch attributes.Type() {
		case fraIIFName:
			rule.Link = attributes.String()
		case fraTable:
			rule.Table = attributes.Uint32()
		case fraProtocol:
			ours = attributes.Uint8() == Protocol
		}
	}
	return rule, ours, attributes.Err()
}
