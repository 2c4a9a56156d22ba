package device

import (
	"errors"
	"fmt"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/agent/vlan"
)

// Teardown removes everything of a device, whatever state a killed agent left
// it in. Its agent must not be running.
func Teardown(instance naming.Instance, node demarc.NodeID) error {
	home := instance.Home(node)
	if home == "" {
		return giveBack()
	}
	return router.Remove(home)
}

// giveBack frees the ports of a machine's own namespace and deletes the ends
// of VIFs there.
func giveBack() error {
	home, err := linux.OwnNamespace()
	if err != nil {
		return err
	}
	defer home.Close()
	demux, err := vlan.Open(home)
	if err != nil {
		return err
	}
	defer demux.Close()
	ends, err := demux.VIFs()
	for _, vif := range ends {
		err = errors.Join(err, linux.DeleteLink(home, vif.Link))
	}
	ports, listErr := demux.Ports()
	err = errors.Join(err, listErr)
	for _, port := range ports {
		err = errors.Join(err, demux.RemovePort(port))
	}
	if err != nil {
		return fmt.Errorf("give the ports back: %w", err)
	}
	return nil
}
