package vlan

import (
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Names of the programs in the kernel, by which a restart finds them.
const (
	portProgram = "demarc_port_in"
	vifProgram  = "demarc_vif_in"
)

// Fields of struct __sk_buff (linux/bpf.h).
const (
	skbLen         = 0
	skbPacketType  = 4
	skbProtocol    = 16
	skbVLANPresent = 20
	skbVLANTCI     = 24
	skbVLANProto   = 28
	skbIfindex     = 40
	skbGSOSegs     = 164
)

// EtherTypes as a little-endian load of the big-endian field gives them.
var (
	etherARP  = networkOrder(0x0806)
	etherTag  = networkOrder(0x8100) // 802.1Q
	etherTag2 = networkOrder(0x88a8) // 802.1ad
)

const (
	actDrop     = 2 // TC_ACT_SHOT
	tagLen      = 4
	segmentHead = 66 // Ethernet, IPv4 and TCP with timestamps
	bpfNoExist  = 1

	arpSender = 14 + 14 // offset of the sender's protocol address in the frame
	arpTarget = 14 + 24
)

// Registers that survive calls, and the places on the stack.
const (
	ctx   = asm.R6
	keyAt = -8  // vlanKey: port u32, tag u32
	whyAt = -16 // refusalKey: port u32, reason u32
	addr  = -20 // an IPv4 address
	fresh = -56 // strangerValue
)

// portIn decides over a frame that came from the cable. The kernel has lifted
// the outer tag out of the bytes before tc runs, always; a second one shows as
// the EtherType. R7 holds the port, R8 the tag, R9 the VIF's link. Without the
// short way all frames are queued.
func portIn(short bool) asm.Instructions {
	return join(
		asm.Instructions{
			asm.Mov.Reg(ctx, asm.R1),
			asm.LoadMem(asm.R7, ctx, skbIfindex, asm.Word),
			asm.StoreMem(asm.RFP, keyAt, asm.R7, asm.Word),
			asm.StoreMem(asm.RFP, whyAt, asm.R7, asm.Word),
			asm.Mov.Imm(asm.R8, 0),
			asm.LoadMem(asm.R0, ctx, skbVLANPresent, asm.Word),
			asm.JEq.Imm(asm.R0, 0, "untagged"),
			asm.LoadMem(asm.R8, ctx, skbVLANTCI, asm.Word),
			asm.And.Imm(asm.R8, 0xfff),
			asm.StoreMem(asm.RFP, keyAt+4, asm.R8, asm.Word),
			asm.LoadMem(asm.R0, ctx, skbVLANProto, asm.Word),
			asm.JNE.Imm(asm.R0, etherTag, "double"),
		},
		jumpIfTagged("double"),
		lookup(mapVIFs, keyAt),
		asm.Instructions{
			asm.JEq.Imm(asm.R0, 0, "unknown"),
			asm.LoadMem(asm.R9, asm.R0, 0, asm.Word),
		},
		count(offRx),
		asm.Instructions{
			asm.Mov.Reg(asm.R1, ctx),
			asm.FnSkbVlanPop.Call(),
			asm.JNE.Imm(asm.R0, 0, "drop"),
			asm.Mov.Reg(asm.R7, asm.R9),
			asm.RSh.Imm(asm.R7, straightBit),
			asm.And.Imm(asm.R9, straightFlag-1),
		},
		goStraight(short),
		asm.Instructions{
			asm.Mov.Reg(asm.R1, asm.R9).WithSymbol("queue"),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
		reason("untagged", Untagged),
		reason("double", DoubleTagged),
		reason("unknown", UnknownVLAN),
		refuse(),
		remember(),
		drop(),
	)
}

// vifIn decides over a frame that came from a VIF. R7 holds the vi link, R8
// the port, R9 the tag.
func vifIn() asm.Instructions {
	return join(
		asm.Instructions{
			asm.Mov.Reg(ctx, asm.R1),
			asm.LoadMem(asm.R7, ctx, skbIfindex, asm.Word),
			asm.StoreMem(asm.RFP, keyAt, asm.R7, asm.Word),
		},
		lookup(mapEnds, keyAt),
		asm.Instructions{
			asm.JEq.Imm(asm.R0, 0, "drop"),
			asm.LoadMem(asm.R8, asm.R0, 0, asm.Word),
			asm.LoadMem(asm.R9, asm.R0, 4, asm.Word),
			asm.StoreMem(asm.RFP, keyAt, asm.R8, asm.Word),
			asm.StoreMem(asm.RFP, keyAt+4, asm.R9, asm.Word),
			asm.StoreMem(asm.RFP, whyAt, asm.R8, asm.Word),
			asm.LoadMem(asm.R0, ctx, skbVLANPresent, asm.Word),
			asm.JNE.Imm(asm.R0, 0, "escape"),
		},
		jumpIfTagged("escape"),
		count(offTx),
		asm.Instructions{
			asm.Mov.Reg(asm.R1, ctx),
			asm.Mov.Imm(asm.R2, etherTag),
			asm.Mov.Reg(asm.R3, asm.R9),
			asm.FnSkbVlanPush.Call(),
			asm.JNE.Imm(asm.R0, 0, "drop"),
			asm.Mov.Reg(asm.R1, asm.R8),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
		reason("escape", TaggedByVIF),
		refuse(),
		drop(),
	)
}

func networkOrder(v uint16) int32 { return int32(v>>8 | v<<8) }

func join(parts ...asm.Instructions) (all asm.Instructions) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// lookup leaves a pointer to the value in R0, or 0.
func lookup(name string, key int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R1, 0).WithReference(name),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, key),
		asm.FnMapLookupElem.Call(),
	}
}

