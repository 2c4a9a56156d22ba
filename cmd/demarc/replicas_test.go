package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc/client"
	"demarc/store/storetest"
)

// control starts a control process on a cluster and returns its client as the
// customer, and what kills it.
func control(t *testing.T, etcd []string) (*client.Client, func()) {
	t.Helper()
	data, listen := t.TempDir(), freeListen(t)
	args := []string{"control", "--data", data, "--listen", listen, "--edgelink", freeListen(t)}
	for _, member := range etcd {
		args = append(args, "--etcd", member)
	}
	cmd := exec.Command(binary, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(kill)
	endpoint := "http://" + listen
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get(endpoint + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("control on a cluster did not become healthy")
		}
	}
	c, err := client.New(t.Context(), client.Options{Endpoint: endpoint, Profile: "customer", Dir: filepath.Join(data, "aws")})
	if err != nil {
		t.Fatal(err)
	}
	return c, kill
}

// TestReplicasOnOneCluster orders at one control process and reads at the
// other, each time at once, and goes on when the first is killed.
func TestReplicasOnOneCluster(t *testing.T) {
	etcd := storetest.Cluster(t)
	a, killA := control(t, etcd)
	b, _ := control(t, etcd)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	const ports = 4 // of 1 Gbps, at LIS1 in the sample site
	for n := range ports + 1 {
		made, err := a.DirectConnect().CreateConnection(ctx, &directconnect.CreateConnectionInput{
			Location: aws.String("LIS1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String(fmt.Sprint("order ", n)),
		})
		if n == ports {
			if err == nil {
				t.Errorf("LIS1 has %d ports of 1 Gbps, and one more was sold", ports)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		seen, err := b.DirectConnect().DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{ConnectionId: made.ConnectionId})
		if err != nil || len(seen.Connections) != 1 {
			t.Fatalf("the other replica does not see %s at once: %v", aws.ToString(made.ConnectionId), err)
		}
	}
	killA()
	list, err := b.DirectConnect().DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{})
	if err != nil || len(list.Connections) != ports {
		t.Fatalf("after one replica was killed the other lists %d connections, want %d: %v", len(list.Connections), ports, err)
	}
	if _, err := b.DirectConnect().DeleteConnection(ctx, &directconnect.DeleteConnectionInput{ConnectionId: list.Connections[0].ConnectionId}); err != nil {
		t.Errorf("the replica that is left does not write: %v", err)
	}
}
