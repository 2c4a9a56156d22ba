//go:build !linux || !amd64

package wrongclock

import (
	"errors"
	"os/exec"
	"time"
)

// A Clock is nothing on this machine.
type Clock struct{}

// Start is [errors.ErrUnsupported].
func Start(*exec.Cmd, time.Duration) (*Clock, error) { return nil, errors.ErrUnsupported }

// Take is [errors.ErrUnsupported].
func Take(int) (*Clock, error) { return nil, errors.ErrUnsupported }

// Set is [errors.ErrUnsupported].
func (*Clock) Set(time.Duration) error { return errors.ErrUnsupported }

// Close does nothing.
func (*Clock) Close() error { return nil }