// jumpIfTagged looks for a tag inside the frame.
func jumpIfTagged(label string) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, ctx, skbProtocol, asm.Word),
		asm.JEq.Imm(asm.R0, etherTag, label),
		asm.JEq.Imm(asm.R0, etherTag2, label),
	}
}

// count adds the frame to the traffic of the VIF at keyAt. The values are per
// CPU and programs are not preempted there, so plain additions do.
func count(offset int16) asm.Instructions {
	return append(lookup(mapTraffic, keyAt),
		asm.JEq.Imm(asm.R0, 0, "counted"),
		asm.LoadMem(asm.R1, ctx, skbGSOSegs, asm.Word),
		asm.JNE.Imm(asm.R1, 0, "segmented"),
		asm.Mov.Imm(asm.R1, 1),
		asm.LoadMem(asm.R2, asm.R0, offset, asm.DWord).WithSymbol("segmented"),
		asm.Add.Reg(asm.R2, asm.R1),
		asm.StoreMem(asm.R0, offset, asm.R2, asm.DWord),
		asm.Mul.Imm(asm.R1, segmentHead+tagLen), // the first head is in the length already
		asm.Sub.Imm(asm.R1, segmentHead),
		asm.LoadMem(asm.R2, ctx, skbLen, asm.Word),
		asm.Add.Reg(asm.R1, asm.R2),
		asm.LoadMem(asm.R2, asm.R0, offset+8, asm.DWord),
		asm.Add.Reg(asm.R2, asm.R1),
		asm.StoreMem(asm.R0, offset+8, asm.R2, asm.DWord),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("counted"),
	)
}

// reason is where a refused frame lands: it notes why.
func reason(label string, why Reason) asm.Instructions {
	return asm.Instructions{
		asm.StoreImm(asm.RFP, whyAt+4, int64(why), asm.Word).WithSymbol(label),
		asm.Ja.Label("refuse"),
	}
}

// refuse counts the frame for its port and reason.
func refuse() asm.Instructions {
	body := lookup(mapRefused, whyAt)
	body[0] = body[0].WithSymbol("refuse")
	return append(body,
		asm.JEq.Imm(asm.R0, 0, "refused"),
		asm.Mov.Imm(asm.R1, 1),
		asm.StoreXAdd(asm.R0, asm.R1, asm.DWord),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("refused"),
	)
}

func drop() asm.Instructions {
	return asm.Instructions{
		asm.Mov.Imm(asm.R0, actDrop).WithSymbol("drop"),
		asm.Return(),
	}
}

func programs(short bool) map[string]*ebpf.ProgramSpec {
	spec := func(name string, body asm.Instructions) *ebpf.ProgramSpec {
		return &ebpf.ProgramSpec{Name: name, Type: ebpf.SchedCLS, License: "Dual MIT/GPL", Instructions: body}
	}
	return map[string]*ebpf.ProgramSpec{
		portProgram: spec(portProgram, portIn(short)),
		vifProgram:  spec(vifProgram, vifIn()),
	}
}
