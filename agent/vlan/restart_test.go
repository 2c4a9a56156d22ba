package vlan_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
	"demarc/agent/vlan"
)

// TestMain lets the test binary stand for an agent that is killed: started
// with a namespace in the environment, it opens a Demux there, serves one line
// and waits to die.
func TestMain(m *testing.M) {
	if name := os.Getenv("VLAN_TEST_AGENT"); name != "" {
		serve(name)
	}
	os.Exit(m.Run())
}

func serve(name string) {
	n, err := linux.OpenNamespace(name)
	exitOn(err)
	d, err := vlan.Open(n)
	exitOn(err)
	exitOn(d.EnsurePort("port"))
	exitOn(d.EnsureVIF(vlan.VIF{Port: "port", VLAN: 101, Link: "vi101"}))
	os.Stdout.WriteString("serving\n")
	select {}
}

func exitOn(err error) {
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// killedAgent starts the test binary as an agent and kills it once it serves.
func killedAgent(t *testing.T, n *linux.Namespace) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "VLAN_TEST_AGENT="+n.Name())
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	must(t, command.Process.Kill())
	command.Wait()
	if line != "serving\n" {
		t.Fatalf("the agent said %q", line)
	}
}

func TestForwardingAndCountersOutliveAKilledAgent(t *testing.T) {
	s := cabled(t)
	provider, customer := fresh(t), fresh(t)
	s.links(t, 101, provider, customer)
	s.cust = open(t, s.router)
	must(t, s.cust.EnsurePort("eth0"))
	must(t, s.cust.EnsureVIF(vlan.VIF{Port: "eth0", VLAN: 101, Link: "h101"}))

	killedAgent(t, s.edge)
	ping(t, customer, 5)

	s.provider = open(t, s.edge)
	key := vlan.Key{Port: "port", VLAN: 101}
	before := reading(t, s.provider).VIFs[key].RxPackets
	if before < 5 {
		t.Errorf("counted %d frames while no agent was there, want at least 5", before)
	}
	vifs, err := s.provider.VIFs()
	must(t, err)
	want := map[vlan.Key]vlan.VIF{key: {Port: "port", VLAN: 101, Link: "vi101"}}
	if diff := cmp.Diff(want, vifs); diff != "" {
		t.Errorf("VIFs after the restart (-want +got):\n%s", diff)
	}

	attached, _, err := linux.AttachedIngress(s.edge, "port")
	must(t, err)
	must(t, s.provider.EnsurePort("port"))
	must(t, s.provider.EnsureVIF(want[key]))
	again, _, err := linux.AttachedIngress(s.edge, "port")
	must(t, err)
	if again != attached {
		t.Errorf("the program was attached anew without need: %v was %v", again, attached)
	}
	ping(t, customer, 5)
	if after := reading(t, s.provider).VIFs[key].RxPackets; after < before+5 {
		t.Errorf("counted %d frames, then %d after five more", before, after)
	}
	s.line(t, 102) // the restarted agent edits the maps that the old programs read
	must(t, s.provider.RemoveVIF("port", 101))
	if out, err := try(customer, "ping", "-c1", "-W1", "169.254.0.1"); err == nil {
		t.Errorf("the removed VIF answers:\n%s", out)
	}
}

func TestRemovedPortLeavesNothing(t *testing.T) {
	s := newSite(t)
	s.line(t, 101)
	must(t, s.provider.RemovePort("port"))
	must(t, s.provider.RemovePort("port"))
	got := reading(t, s.provider)
	if len(got.VIFs) != 0 || len(got.Ports) != 0 {
		t.Errorf("counters after the port is removed: %+v", got)
	}
	ports, err := s.provider.Ports()
	must(t, err)
	if len(ports) != 0 {
		t.Errorf("ports after removing: %v", ports)
	}
}
