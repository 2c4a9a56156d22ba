package demarc

// Quotas bound what the accounts of a site may have, each account or object
// for itself. Zero forbids; [DefaultQuotas] are AWS's.
type Quotas struct {
	// Connections of one account at one location, those in link aggregation
	// groups included.
	Connections int `json:"connections"`
	// Lags of one account.
	Lags int `json:"lags"`
	// LagMembers and FastLagMembers are the connections of one group: below
	// 100 Gbps, and from there on.
	LagMembers     int `json:"lagMembers"`
	FastLagMembers int `json:"fastLagMembers"`
	// Interfaces of one dedicated connection or group, whatever they lead to;
	// PrivatePublicInterfaces and TransitInterfaces of it by kind.
	Interfaces              int `json:"interfaces"`
	PrivatePublicInterfaces int `json:"privatePublicInterfaces"`
	TransitInterfaces       int `json:"transitInterfaces"`
	// HostedInterfaces of one hosted connection.
	HostedInterfaces int `json:"hostedInterfaces"`
	// RateLimiters of one dedicated connection.
	RateLimiters int `json:"rateLimiters"`
	// Gateways are the Direct Connect gateways of one account.
	Gateways int `json:"gateways"`
	// What may be on one Direct Connect gateway.
	GatewayInterfaces      int `json:"gatewayInterfaces"`
	GatewayVirtualGateways int `json:"gatewayVirtualGateways"`
	GatewayTransitGateways int `json:"gatewayTransitGateways"`
	// TransitGatewayGateways are the Direct Connect gateways of one Transit
	// Gateway, TransitGatewayPrefixes the allowed prefixes of one such
	// association, both families together.
	TransitGatewayGateways int `json:"transitGatewayGateways"`
	TransitGatewayPrefixes int `json:"transitGatewayPrefixes"`
	// GatewayPrefixAllocation is what the interfaces of one Direct Connect
	// gateway may be allocated together, both families.
	GatewayPrefixAllocation int `json:"gatewayPrefixAllocation"`
	// TransitGatewayRoutes are the static routes in all tables of one Transit
	// Gateway together.
	TransitGatewayRoutes int `json:"transitGatewayRoutes"`
	// RouteTableRoutes are the static routes of one route table of a VPC, of each
	// family.
	RouteTableRoutes int `json:"routeTableRoutes"`
	// SecurityGroupRules of one security group, in each direction.
	SecurityGroupRules int `json:"securityGroupRules"`
}

// DefaultQuotas are those of AWS that a customer starts with.
func DefaultQuotas() Quotas {
	return Quotas{
		Connections: 10,
		Lags:        10, LagMembers: 4, FastLagMembers: 2,
		Interfaces: 51, PrivatePublicInterfaces: 50, TransitInterfaces: 4, HostedInterfaces: 1,
		RateLimiters: 10,
		Gateways:     200, GatewayInterfaces: 30, GatewayVirtualGateways: 20, GatewayTransitGateways: 6,
		TransitGatewayGateways: 20, TransitGatewayPrefixes: 200, GatewayPrefixAllocation: 10_000,
		TransitGatewayRoutes: 10_000, RouteTableRoutes: 500, SecurityGroupRules: 60,
	}
}
