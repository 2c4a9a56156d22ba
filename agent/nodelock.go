package agent

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"demarc"
	"demarc/agent/naming"
)

// A nodeLock is held by the one agent that a node has on this machine, whatever
// directory it keeps its intent in. It is an abstract socket that nobody speaks
// to: the kernel takes it back with the process, and it needs no directory.
type nodeLock struct{ socket int }

// lockNode takes a node's lock; ErrRunning says that another agent has it.
func lockNode(instance naming.Instance, node demarc.NodeID) (*nodeLock, error) {
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("lock node %s: %w", node, err)
	}
	err = unix.Bind(socket, &unix.SockaddrUnix{Name: "@demarc-agent/" + string(instance) + "/" + string(node)})
	if errors.Is(err, unix.EADDRINUSE) {
		err = ErrRunning
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock node %s: %w", node, err), unix.Close(socket))
	}
	return &nodeLock{socket}, nil
}

func (l *nodeLock) release() { unix.Close(l.socket) }
