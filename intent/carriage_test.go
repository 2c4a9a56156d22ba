package intent_test

import (
	"testing"

	"demarc"
	"demarc/intent"

	"github.com/google/go-cmp/cmp"
)

// How interfaces travel: on a port, on a LAG's first member with light, on the
// port under a hosted connection.
func TestCarriage(t *testing.T) {
	const (
		requested = demarc.ConnectionRequested
		available = demarc.ConnectionAvailable
		down      = demarc.ConnectionDown
		deleted   = demarc.ConnectionDeleted
	)
	alone := func(s demarc.ConnectionState) demarc.Connection {
		return demarc.Connection{ID: "dxcon-a", Port: "d/a", State: s, Bandwidth: demarc.Gbps}
	}
	member := func(name string, s demarc.ConnectionState) demarc.Connection {
		return demarc.Connection{ID: demarc.ConnectionID("dxcon-" + name), Port: demarc.PortID("d/" + name), LAG: "dxlag-1", State: s}
	}
	hosted := func(parent demarc.ConnectionID, s demarc.ConnectionState) demarc.Connection {
		return demarc.Connection{ID: "dxcon-h", Kind: demarc.Hosted, Parent: parent, Bandwidth: 50 * demarc.Mbps, State: s}
	}
	secret := func(c demarc.Connection) demarc.Connection {
		c.MACsec.Mode = demarc.MustEncrypt
		return c
	}
	interconnect := demarc.Connection{ID: "dxcon-i", Kind: demarc.Interconnect, Port: "d/i", State: available}
	type carried struct {
		Port demarc.PortID
		Rate demarc.Bandwidth
		Dark bool
	}
	for _, test := range []struct {
		name    string
		on      demarc.ConnectionID
		minimum int
		conns   []demarc.Connection
		want    []carried
		ports   int
	}{
		{"a connection", "dxcon-a", 0, []demarc.Connection{alone(available)}, []carried{{Port: "d/a"}}, 1},
		{"a deleted one", "dxcon-a", 0, []demarc.Connection{alone(deleted)}, nil, 0},
		{"an empty LAG", "dxlag-1", 0, nil, nil, 0},
		{"the first with light", "dxlag-1", 0, []demarc.Connection{member("a", down), member("c", available), member("b", available)}, []carried{{Port: "d/b"}}, 3},
		{"no light", "dxlag-1", 0, []demarc.Connection{member("b", requested), member("a", down)}, []carried{{Port: "d/a"}}, 2},
		{"another LAG's member", "dxlag-1", 0, []demarc.Connection{alone(available)}, nil, 1},
		{"as many as needed", "dxlag-1", 1, []demarc.Connection{member("a", down), member("b", available)}, []carried{{Port: "d/b"}}, 2},
		{"fewer than needed", "dxlag-1", 2, []demarc.Connection{member("a", down), member("b", available)}, []carried{{Port: "d/b", Dark: true}}, 2},
		{"a connection that must encrypt", "dxcon-a", 0, []demarc.Connection{secret(alone(available))}, []carried{{Port: "d/a", Dark: true}}, 1},
		{"hosted on one that must", "dxcon-h", 0, []demarc.Connection{secret(interconnect), hosted("dxcon-i", available)}, []carried{{Port: "d/i", Rate: 50 * demarc.Mbps, Dark: true}}, 1},
		{"a LAG that must", "dxlag-2", 0, []demarc.Connection{{ID: "dxcon-z", Port: "d/z", LAG: "dxlag-2", State: down}}, []carried{{Port: "d/z", Dark: true}}, 1},
		{"hosted", "dxcon-h", 0, []demarc.Connection{interconnect, hosted("dxcon-i", available)}, []carried{{Port: "d/i", Rate: 50 * demarc.Mbps}}, 1},
		{"hosted on a LAG", "dxcon-h", 0, []demarc.Connection{hosted("dxlag-1", available), member("a", available)}, []carried{{Port: "d/a", Rate: 50 * demarc.Mbps}}, 1},
		{"hosted and rejected", "dxcon-h", 0, []demarc.Connection{interconnect, hosted("dxcon-i", demarc.ConnectionRejected)}, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := intent.CompileDevice(intent.DeviceInputs{
				Connections: test.conns,
				LAGs:        []demarc.LAG{{ID: "dxlag-1", MinimumLinks: test.minimum}, {ID: "dxlag-2", MACsec: demarc.MACsec{Mode: demarc.MustEncrypt}}},
				Interfaces:  []*demarc.VirtualInterface{{ID: "dxvif-1", Connection: test.on, State: demarc.VIFPending, Gateway: "vgw-1"}},
			})
			var got []carried
			for _, v := range node.Device.VIFs {
				got = append(got, carried{v.Port, v.Rate, v.Dark})
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("carried (-got +want):\n%s", diff)
			}
			if len(node.Device.Ports) != test.ports {
				t.Errorf("%d ports, want %d", len(node.Device.Ports), test.ports)
			}
		})
	}
}
