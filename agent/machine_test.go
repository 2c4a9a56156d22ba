package agent_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/vlan"
	"demarc/intent"
)

// A machine is a namespace that stands for a computer of its own: agents in it
// are processes without an instance, and its network card is real to them.
type machine struct {
	*world
	box *linux.Namespace
}

// process starts this binary on the machine; see TestMain.
func (m *machine) process(id demarc.NodeID, more ...string) *exec.Cmd {
	m.t.Helper()
	cmd := m.command(id, os.Args[:1], more...)
	must(m.t, m.box.Do(cmd.Start))
	return cmd
}

func (m *machine) command(id demarc.NodeID, words []string, more ...string) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(append(os.Environ(), childNode+"="+string(id), childDir+"="+m.dataDir(id)), more...)
	cmd.Stderr = testLog{m.t}
	return cmd
}

// agent runs one that finds its intent on disk.
func (m *machine) agent(n intent.Node) *exec.Cmd {
	m.t.Helper()
	m.keep(n)
	cmd := m.process(n.Node)
	m.t.Cleanup(func() { stop(cmd) })
	return cmd
}

// keep puts an intent where the node's agent looks for it.
func (m *machine) keep(n intent.Node) {
	m.t.Helper()
	text, err := json.Marshal(n)
	must(m.t, err)
	must(m.t, os.MkdirAll(m.dataDir(n.Node), 0o700))
	must(m.t, os.WriteFile(filepath.Join(m.dataDir(n.Node), "intent.json"), text, 0o600))
}

func stop(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

// A device with a network card carries a VIF, and gives the card back.
func TestAMachineOfItsOwn(t *testing.T) {
	w := newWorld(t)
	m := &machine{w, w.place("box")}
	c, app := w.customer("acme-r1"), w.place("acme-r1-app")
	must(t, linux.EnsureVeth(
		linux.End{Namespace: m.box, Name: "nic0", MTU: 9216},
		linux.End{Namespace: c.router, Name: "eth0", MTU: 9216},
	))

	// Without an instance names are the whole names.
	l := newLine("acme-r1", "p1")
	l.port.Interface, l.port.Cable = "nic0", nil
	l.vpc.Hosts[0].Jack.Namespace = app.Name()
	onDevice, onHost := deviceIntent(1, l), hostIntent(1, l)
	onDevice.Node, onHost.Node = demarc.NodeID(w.instance.Namespace("d1")), demarc.NodeID(w.instance.Namespace("h1"))
	onDevice.Device.Gateways[0].Hosts[0].Node = onHost.Node
	onHost.VPCHost.VPCs[0].Gateways[0].Devices[0].Node = onDevice.Node
	agents := []*exec.Cmd{m.agent(onDevice), m.agent(onHost)}

	c.tag(l.vif.VLAN, theirs)
	c.bird(theirs.Addr(), ours.Addr(), key)
	eventually(t, "the customer reaches the app host", func() bool { return w.reaches(c.host, appAddress) })
	eventually(t, "the app host reaches the customer", func() bool { return w.reaches(app, hostAddress) })

	for _, agent := range agents {
		stop(agent)
	}
	for _, id := range []demarc.NodeID{onDevice.Node, onHost.Node} {
		must(t, m.process(id, childTeardown+"=yes").Wait())
	}
	m.isGivenBack()
}

// isGivenBack checks that the machine has its card, as it was, and nothing else
// of ours.
func (m *machine) isGivenBack() {
	m.t.Helper()
	links, err := linux.Links(m.box)
	must(m.t, err)
	for name := range links {
		if name != "nic0" && name != "lo" {
			m.t.Errorf("link %s is left", name)
		}
	}
	if _, there := links["nic0"]; !there {
		m.t.Error("the network card is gone")
	}
	demux, err := vlan.Open(m.box)
	must(m.t, err)
	defer demux.Close()
	if ports, err := demux.Ports(); err != nil || len(ports) != 0 {
		m.t.Errorf("ports %v are still taken, %v", ports, err)
	}
	names, err := linux.ListNamespaces(m.instance.Namespace(""))
	must(m.t, err)
	for _, name := range names {
		for _, kind := range []string{"dxvif-", "vgw-", "vpc-"} {
			if strings.Contains(name, kind) {
				m.t.Errorf("namespace %s is left", name)
			}
		}
	}
}
