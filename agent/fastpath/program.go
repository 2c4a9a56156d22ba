package fastpath

import (
	"encoding/binary"
	"net/netip"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Fields of struct __sk_buff (linux/bpf.h).
const (
	skbLen         = 0
	skbPacketType  = 4
	skbVLANPresent = 20
	skbPriority    = 32
	skbIfindex     = 40
	skbData        = 76
	skbDataEnd     = 80
	skbGSOSize     = 176
)

// Places in a frame.
const (
	etherType  = 12
	etherLen   = 14
	four       = etherLen // the IPv4 header
	fourLen    = 20
	six        = etherLen // the IPv6 header
	sixLen     = 40
	leastLayer = 8  // of what is above IP: UDP's header, an echo's
	tcpLen     = 20 // without options
)

// EtherTypes and the flags of a fragment, as a little-endian load of the
// big-endian field gives them.
const (
	etherIPv4    = 0x0008
	etherIPv6    = 0xdd86
	fragmentMask = 0xff3f // offset and "more fragments"
)

// Registers that survive calls.
const (
	ctx    = asm.R6
	packet = asm.R7 // the frame, from its Ethernet header on
	length = asm.R8 // of the packet, or of the segments that it will be cut into
)

// What is free between calls.
const (
	end      = asm.R2 // of the frame's first octets, those that may be read
	protocol = asm.R3
)

// Struct bpf_fib_lookup on the stack, and its fields (linux/bpf.h).
const (
	lookup      = -64
	lookupLen   = 64
	atFamily    = lookup
	atProtocol  = lookup + 1
	atPort      = lookup + 2 // of the source; the destination's follows
	atLength    = lookup + 6
	atLink      = lookup + 8
	atClass     = lookup + 12
	atSource    = lookup + 16
	atNexthop   = lookup + 32 // first the destination, then the next router
	atTable     = lookup + 48
	direct      = 1 // BPF_FIB_LOOKUP_DIRECT
	byTable     = 8 // BPF_FIB_LOOKUP_TBID
	notForward  = 4 // BPF_FIB_LKUP_RET_NOT_FWDED: here, the table has no route
	neighbour   = atNexthop - 4
	neighborLen = 20          // struct bpf_redir_neigh: family and next router
	atOurMAC    = lookup + 52 // the neighbour's follows
	endKeyAt    = lookup - 16
)

const packetHost = 0 // PACKET_HOST (linux/if_packet.h)

// program is the instructions for a way, with those that hand a packet on last.
func (w Way) program(handOn asm.Instructions) asm.Instructions {
	return join(
		asm.Instructions{
			asm.Mov.Reg(ctx, asm.R1),
			asm.LoadMem(asm.R0, ctx, skbPacketType, asm.Word),
			asm.JNE.Imm(asm.R0, packetHost, "kernel"),
			asm.LoadMem(asm.R0, ctx, skbVLANPresent, asm.Word),
			asm.JNE.Imm(asm.R0, 0, "kernel"),
			asm.LoadMem(packet, ctx, skbData, asm.Word),
			asm.LoadMem(end, ctx, skbDataEnd, asm.Word),
		},
		readable(four+fourLen+leastLayer),
		clear(),
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, etherType, asm.Half),
			asm.JEq.Imm(asm.R0, etherIPv4, "IPv4"),
			asm.JNE.Imm(asm.R0, etherIPv6, "kernel"),
		},
		w.ordinary6(),
		w.ordinary4(),
		w.ask(),
		countDown(),
		handOn,
		asm.Instructions{
			// Whoever comes to the kernel shares the flows of several paths as the
			// program does: by addresses and ports, not by what a NIC or a socket
			// made of them.
			asm.Mov.Reg(asm.R1, ctx).WithSymbol("kernel"),
			asm.FnSetHashInvalid.Call(),
			asm.Mov.Imm(asm.R0, 0), // TC_ACT_OK
			asm.Return(),
		},
	)
}

