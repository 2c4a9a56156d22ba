package agent

import (
	"errors"
	"fmt"

	"demarc"
	"demarc/agent/device"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
)

// Teardown removes everything that a node made, whatever state a killed agent
// left it in. The agent must not be running. It may be repeated.
func Teardown(instance naming.Instance, node demarc.NodeID) error {
	names, err := linux.ListNamespaces(instance.Namespace(string(node)))
	for _, name := range names {
		if _, ours := instance.Owned(node, name); ours {
			err = errors.Join(err, router.Remove(name))
		}
	}
	err = errors.Join(err, device.Teardown(instance, node))
	if err != nil {
		return fmt.Errorf("take down node %s: %w", node, err)
	}
	return nil
}

// TeardownAll removes every namespace of an installation, the world around it
// as well. Nothing that uses them may be running. An installation without a
// name has the machine to itself, and is taken down node by node.
func TeardownAll(instance naming.Instance) error {
	if instance == "" {
		return errors.New("take down the whole installation: it has no name to know its namespaces by")
	}
	names, err := linux.ListNamespaces(instance.Namespace(""))
	for _, name := range names {
		err = errors.Join(err, router.Remove(name))
	}
	if err != nil {
		return fmt.Errorf("take down the installation %s: %w", instance, err)
	}
	return nil
}
