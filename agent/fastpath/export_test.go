package fastpath

import "testing"

// OldKernel has the kernel lack what a fast path takes, until the test ends.
func OldKernel(t *testing.T) {
	has := supported
	supported = func() bool { return false }
	t.Cleanup(func() { supported = has })
}

// Supported reports whether the kernel of this machine has it.
func Supported() bool { return supported() }