// ordinary4 takes the IPv4 packets that may be handed on, as ip_rcv does and what
// it calls, and fills in what the lookup needs.
func (w Way) ordinary4() asm.Instructions {
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, four, asm.Byte).WithSymbol("IPv4"),
			asm.JNE.Imm(asm.R0, 0x45, "kernel"), // options, or no IPv4
			asm.LoadMem(asm.R0, packet, four+8, asm.Byte),
			asm.JLE.Imm(asm.R0, 1, "kernel"), // its time is over
			asm.LoadMem(asm.R0, packet, four+6, asm.Half),
			asm.And.Imm(asm.R0, fragmentMask),
			asm.JNE.Imm(asm.R0, 0, "kernel"),
			asm.LoadMem(length, packet, four+2, asm.Half),
			asm.HostTo(asm.BE, length, asm.Half),
		},
		wholly(),
		checksum4(),
		copied(four+12, atSource, 4),
		copied(four+16, atNexthop, 4),
		unicast4(four+12),
		unicast4(four+16),
		w.others(false),
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, four+1, asm.Byte),
			asm.StoreMem(asm.RFP, atClass, asm.R0, asm.Byte),
			asm.StoreImm(asm.RFP, atFamily, unix.AF_INET, asm.Byte),
			asm.LoadMem(protocol, packet, four+9, asm.Byte),
		},
		flow("IPv4", four+fourLen, fourLen, unix.IPPROTO_ICMP),
	)
}

// ordinary6 is ordinary4 for IPv6.
func (w Way) ordinary6() asm.Instructions {
	return join(
		readable(six+sixLen+leastLayer),
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, six, asm.Byte),
			asm.And.Imm(asm.R0, 0xf0),
			asm.JNE.Imm(asm.R0, 0x60, "kernel"),
			asm.LoadMem(asm.R0, packet, six+7, asm.Byte),
			asm.JLE.Imm(asm.R0, 1, "kernel"),
			asm.LoadMem(length, packet, six+4, asm.Half),
			asm.HostTo(asm.BE, length, asm.Half),
			asm.Add.Imm(length, sixLen),
		},
		wholly(),
		copied(six+8, atSource, 16),
		copied(six+24, atNexthop, 16),
		unicast6("source", six+8),
		unicast6("destination", six+24),
		w.others(true),
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, six, asm.Word),
			asm.And.Imm(asm.R0, int32(-0xf1)), // 0xffffff0f: without the version
			asm.StoreMem(asm.RFP, atClass, asm.R0, asm.Word),
			asm.StoreImm(asm.RFP, atFamily, unix.AF_INET6, asm.Byte),
			asm.LoadMem(protocol, packet, six+6, asm.Byte),
		},
		flow("IPv6", six+sixLen, sixLen, unix.IPPROTO_ICMPV6),
		asm.Instructions{asm.Ja.Label("ask")},
	)
}

// readable checks that so many octets of the frame can be read.
func readable(octets int32) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, packet),
		asm.Add.Imm(asm.R1, octets),
		asm.JGT.Reg(asm.R1, end, "kernel"),
	}
}

// clear makes the lookup's fields 0.
func clear() asm.Instructions {
	zeros := asm.Instructions{asm.Mov.Imm(asm.R0, 0)}
	for at := int16(lookup); at < lookup+lookupLen; at += 8 {
		zeros = append(zeros, asm.StoreMem(asm.RFP, at, asm.R0, asm.DWord))
	}
	return zeros
}

// wholly checks that the packet is as long as it says: not cut, not padded.
func wholly() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, ctx, skbLen, asm.Word),
		asm.Sub.Imm(asm.R0, etherLen),
		asm.JNE.Reg(asm.R0, length, "kernel"),
	}
}

// checksum4 checks the header's (RFC 1812, section 5.2.2).
func checksum4() asm.Instructions {
	sum := asm.Instructions{asm.LoadMem(asm.R0, packet, four, asm.Word)}
	for at := int16(four + 4); at < four+fourLen; at += 4 {
		sum = append(sum, asm.LoadMem(asm.R1, packet, at, asm.Word), asm.Add.Reg(asm.R0, asm.R1))
	}
	fold := func(bits int32) {
		sum = append(sum, asm.Mov.Reg(asm.R1, asm.R0), asm.RSh.Imm(asm.R1, bits), asm.LSh.Imm(asm.R0, 64-bits), asm.RSh.Imm(asm.R0, 64-bits), asm.Add.Reg(asm.R0, asm.R1))
	}
	fold(32)
	fold(16)
	fold(16)
	fold(16)
	return append(sum, asm.JNE.Imm(asm.R0, 0xffff, "kernel"))
}

// copied copies an address from the frame to the lookup.
func copied(from, to, octets int16) (words asm.Instructions) {
	for i := int16(0); i < octets; i += 4 {
		words = append(words, asm.LoadMem(asm.R0, packet, from+i, asm.Word), asm.StoreMem(asm.RFP, to+i, asm.R0, asm.Word))
	}
	return words
}

