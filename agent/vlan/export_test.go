package vlan

import "testing"

// OldKernel has programs loaded as on a kernel without the short way, until the
// test ends.
func OldKernel(t *testing.T) {
	has := hasShortWay
	hasShortWay = func() bool { return false }
	t.Cleanup(func() { hasShortWay = has })
}
