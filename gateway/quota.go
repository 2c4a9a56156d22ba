package gateway

// AWS's limits (Direct Connect user guide, "quotas").
const (
	MaxPerAccount       = 200 // Direct Connect gateways of an account
	MaxVirtualGateways  = 20  // virtual private gateways on a Direct Connect gateway
	MaxTransitGateways  = 6   // Transit Gateways on a Direct Connect gateway
	MaxInterfaces       = 30  // virtual interfaces on a Direct Connect gateway
	MaxOfTransitGateway = 20  // Direct Connect gateways that a Transit Gateway is on
	MaxAllowed          = 200 // prefixes of an association, both families; AWS says it of Transit Gateways only
)
