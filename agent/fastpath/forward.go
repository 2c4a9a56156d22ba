package fastpath

import (
	"github.com/cilium/ebpf/asm"
)

// ask looks the way up: in the main table, and if that has no route in the way's
// own, as the kernel's rules would (linux.Rule). It says where and to whom only
// of a unicast route whose link takes the length and whose neighbour is known.
func (w Way) ask() asm.Instructions {
	first := join(
		asm.Instructions{
			asm.LoadMem(asm.R0, ctx, skbIfindex, asm.Word).WithSymbol("ask"),
			asm.StoreMem(asm.RFP, atLink, asm.R0, asm.Word),
		},
		call(direct),
	)
	if w.Table == 0 {
		return append(first, asm.JNE.Imm(asm.R0, 0, "kernel"))
	}
	return join(first,
		asm.Instructions{
			asm.JEq.Imm(asm.R0, 0, "found"),
			asm.JNE.Imm(asm.R0, notForward, "kernel"),
			asm.LoadImm(asm.R0, int64(w.Table), asm.DWord),
			asm.StoreMem(asm.RFP, atTable, asm.R0, asm.Word),
		},
		call(direct|byTable),
		asm.Instructions{
			asm.JNE.Imm(asm.R0, 0, "kernel"),
			asm.Mov.Imm(asm.R0, 0).WithSymbol("found"),
		},
	)
}

func call(flags int32) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, ctx),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, lookup),
		asm.Mov.Imm(asm.R3, lookupLen),
		asm.Mov.Imm(asm.R4, flags),
		asm.FnFibLookup.Call(),
	}
}

// countDown takes one off the time to live, and gives the packet the priority
// that the kernel gives it by its type of service. What goes back where it came
// from is the kernel's, which may have to tell the sender.
func countDown() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, asm.RFP, atLink, asm.Word),
		asm.LoadMem(asm.R1, ctx, skbIfindex, asm.Word),
		asm.JEq.Reg(asm.R0, asm.R1, "kernel"),
		asm.LoadMem(asm.R0, packet, etherType, asm.Half),
		asm.JNE.Imm(asm.R0, etherIPv4, "hop limit"),

		asm.LoadMem(asm.R0, packet, four+8, asm.Byte),
		asm.Sub.Imm(asm.R0, 1),
		asm.StoreMem(packet, four+8, asm.R0, asm.Byte),
		asm.LoadMem(asm.R0, packet, four+10, asm.Half), // the checksum (RFC 1141)
		asm.Add.Imm(asm.R0, 1),
		asm.JLT.Imm(asm.R0, 0xffff, "checksum"),
		asm.Add.Imm(asm.R0, 1),
		asm.StoreMem(packet, four+10, asm.R0, asm.Half).WithSymbol("checksum"),
		asm.LoadMem(asm.R0, packet, four+1, asm.Byte),
		asm.RSh.Imm(asm.R0, 3),
		asm.And.Imm(asm.R0, 3),
		asm.LSh.Imm(asm.R0, 2),
		asm.Mov.Imm(asm.R1, priorities),
		asm.RSh.Reg(asm.R1, asm.R0),
		asm.And.Imm(asm.R1, 0xf),
		asm.StoreMem(ctx, skbPriority, asm.R1, asm.Word),
		asm.Ja.Label("hand on"),

		asm.LoadMem(asm.R0, packet, six+7, asm.Byte).WithSymbol("hop limit"),
		asm.Sub.Imm(asm.R0, 1),
		asm.StoreMem(packet, six+7, asm.R0, asm.Byte),
		// What a NIC has summed of the packet is one less in that octet, too.
		asm.Mov.Reg(asm.R1, ctx),
		asm.Mov.Imm(asm.R2, 0xffff-0x0100),
		asm.FnCsumUpdate.Call(),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("hand on"),
	}
}

