package site

import (
	"fmt"
	"reflect"

	"demarc"
)

// Quotas are those of the file; what it leaves out is AWS's.
type Quotas struct {
	Connections             int `yaml:"connections"`
	Lags                    int `yaml:"lags"`
	LagMembers              int `yaml:"lagMembers"`
	FastLagMembers          int `yaml:"fastLagMembers"`
	Interfaces              int `yaml:"interfaces"`
	PrivatePublicInterfaces int `yaml:"privatePublicInterfaces"`
	TransitInterfaces       int `yaml:"transitInterfaces"`
	HostedInterfaces        int `yaml:"hostedInterfaces"`
	RateLimiters            int `yaml:"rateLimiters"`
	Gateways                int `yaml:"gateways"`
	GatewayInterfaces       int `yaml:"gatewayInterfaces"`
	GatewayVirtualGateways  int `yaml:"gatewayVirtualGateways"`
	GatewayTransitGateways  int `yaml:"gatewayTransitGateways"`
	TransitGatewayGateways  int `yaml:"transitGatewayGateways"`
	TransitGatewayPrefixes  int `yaml:"transitGatewayPrefixes"`
	GatewayPrefixAllocation int `yaml:"gatewayPrefixAllocation"`
	TransitGatewayRoutes    int `yaml:"transitGatewayRoutes"`
	RouteTableRoutes        int `yaml:"routeTableRoutes"`
	SecurityGroupRules      int `yaml:"securityGroupRules"`
}

func (c checker) quotas() error {
	q := reflect.ValueOf(demarc.Quotas(c.site.Quotas))
	for i := range q.NumField() {
		if n := q.Field(i).Int(); n < 0 {
			return fmt.Errorf("quotas.%s: %d is less than none", q.Type().Field(i).Tag.Get("json"), n)
		}
	}
	if n := c.site.Deadlines.AcceptanceDays; n < 0 {
		return fmt.Errorf("deadlines.acceptanceDays: %d is less than none", n)
	}
	if n := c.site.Deadlines.InformationDays; n < 0 {
		return fmt.Errorf("deadlines.informationDays: %d is less than none", n)
	}
	if n := c.site.Deadlines.NoticeDays; n < demarc.LeastNoticeDays {
		return fmt.Errorf("deadlines.noticeDays: %d is less than %d", n, demarc.LeastNoticeDays)
	}
	if n := c.site.Deadlines.UnpatchDays; n < 0 {
		return fmt.Errorf("deadlines.unpatchDays: %d is less than none", n)
	}
	return nil
}

// Deadlines are those of the file.
type Deadlines struct {
	AcceptanceDays  int `yaml:"acceptanceDays"`
	InformationDays int `yaml:"informationDays"`
	NoticeDays      int `yaml:"noticeDays"`
	UnpatchDays     int `yaml:"unpatchDays"`
}
