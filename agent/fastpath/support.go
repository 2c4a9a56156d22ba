package fastpath

import (
	"errors"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// supported reports whether the kernel can look routes up in a table of our
// choice (since Linux 6.5), and hand packets to neighbours and to the far ends of
// veths (since 5.10).
var supported = sync.OnceValue(func() bool {
	return features.HaveProgramHelper(ebpf.SchedCLS, asm.FnFibLookup) == nil &&
		features.HaveProgramHelper(ebpf.SchedCLS, asm.FnRedirectNeigh) == nil &&
		features.HaveProgramHelper(ebpf.SchedCLS, asm.FnRedirectPeer) == nil &&
		looksUpInTables() == nil
})

// looksUpInTables tries it: no feature says so.
func looksUpInTables() error {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "demarc_probe", Type: ebpf.SchedCLS, License: "Dual MIT/GPL",
		Instructions: join(
			asm.Instructions{asm.Mov.Reg(ctx, asm.R1)},
			clear(),
			asm.Instructions{
				asm.StoreImm(asm.RFP, atFamily, unix.AF_INET, asm.Byte),
				asm.StoreImm(asm.RFP, atLink, 1, asm.Word),
				asm.StoreImm(asm.RFP, atTable, unix.RT_TABLE_MAIN, asm.Word),
			},
			call(direct|byTable),
			asm.Instructions{asm.Return()},
		),
	})
	if err != nil {
		return err
	}
	defer p.Close()
	verdict, err := p.Run(&ebpf.RunOptions{Data: make([]byte, etherLen+fourLen)})
	if err == nil && int32(verdict) < 0 {
		err = errors.New("the kernel does not know the flag")
	}
	return err
}