// priorities are those of the two bits of the type of service that count, lowest
// first: best effort, bulk, interactive, interactive bulk (ip_tos2prio).
const priorities = 0x4620

// toNeighbour gives the packet to the neighbour, by the kernel's neighbour table:
// what is stale there is asked again, as always.
func toNeighbour() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, asm.RFP, atFamily, asm.Byte),
		asm.StoreMem(asm.RFP, neighbour, asm.R0, asm.Word),
		asm.LoadMem(asm.R1, asm.RFP, atLink, asm.Word),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, neighbour),
		asm.Mov.Imm(asm.R3, neighborLen),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRedirectNeigh.Call(),
		asm.Return(),
	}
}

// toHost gives the packet to the far end of its link at once, if that is the one
// it is for; else to the neighbour, the next router.
func toHost() asm.Instructions {
	compare := func(at, octets int16) (words asm.Instructions) {
		for i := int16(0); i < octets; i += 4 {
			words = append(words,
				asm.LoadMem(asm.R0, asm.RFP, atNexthop+i, asm.Word),
				asm.LoadMem(asm.R1, packet, at+i, asm.Word),
				asm.JNE.Reg(asm.R0, asm.R1, "neighbour"))
		}
		return words
	}
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R0, packet, etherType, asm.Half),
			asm.JNE.Imm(asm.R0, etherIPv4, "host over IPv6"),
		},
		compare(four+16, 4),
		asm.Instructions{
			asm.Ja.Label("host"),
			asm.LoadMem(end, ctx, skbDataEnd, asm.Word).WithSymbol("host over IPv6"), // the verifier forgot
		},
		readable(six+sixLen),
		compare(six+24, 16),
		asm.Instructions{asm.Mov.Imm(asm.R0, 0).WithSymbol("host")},
		toFarEnd(),
		asm.Instructions{asm.Mov.Imm(asm.R0, 0).WithSymbol("neighbour")},
		toNeighbour(),
	)
}

// across gives the packet to the far end of its link at once, if the link is one
// of those that a map has by index and MAC address; else to the neighbour.
func across() asm.Instructions {
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R0, asm.RFP, atLink, asm.Word),
			asm.StoreMem(asm.RFP, endKeyAt, asm.R0, asm.Word),
			asm.LoadMem(asm.R0, asm.RFP, atOurMAC, asm.Word),
			asm.StoreMem(asm.RFP, endKeyAt+4, asm.R0, asm.Word),
			asm.LoadMem(asm.R0, asm.RFP, atOurMAC+4, asm.Half),
			asm.StoreMem(asm.RFP, endKeyAt+8, asm.R0, asm.Word),
			asm.LoadMapPtr(asm.R1, 0).WithReference(mapEnds),
			asm.Mov.Reg(asm.R2, asm.RFP),
			asm.Add.Imm(asm.R2, endKeyAt),
			asm.FnMapLookupElem.Call(),
			asm.JEq.Imm(asm.R0, 0, "neighbour"),
		},
		toFarEnd(),
		asm.Instructions{asm.Mov.Imm(asm.R0, 0).WithSymbol("neighbour")},
		toNeighbour(),
	)
}

// toFarEnd gives the packet to the far end of a veth, which must be in another
// namespace, as if it had come through the veth.
func toFarEnd() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, asm.RFP, atOurMAC+6, asm.Half), // the neighbour's
		asm.StoreMem(packet, 0, asm.R0, asm.Half),
		asm.LoadMem(asm.R0, asm.RFP, atOurMAC+8, asm.Word),
		asm.StoreMem(packet, 2, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, asm.RFP, atOurMAC, asm.Word),
		asm.StoreMem(packet, 6, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, asm.RFP, atOurMAC+4, asm.Half),
		asm.StoreMem(packet, 10, asm.R0, asm.Half),
		asm.LoadMem(asm.R1, asm.RFP, atLink, asm.Word),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirectPeer.Call(),
		asm.Return(),
	}
}
