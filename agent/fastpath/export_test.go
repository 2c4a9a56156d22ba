package fastpath

import (
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// OnOldKernel has the kernel lack what a fast path takes, until the test ends.
func OnOldKernel(t *testing.T) {
	has := supported
	supported = func() bool { return false }
	t.Cleanup(func() { supported = has })
}

// Supported reports whether the kernel of this machine has it.
func Supported() bool { return supported() }

// checksumComplete has the kernel run a program on a packet that a NIC has summed
// whole, and say EBADMSG if that sum is not the packet's afterwards
// (BPF_F_TEST_SKB_CHECKSUM_COMPLETE, Linux 6.11; before, it says EINVAL).
const checksumComplete = 1 << 2

// A Trial is what became of a frame.
type Trial struct {
	HandedOn bool
	Frame    []byte
	Priority uint32 // in queues with bands
}

// Try runs the way's program in the kernel on a frame that has come in by the
// link.
func (w Way) Try(n *linux.Namespace, link string, frame []byte) (t Trial, err error) {
	p, err := w.load()
	if err != nil {
		return t, err
	}
	defer p.Close()
	state, _, err := linux.LinkState(n, link)
	if err != nil {
		return t, err
	}
	context := make([]byte, 192) // struct __sk_buff
	binary.NativeEndian.PutUint32(context[skbIfindex:], uint32(state.Index))
	const redirected = 7 // TC_ACT_REDIRECT
	o := &ebpf.RunOptions{Data: frame, DataOut: make([]byte, len(frame)+256), Context: context, ContextOut: make([]byte, len(context)), Flags: checksumComplete}
	err = n.Do(func() error {
		verdict, err := p.Run(o)
		t.HandedOn = verdict == redirected
		return err
	})
	t.Frame, t.Priority = o.DataOut, binary.NativeEndian.Uint32(o.ContextOut.([]byte)[skbPriority:])
	return t, err
}
