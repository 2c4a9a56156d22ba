package edgelink

import (
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// Compile gathers the nouns that touch a node and says what the node must make
// true. It is false for a node that the store does not know. The version is
// left to the caller.
func Compile(r store.Reader, node demarc.NodeID) (intent.Node, bool) {
	n, _, ok := compile(r, node, nil)
	return n, ok
}

// compile returns also the links that need a tunnel, and that the node answers
// for. Memory is of what was compiled for the node before; nil is none.
func compile(r store.Reader, node demarc.NodeID, memory *intent.Memory) (n intent.Node, links []demarc.BackboneLink, ok bool) {
	if dev, ok := store.Devices.Get(r, string(node)); ok {
		in := gatherDevice(r, dev)
		in.Memory = memory
		n = intent.CompileDevice(in)
	} else if host, ok := store.VPCHosts.Get(r, string(node)); ok {
		n = intent.CompileHost(gatherHost(r, host))
	} else {
		return n, nil, false
	}
	return n, n.Dig(ground(r)), true
}

// sources are the tables that Compile reads: each channel is closed when its
// table is no longer what v shows.
func sources(v *store.View) []<-chan struct{} {
	return []<-chan struct{}{
		store.Locations.Watch(v), store.Devices.Watch(v), store.VPCHosts.Watch(v), store.Tunnels.Watch(v), store.Ports.Watch(v),
		store.Connections.Watch(v), store.LAGs.Watch(v), store.CrossConnects.Watch(v), store.VirtualInterfaces.Watch(v),
		store.VirtualGateways.Watch(v), store.DirectConnectGateways.Watch(v), store.GatewayAssociations.Watch(v), store.VPCs.Watch(v),
		store.TransitGateways.Watch(v), store.TransitGatewayAttachments.Watch(v), store.TransitRouteTables.Watch(v),
		store.Subnets.Watch(v), store.RouteTables.Watch(v), store.PrefixLists.Watch(v), store.InternetGateways.Watch(v), store.SecurityGroups.Watch(v), store.PublicNetworks.Watch(v),
		store.Cutovers.Watch(v), store.Environments.Watch(v), store.Links.Watch(v),
	}
}

func gatherDevice(r store.Reader, dev demarc.Device) intent.DeviceInputs {
	in := intent.DeviceInputs{
		Device:      dev,
		Ports:       slices.Collect(store.Ports.By(r, "device", string(dev.ID))),
		Connections: slices.Collect(store.Connections.By(r, "device", string(dev.ID))),
		LAGs:        slices.Collect(store.LAGs.By(r, "device", string(dev.ID))),
		SiteLinked:  map[demarc.DirectConnectGatewayID][]demarc.Device{},
	}
	if location, ok := store.Locations.Get(r, string(dev.Location)); ok {
		in.Region = location.Region
	}
	for row := range store.VirtualInterfaces.RowsBy(r, "device", string(dev.ID)) {
		in.Interfaces = append(in.Interfaces, row.Noun())
	}
	for _, conn := range in.Connections {
		if xc, ok := store.CrossConnects.Get(r, string(conn.ID)); ok {
			in.CrossConnects = append(in.CrossConnects, xc)
		}
	}
	in.Connections = append(in.Connections, hosted(r, in)...)
	in.PublicNetwork, _ = store.PublicNetworks.Get(r, store.OnlyRow)
	gatherGateways(r, &in)
	vpcs, hosts := set[demarc.VPCID]{}, set[demarc.NodeID]{}
	for _, gw := range slices.Concat(in.Gateways, in.Associated) {
		in.Environments = slices.AppendSeq(in.Environments, store.Environments.By(r, "gateway", string(gw.ID)))
		if vpcs.add(gw.VPC) {
			in.VPCs = appendFound(in.VPCs, r, store.VPCs, string(gw.VPC))
		}
	}
	for _, vpc := range in.VPCs {
		if hosts.add(vpc.Host) {
			in.Hosts = appendFound(in.Hosts, r, store.VPCHosts, string(vpc.Host))
		}
	}
	for _, gw := range in.Transit.Gateways {
		if hosts.add(gw.Host) {
			in.Hosts = appendFound(in.Hosts, r, store.VPCHosts, string(gw.Host))
		}
	}
	return in
}

// gatherGateways finds the gateways that the device's interfaces lead to, and
// those that are associated with them.
func gatherGateways(r store.Reader, in *intent.DeviceInputs) {
	known := set[demarc.GatewayID]{}
	for _, vif := range in.Interfaces {
		switch {
		case !carried(*vif) || vif.Type == demarc.PublicVIF || !known.add(intent.End(*vif)):
		case vif.DirectConnectGateway == "":
			in.Gateways = appendFound(in.Gateways, r, store.VirtualGateways, string(vif.Gateway))
		default:
			id := string(vif.DirectConnectGateway)
			in.DirectConnectGateways = appendFound(in.DirectConnectGateways, r, store.DirectConnectGateways, id)
			in.SiteLinked[vif.DirectConnectGateway] = presence(r, "direct-connect-gateway", id, intent.SiteLinked)
			in.Associations = slices.AppendSeq(in.Associations, store.GatewayAssociations.By(r, "direct-connect-gateway", id))
		}
	}
	transits := set[demarc.TransitGatewayID]{}
	for _, a := range in.Associations {
		if id := demarc.TransitGatewayID(a.Gateway.ID); intent.Joined(a) && a.Gateway.Type == demarc.AssociatedTransitGateway {
			if transits.add(id) {
				gatherTransit(r, &in.Transit, id)
			}
		} else if intent.Joined(a) {
			in.Associated = appendFound(in.Associated, r, store.VirtualGateways, a.Gateway.ID)
		}
	}
}

// hosted are the connections on interconnects and LAGs of a device.
func hosted(r store.Reader, in intent.DeviceInputs) (all []demarc.Connection) {
	for _, conn := range in.Connections {
		if conn.Kind == demarc.Interconnect {
			all = slices.AppendSeq(all, store.Connections.By(r, "parent", string(conn.ID)))
		}
	}
	for _, lag := range in.LAGs {
		if lag.Hosting {
			all = slices.AppendSeq(all, store.Connections.By(r, "parent", string(lag.ID)))
		}
	}
	return all
}

func gatherHost(r store.Reader, host demarc.VPCHost) intent.HostInputs {
	in := intent.HostInputs{
		Host:     host,
		VPCs:     slices.Collect(store.VPCs.By(r, "host", string(host.ID))),
		Presence: map[demarc.GatewayID][]demarc.Device{},
	}
	for _, vpc := range in.VPCs {
		id := string(vpc.ID)
		in.Gateways = slices.AppendSeq(in.Gateways, store.VirtualGateways.By(r, "vpc", id))
		in.Subnets = slices.AppendSeq(in.Subnets, store.Subnets.By(r, "vpc", id))
		for table := range store.RouteTables.By(r, "vpc", id) {
			table.Static = store.Written(r, table)
			in.RouteTables = append(in.RouteTables, table)
		}
		in.InternetGateways = slices.AppendSeq(in.InternetGateways, store.InternetGateways.By(r, "vpc", id))
		in.SecurityGroups = slices.AppendSeq(in.SecurityGroups, store.SecurityGroups.By(r, "vpc", id))
		in.Links = append(in.Links, probed(r, vpc)...)
		in.Cutovers = slices.AppendSeq(in.Cutovers, store.Cutovers.By(r, "vpc", id))
	}
	gatherAttached(r, &in)
	known := set[demarc.DirectConnectGatewayID]{}
	for _, gw := range in.Gateways {
		in.Presence[gw.ID] = presence(r, "gateway", string(gw.ID), carried)
		in.Associations = slices.AppendSeq(in.Associations, store.GatewayAssociations.By(r, "gateway", string(gw.ID)))
	}
	for _, a := range in.Associations {
		if intent.Joined(a) && known.add(a.DirectConnectGateway) {
			in.DirectConnectGateways = appendFound(in.DirectConnectGateways, r, store.DirectConnectGateways, string(a.DirectConnectGateway))
			in.Presence[intent.Presence(a.DirectConnectGateway)] = presence(r, "direct-connect-gateway", string(a.DirectConnectGateway), carried)
		}
	}
	return in
}

// probed are the links into a VPC that name an address to probe.
func probed(r store.Reader, vpc demarc.VPC) (all []intent.ProbedLink) {
	for env := range store.Environments.By(r, "account", string(vpc.Owner)) {
		if env.VPC != vpc.ID {
			continue
		}
		for link := range store.Links.By(r, "environment", env.Name) {
			if link.Asked() {
				all = append(all, intent.ProbedLink{VPC: vpc.ID, Target: link.Probe})
			}
		}
	}
	return all
}

// presence lists the devices with such an interface of the gateway, each once.
// Index is the one of interfaces by this kind of gateway.
func presence(r store.Reader, index, gateway string, such func(demarc.VirtualInterface) bool) []demarc.Device {
	var devices []demarc.Device
	known := set[demarc.NodeID]{}
	for vif := range store.VirtualInterfaces.By(r, index, gateway) {
		if such(vif) && known.add(vif.Device) {
			devices = appendFound(devices, r, store.Devices, string(vif.Device))
		}
	}
	return devices
}

// carried reports whether the edge has the interface or is about to: the
// gateway is present wherever one of these is.
func carried(vif demarc.VirtualInterface) bool {
	return intent.End(vif) != "" && (vif.State == demarc.VIFPending || vif.State.InPlace())
}

// appendFound appends the noun with the key, if there is one.
func appendFound[T any](all []T, r store.Reader, table *store.Table[T], key string) []T {
	if v, ok := table.Get(r, key); ok {
		return append(all, v)
	}
	return all
}

type set[K comparable] map[K]struct{}

// add reports whether k is new.
func (s set[K]) add(k K) bool {
	if _, ok := s[k]; ok {
		return false
	}
	s[k] = struct{}{}
	return true
}
