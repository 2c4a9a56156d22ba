package vlan

import (
	"errors"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
)

// A way is where a tag leads: the link index of the vi end, and the topmost bit
// if frames go straight to its far end. (An index never has that bit; earlier
// versions knew no other than a zero there.)
type way uint32

const (
	straightBit  = 31
	straightFlag = 1 << straightBit
)

func wayTo(end uint32, straight bool) way {
	if straight {
		return way(end | straightFlag)
	}
	return way(end)
}

func (w way) end() uint32 { return uint32(w) &^ straightFlag }

func (w way) straight() bool { return w&straightFlag != 0 }

// hasShortWay reports whether the kernel can hand a frame to the far end of a
// veth (since Linux 5.10) and say what that takes (since 5.12).
var hasShortWay = sync.OnceValue(func() bool {
	return errors.Join(
		features.HaveProgramHelper(ebpf.SchedCLS, asm.FnRedirectPeer),
		features.HaveProgramHelper(ebpf.SchedCLS, asm.FnCheckMtu),
	) == nil
})

// packetHost is PACKET_HOST (linux/if_packet.h): for the address of the link
// that the frame came by.
const packetHost = 0

// goStraight hands the frame to the far end of the VIF's link in R9, if R7 says
// so and the ends of that link would have let it pass: it is no longer than they
// take, and for the port's address, which is the far end's. (The kernel has
// compared the address with the port's, and does not compare it again.) They
// decide over the rest.
func goStraight(short bool) asm.Instructions {
	if !short {
		return nil
	}
	return asm.Instructions{
		asm.JEq.Imm(asm.R7, 0, "queue"),
		asm.LoadMem(asm.R0, ctx, skbPacketType, asm.Word),
		asm.JNE.Imm(asm.R0, packetHost, "queue"),
		asm.StoreImm(asm.RFP, keyAt, 0, asm.Word), // the MTU, when it returns
		asm.Mov.Reg(asm.R1, ctx),
		asm.Mov.Reg(asm.R2, asm.R9),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, keyAt),
		asm.Mov.Imm(asm.R4, 0),
		asm.Mov.Imm(asm.R5, 0),
		asm.FnCheckMtu.Call(),
		asm.JNE.Imm(asm.R0, 0, "queue"),
		asm.Mov.Reg(asm.R1, asm.R9),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirectPeer.Call(),
		asm.Return(),
	}
}
