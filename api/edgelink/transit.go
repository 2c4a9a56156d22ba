package edgelink

import (
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// gatherTransit finds a Transit Gateway with its route tables and attachments.
func gatherTransit(r store.Reader, in *intent.TransitInputs, id demarc.TransitGatewayID) {
	in.Gateways = appendFound(in.Gateways, r, store.TransitGateways, string(id))
	for t := range store.TransitRouteTables.By(r, "transit-gateway", string(id)) {
		t.Static = store.TransitWritten(r, t)
		in.Tables = append(in.Tables, t)
	}
	in.Attachments = slices.AppendSeq(in.Attachments, store.TransitGatewayAttachments.By(r, "transit-gateway", string(id)))
}

// gatherAttached finds the Transit Gateways on a host with all that is
// attached to them, and what of the host's VPCs is attached to others.
func gatherAttached(r store.Reader, in *intent.HostInputs) {
	here, elsewhere := set[demarc.TransitGatewayID]{}, set[demarc.TransitGatewayID]{}
	for gw := range store.TransitGateways.By(r, "host", string(in.Host.ID)) {
		here.add(gw.ID)
		gatherTransit(r, &in.Transit, gw.ID)
	}
	for _, a := range in.Transit.Attachments {
		if a.VPC != "" {
			in.AttachedVPCs = appendFound(in.AttachedVPCs, r, store.VPCs, string(a.VPC))
		} else {
			in.Associations = appendFound(in.Associations, r, store.GatewayAssociations, string(a.Association))
		}
	}
	for _, v := range in.VPCs {
		for a := range store.TransitGatewayAttachments.By(r, "vpc", string(v.ID)) {
			if a.State != demarc.AttachmentAvailable {
				continue
			}
			if _, ok := here[a.TransitGateway]; ok {
				continue
			}
			in.Transit.Attachments = append(in.Transit.Attachments, a)
			if elsewhere.add(a.TransitGateway) {
				in.Transit.Gateways = appendFound(in.Transit.Gateways, r, store.TransitGateways, string(a.TransitGateway))
			}
		}
	}
}