// unicast4 leaves to the kernel what is no host's address: 0/8, 127/8, and from
// 224/3 on.
func unicast4(at int16) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, packet, at, asm.Byte),
		asm.JEq.Imm(asm.R0, 0, "kernel"),
		asm.JEq.Imm(asm.R0, 127, "kernel"),
		asm.JGE.Imm(asm.R0, 224, "kernel"),
	}
}

// unicast6 takes global (2000::/3) and unique local addresses (fc00::/7).
func unicast6(which string, at int16) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, packet, at, asm.Byte),
		asm.Mov.Reg(asm.R1, asm.R0),
		asm.And.Imm(asm.R0, 0xe0),
		asm.JEq.Imm(asm.R0, 0x20, which),
		asm.And.Imm(asm.R1, 0xfe),
		asm.JNE.Imm(asm.R1, 0xfc, "kernel"),
		asm.Mov.Imm(asm.R0, 0).WithSymbol(which),
	}
}

// others leaves to the kernel what is from or for an address of the namespace
// itself: the one is spoofed, the other not to be forwarded.
func (w Way) others(ipv6 bool) (compare asm.Instructions) {
	for _, own := range w.Own {
		if own.Is6() != ipv6 || own.IsLinkLocalUnicast() && ipv6 { // which are left anyway
			continue
		}
		for _, at := range []int16{atSource, atNexthop} {
			compare = append(compare, unlike(own, at)...)
		}
	}
	return compare
}

// unlike goes to the kernel if the address is there. The words are compared as
// they are in memory.
func unlike(own netip.Addr, at int16) (compare asm.Instructions) {
	octets := own.AsSlice()
	next := own.String() + map[int16]string{atSource: " source", atNexthop: " destination"}[at]
	for i := 0; i < len(octets); i += 4 {
		word := int32(binary.NativeEndian.Uint32(octets[i:]))
		compare = append(compare, asm.LoadMem(asm.R0, asm.RFP, at+int16(i), asm.Word))
		if i+4 < len(octets) {
			compare = append(compare, asm.JNE.Imm32(asm.R0, word, next))
		} else {
			compare = append(compare, asm.JEq.Imm32(asm.R0, word, "kernel"))
		}
	}
	return append(compare, asm.Mov.Imm(asm.R0, 0).WithSymbol(next))
}

// flow fills in what several paths are chosen by, and the length that counts: of
// a frame that will be cut into segments, that of one. The layer above IP begins
// at the offset; only TCP's own is understood well enough to say how it is cut.
func flow(family string, layer, header int16, icmp int32) asm.Instructions {
	ports, cut, single := family+" ports", family+" cut", family+" single"
	return asm.Instructions{
		asm.StoreMem(asm.RFP, atProtocol, protocol, asm.Byte),
		asm.JEq.Imm(protocol, icmp, cut),
		asm.JEq.Imm(protocol, unix.IPPROTO_TCP, ports),
		asm.JEq.Imm(protocol, unix.IPPROTO_UDP, ports),
		asm.JNE.Imm(protocol, unix.IPPROTO_ESP, "kernel"),
		asm.LoadMem(asm.R0, packet, layer, asm.Half).WithSymbol(ports),
		asm.StoreMem(asm.RFP, atPort, asm.R0, asm.Half),
		asm.LoadMem(asm.R0, packet, layer+2, asm.Half),
		asm.StoreMem(asm.RFP, atPort+2, asm.R0, asm.Half),

		asm.LoadMem(asm.R0, ctx, skbGSOSize, asm.Word).WithSymbol(cut),
		asm.JEq.Imm(asm.R0, 0, single),
		asm.JNE.Imm(protocol, unix.IPPROTO_TCP, "kernel"),
		asm.Mov.Reg(asm.R1, packet),
		asm.Add.Imm(asm.R1, int32(layer+tcpLen)),
		asm.JGT.Reg(asm.R1, end, "kernel"),
		asm.LoadMem(length, packet, layer+12, asm.Byte), // TCP's header in words, above four bits
		asm.RSh.Imm(length, 4),
		asm.LSh.Imm(length, 2),
		asm.JLT.Imm(length, tcpLen, "kernel"),
		asm.Add.Reg(length, asm.R0),
		asm.Add.Imm(length, int32(header)),

		asm.JGT.Imm(length, 0xffff, "kernel").WithSymbol(single),
		asm.StoreMem(asm.RFP, atLength, length, asm.Half),
	}
}

func join(parts ...asm.Instructions) (all asm.Instructions) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
