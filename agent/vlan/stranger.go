package vlan

import "github.com/cilium/ebpf/asm"

// remember notes who sent a frame that no VIF wanted: how often, when last,
// and if it asks by ARP, who asks for whom. That is what names the far end's
// fault: a router that asks for our address under the wrong tag has the wrong
// tag. The record's key is (port, reason<<16 | tag); R8 holds the tag.
func remember() asm.Instructions {
	body := asm.Instructions{
		asm.LoadMem(asm.R0, asm.RFP, whyAt+4, asm.Word),
		asm.LSh.Imm(asm.R0, 16),
		asm.Or.Reg(asm.R0, asm.R8),
		asm.StoreMem(asm.RFP, keyAt+4, asm.R0, asm.Word),
	}
	body = append(body, lookup(mapStrangers, keyAt)...)
	body = append(body, asm.JNE.Imm(asm.R0, 0, "known"))
	body = append(body, introduce()...)
	body = append(body, lookup(mapStrangers, keyAt)...)
	body = append(body,
		asm.JEq.Imm(asm.R0, 0, "drop"),
		asm.Mov.Reg(asm.R7, asm.R0).WithSymbol("known"),
		asm.Mov.Imm(asm.R1, 1),
		asm.AddAtomic.Mem(asm.R7, asm.R1, asm.DWord, offPackets),
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(asm.R7, offLast, asm.R0, asm.DWord),
		asm.LoadMem(asm.R0, ctx, skbProtocol, asm.Word),
		asm.JNE.Imm(asm.R0, etherARP, "drop"),
		asm.Mov.Imm(asm.R1, 1),
		asm.AddAtomic.Mem(asm.R7, asm.R1, asm.DWord, offARP),
	)
	body = append(body, copyAddress(arpSender, offSender)...)
	return append(body, copyAddress(arpTarget, offTarget)...)
}

// introduce adds an empty record. Another CPU may have been faster; its record
// stays.
func introduce() asm.Instructions {
	body := asm.Instructions{asm.Mov.Imm(asm.R0, 0)}
	for at := int16(0); at < strangerLen; at += 8 {
		body = append(body, asm.StoreMem(asm.RFP, fresh+at, asm.R0, asm.DWord))
	}
	return append(body,
		asm.LoadMapPtr(asm.R1, 0).WithReference(mapStrangers),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, keyAt),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, fresh),
		asm.Mov.Imm(asm.R4, bpfNoExist),
		asm.FnMapUpdateElem.Call(),
	)
}

// copyAddress takes four bytes of the frame into the record in R7.
func copyAddress(from int32, to int16) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, ctx),
		asm.Mov.Imm(asm.R2, from),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, addr),
		asm.Mov.Imm(asm.R4, 4),
		asm.FnSkbLoadBytes.Call(),
		asm.JNE.Imm(asm.R0, 0, "drop"),
		asm.LoadMem(asm.R0, asm.RFP, addr, asm.Word),
		asm.StoreMem(asm.R7, to, asm.R0, asm.Word),
	}
}
