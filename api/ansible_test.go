package api_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/gateway"
	"demarc/store"
	"demarc/vif"
)

// TestAnsible plays Debian's Ansible, whose modules ask what is there before
// they change it, and compare what they read.
func TestAnsible(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	env, _ := store.Environments.Get(d.Store.Local(), "acme-prod")
	const own = "vgw-0123456789abcdef0"
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error {
		gw, _ := store.VirtualGateways.Get(tx, string(env.Gateway))
		gw.ID, gw.Owner = own, d.Account(t, "customer").ID
		store.VirtualGateways.Put(tx, gw)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	play(t, d, "order", "gateway="+own)
	for v := range store.VirtualInterfaces.All(d.Store.Local()) {
		if v.State != demarc.VIFDeleting {
			t.Errorf("the interface is %s", v.State)
		}
		settle(t, d, v.ID)
	}
	sweep(t, d)
	for gw := range store.DirectConnectGateways.All(d.Store.Local()) {
		play(t, d, "end", "hub="+string(gw.ID))
	}
	sweep(t, d)
	for gw := range store.DirectConnectGateways.All(d.Store.Local()) {
		t.Errorf("Direct Connect gateway %s is %s", gw.ID, gw.State)
	}
	for c := range store.Connections.All(d.Store.Local()) {
		if c.State != demarc.ConnectionDeleted {
			t.Errorf("the connection is %s", c.State)
		}
	}
}

// TestAnsibleBundles plays the modules for LAGs and hosted connections.
func TestAnsibleBundles(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	partner := goSDK(d)
	interconnect, err := partner(t, "partner", "CreateInterconnect", document{"interconnectName": "ic", "bandwidth": "1Gbps", "location": "LIS1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := partner(t, "partner", "AllocateHostedConnection", document{
		"connectionId": interconnect["interconnectId"], "ownerAccount": string(d.Account(t, "customer").ID),
		"bandwidth": "50Mbps", "connectionName": "offered", "vlan": 300,
	}); err != nil {
		t.Fatal(err)
	}
	play(t, d, "bundle")
	for lag := range store.LAGs.All(d.Store.Local()) {
		if gone := !lag.Deleted.IsZero(); gone != (lag.Name == "lone") {
			t.Errorf("LAG %s is deleted: %v", lag.Name, gone)
		}
	}
}

// sweep is the gateways' room doing what is due a little later.
func sweep(t *testing.T, d *apitest.Door) {
	t.Helper()
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error {
		return gateway.Expire(tx, time.Now().Add(time.Minute))
	}); err != nil {
		t.Fatal(err)
	}
}

// settle is the edge letting go of a deleted interface.
func settle(t *testing.T, d *apitest.Door, id demarc.VirtualInterfaceID) {
	t.Helper()
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error {
		vif.Settle(tx, id, time.Now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// play runs a playbook of testdata/ansible as the customer.
func play(t *testing.T, d *apitest.Door, name string, variables ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	args := []string{"-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3", "testdata/ansible/" + name + ".yaml"}
	for _, v := range variables {
		args = append(args, "-e", v)
	}
	cmd := exec.CommandContext(ctx, "/usr/bin/ansible-playbook", args...)
	cmd.Env = append(d.Environ("customer"), "AWS_URL="+d.URL, "ANSIBLE_LOCAL_TEMP="+d.Dir, "ANSIBLE_HOME="+d.Dir, "ANSIBLE_NOCOLOR=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}
