package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"

	"demarc/client"
	"demarc/internal/testnet"
)

// A moto is the best-known emulator of AWS, to compare with where it is
// installed. Its answers are unlike AWS's; what it costs to make them is what
// is compared.
type moto struct {
	endpoint string
	process  *exec.Cmd
}

// startMoto returns nil where moto_server is not on the PATH. The caller closes
// it.
func startMoto(ctx context.Context) (*moto, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, nil
	}
	address, err := testnet.Listen(ports)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	m := &moto{endpoint: "http://" + address, process: exec.CommandContext(ctx, path, "-H", host, "-p", port)}
	if err := m.process.Start(); err != nil {
		return nil, err
	}
	return m, await(ctx, "moto_server to listen", func() (bool, error) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	})
}

func (m *moto) close() error {
	if m == nil {
		return nil
	}
	err := m.process.Process.Kill()
	m.process.Wait() // says that it was killed
	return err
}

// order buys count connections.
func (m *moto) order(ctx context.Context, c *client.Client, count int) error {
	if m == nil {
		return nil
	}
	shots, err := creations(ctx, c, m.endpoint, count)
	if err != nil {
		return err
	}
	_, err = fireAll([]load{each(shots)})
	return err
}

// creations are orders of count connections.
func creations(ctx context.Context, c *client.Client, endpoint string, count int) ([]shot, error) {
	shots, errs := make([]shot, count), make([]error, count)
	for i := range shots {
		shots[i], errs[i] = aim(ctx, c, endpoint, "CreateConnection", fmt.Sprintf(`{"location":"LIS1","bandwidth":"1Gbps","connectionName":"bench %d"}`, i))
	}
	return shots, errors.Join(errs...)
}
