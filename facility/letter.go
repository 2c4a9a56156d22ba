package facility

import (
	"time"

	"demarc"
	"demarc/store"
)

// A Letter is a letter of authority and connecting facility assignment
// (LOA-CFA): our leave for the facility to patch a fibre to one of our ports.
type Letter struct {
	Connection demarc.ConnectionID
	Name       string
	// Requester is the title of the connection's owner; Provider stands beside
	// it where a service provider does the work, and may be empty.
	Requester string
	Provider  string

	Location     demarc.LocationCode
	LocationName string
	Device       demarc.NodeID
	Rack         string
	Panel        string
	PanelPort    string
	Port         string
	Bandwidth    demarc.Bandwidth
	Optic        string

	Issued     time.Time
	ValidUntil time.Time
}

// Write collects what a letter for the connection says, issued at now. A
// provider that is given is printed instead of the one named in the order.
// Writing it changes nothing: connection.IssueLetter records the issue.
func Write(r store.Reader, conn demarc.Connection, provider string, now time.Time) (Letter, error) {
	location, err := Find(r, conn.Location)
	if err != nil {
		return Letter{}, err
	}
	if provider == "" {
		provider = conn.ProviderName
	}
	port, _ := store.Ports.Get(r, string(conn.Port))
	device, _ := store.Devices.Get(r, string(conn.Port.Device()))
	requester, _ := store.Accounts.Get(r, string(conn.Owner))
	optic, ok := Optic(conn.Bandwidth)
	if !ok {
		optic = "single mode"
	}
	return Letter{
		Connection: conn.ID, Name: conn.Name, Requester: requester.Title, Provider: provider,
		Location: location.Code, LocationName: location.Name,
		Device: device.ID, Rack: device.Rack, Panel: port.Panel, PanelPort: port.PanelPort, Port: port.ID.Name(),
		Bandwidth: conn.Bandwidth, Optic: optic,
		Issued: now, ValidUntil: now.Add(demarc.LOAValidity),
	}, nil
}
