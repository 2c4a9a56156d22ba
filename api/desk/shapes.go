package desk

import (
	"encoding/json"
	"net/netip"
	"time"

	"demarc"
)

// The shapes below are what travels. Their doc tags go into the OpenAPI
// document; enum lists the values of a field.

// An Account is who signed a request.
type Account struct {
	ID    demarc.AccountID `json:"id" doc:"twelve digits"`
	Name  string           `json:"name" doc:"the profile's name"`
	Title string           `json:"title" doc:"the organisation's name"`
	Party demarc.Party     `json:"party" enum:"customer,partner,platform,facility"`
}

// An Environment is one that the caller runs or is the customer of.
type Environment struct {
	Name      string           `json:"name"`
	Edition   string           `json:"edition"`
	Entitled  bool             `json:"entitled" doc:"whether the edition includes Direct Connect"`
	Region    demarc.Region    `json:"region"`
	Platform  demarc.AccountID `json:"platform"`
	Customer  demarc.AccountID `json:"customer"`
	VPC       demarc.VPCID     `json:"vpc"`
	Gateway   demarc.GatewayID `json:"gateway"`
	Links     int              `json:"links" doc:"how many links there are"`
	MaxLinks  int              `json:"maxLinks" doc:"how many there may be"`
	Elsewhere *Elsewhere       `json:"elsewhere,omitempty" doc:"the other Direct Connect that it is at; absent for here"`
}

// Environments is a list of them, by name.
type Environments struct {
	Environments []Environment `json:"environments"`
}

// A LinkRequest is what a customer fills in.
type LinkRequest struct {
	Environment  string                  `json:"environment"`
	Topology     demarc.Topology         `json:"topology" enum:"own-cage,partner"`
	Resiliency   demarc.Resiliency       `json:"resiliency,omitempty" enum:"single,dev-test,high,maximum" doc:"what the link is to survive; single where there is one leg"`
	Legs         []LegRequest            `json:"legs"`
	Prefixes     []string                `json:"prefixes,omitempty" doc:"what the customer means to advertise"`
	DefaultRoute demarc.DefaultRouteWish `json:"defaultRoute,omitempty" enum:"never,shadow-ok,wanted" doc:"what the customer means to do with a default route; never where left out"`
	Router       *Router                 `json:"router,omitempty"`
	Contacts     []Contact               `json:"contacts,omitempty"`
	Probe        string                  `json:"probe,omitempty" doc:"an address behind all legs that answers echo requests from the environment, for measuring loss"`
	DrainLossy   bool                    `json:"drainLossy,omitempty" doc:"whether others are to carry what a leg should that loses packets while its session is up"`
	GoLive       string                  `json:"goLive,omitempty" doc:"a day such as 2026-05-04"`
}

// A LegRequest is one connection that is wanted, with the interface on it. What
// is left out is chosen when the interface is allocated.
type LegRequest struct {
	Location        demarc.LocationCode `json:"location"`
	Bandwidth       string              `json:"bandwidth" doc:"such as 1Gbps"`
	Device          demarc.NodeID       `json:"device,omitempty" doc:"any that keeps the legs apart, where left out"`
	VLAN            int                 `json:"vlan,omitempty"`
	CustomerASN     int64               `json:"customerAsn,omitempty"`
	AmazonAddress   string              `json:"amazonAddress,omitempty" doc:"our end with its mask, such as 169.254.10.1/30"`
	CustomerAddress string              `json:"customerAddress,omitempty" doc:"the customer's end"`
	MTU             int                 `json:"mtu,omitempty"`
	BFD             bool                `json:"bfd,omitempty" doc:"the customer's router will speak it"`
}

// A Router says what the configuration is wanted for, in the words of
// DescribeRouterConfiguration.
type Router struct {
	Vendor   string `json:"vendor"`
	Platform string `json:"platform,omitempty"`
}

// A Contact is somebody to ask.
type Contact struct {
	Role  string `json:"role,omitempty" doc:"network, security …"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

// Preflight says whether a request would be granted.
type Preflight struct {
	Ready    bool      `json:"ready" doc:"whether the link would be granted"`
	Findings []Refusal `json:"findings" doc:"everything that stands against it"`
	Notes    []Refusal `json:"notes" doc:"what stands against nothing yet, and is to be minded when it is built"`
}

// A Link is a customer's private line into an environment.
type Link struct {
	ID           demarc.LinkID           `json:"id"`
	Environment  string                  `json:"environment"`
	Customer     demarc.AccountID        `json:"customer"`
	Topology     demarc.Topology         `json:"topology" enum:"own-cage,partner"`
	Resiliency   demarc.Resiliency       `json:"resiliency" enum:"single,dev-test,high,maximum"`
	Legs         []Leg                   `json:"legs"`
	Prefixes     []string                `json:"prefixes"`
	DefaultRoute demarc.DefaultRouteWish `json:"defaultRoute" enum:"never,shadow-ok,wanted"`
	Router       *Router                 `json:"router,omitempty"`
	Contacts     []Contact               `json:"contacts,omitempty"`
	Probe        netip.Addr              `json:"probe,omitzero"`
	DrainLossy   bool                    `json:"drainLossy,omitempty"`
	GoLive       string                  `json:"goLive,omitempty"`
	Created      time.Time               `json:"created"`
	Endings      []Ending                `json:"endings,omitempty" doc:"its end and those of its legs, where they were agreed"`
	Ended        time.Time               `json:"ended,omitzero" doc:"absent while something of it is left"`
	Elsewhere    *Elsewhere              `json:"elsewhere,omitempty" doc:"the other Direct Connect that the link is at; absent for here"`
	AsOf         time.Time               `json:"asOf" doc:"the site's time when it was read, which its since and deadline go by"`
	Next         *Step                   `json:"next,omitempty" doc:"the first step that is not done; absent where all are"`
	Steps        []Step                  `json:"steps,omitempty" doc:"in order; left out in lists"`
}

// An Ending is the end of a link or of a leg, as it was agreed.
type Ending struct {
	Case    demarc.CaseID   `json:"case" doc:"asked for it; its opener resolves it to keep the link, while nothing is deleted"`
	Whole   bool            `json:"whole" doc:"the link ends, and not a leg alone"`
	Legs    []string        `json:"legs"`
	By      string          `json:"by" doc:"who has granted it: an account, or desk"`
	Cause   demarc.EndCause `json:"cause,omitempty" doc:"why the platform ends it: non-payment, abuse or entitlement-ended; absent where its customer asked"`
	Reason  string          `json:"reason,omitempty" doc:"in the platform's words"`
	Granted time.Time       `json:"granted"`
	Due     time.Time       `json:"due" doc:"the earliest that interfaces are deleted"`
	Told    []time.Time     `json:"told,omitempty" doc:"when the parties were told"`
	Ended   time.Time       `json:"ended,omitzero" doc:"when nothing was left"`
}

// A Leg is one connection of a link as it was asked for, and what it has come
// to.
type Leg struct {
	ID               string                       `json:"id" doc:"a letter"`
	Location         demarc.LocationCode          `json:"location"`
	Bandwidth        demarc.Bandwidth             `json:"bandwidth"`
	Connection       demarc.ConnectionID          `json:"connection,omitempty"`
	Port             demarc.PortID                `json:"port,omitempty" doc:"the device and its port"`
	VirtualInterface demarc.VirtualInterfaceID    `json:"virtualInterface,omitempty"`
	State            demarc.VirtualInterfaceState `json:"state,omitempty" doc:"of the interface"`
	VLAN             int                          `json:"vlan,omitempty"`
	CustomerASN      demarc.ASN                   `json:"customerAsn,omitempty" doc:"as it was asked for, and so are the next three"`
	AmazonAddress    netip.Prefix                 `json:"amazonAddress,omitzero"`
	CustomerAddress  netip.Prefix                 `json:"customerAddress,omitzero"`
	MTU              int                          `json:"mtu"`
	Session          string                       `json:"session,omitempty" doc:"the BGP session's state, in the words of RFC 4271"`
	Accepted         int                          `json:"accepted" doc:"prefixes of the customer in use"`
	Prefixes         []PrefixUse                  `json:"prefixes" doc:"what each session sends against what it may"`
	Line             *Line                        `json:"line,omitempty" doc:"what the line loses; absent while nobody asks it"`
	Tag              string                       `json:"tag" doc:"the value of the tag demarc:link that says which connection is the leg's"`
	Hosted           demarc.ConnectionID          `json:"hosted,omitempty" doc:"the hosted connection at another Direct Connect that its token was redeemed for"`
}

// A Line is what a leg loses, as its device sees it: how much of what it asks
// the customer's router over that line alone gets no answer.
type Line struct {
	Verdict string     `json:"verdict,omitempty" doc:"clean or lossy; or why nothing is known: mute, limited, full; empty while too little was asked"`
	Percent int        `json:"percent" doc:"of the latest requests"`
	In      *int       `json:"in,omitempty" doc:"percent lost from the customer, where BFD tells"`
	Out     *int       `json:"out,omitempty" doc:"percent lost to the customer, where BFD tells"`
	Drained *time.Time `json:"drained,omitempty" doc:"since when others carry what it should"`
}

// A PrefixUse is what one session sends against what it may. The lists are
// there from the first threshold on.
type PrefixUse struct {
	Family           demarc.AddressFamily `json:"family" enum:"ipv4,ipv6"`
	Received         int                  `json:"received" doc:"sent by the customer, used or not"`
	Limit            int                  `json:"limit"`
	Code             string               `json:"code,omitempty" doc:"E-PREFIX-80, E-PREFIX-90 or E-PREFIX-EXCEEDED"`
	Newest           []NewPrefix          `json:"newest,omitempty" doc:"the latest, the newest first"`
	Aggregate        []netip.Prefix       `json:"aggregate,omitempty" doc:"few prefixes that cover the same addresses"`
	AggregateIsWider bool                 `json:"aggregateIsWider,omitempty" doc:"whether they cover somewhat more"`
}

// A NewPrefix is one of the latest that a session sent.
type NewPrefix struct {
	Prefix netip.Prefix `json:"prefix"`
	Since  time.Time    `json:"since,omitzero"`
}

// Links is a list of them, by environment and id.
type Links struct {
	Links []Link `json:"links"`
}

// A Step is one act of the procedure, read from what is there at the moment.
type Step struct {
	ID    string       `json:"id" doc:"stable: entitled, order, loa …"`
	Leg   string       `json:"leg,omitempty" doc:"absent for a step of the link as a whole"`
	Title string       `json:"title"`
	Party demarc.Party `json:"party" doc:"whose move it is" enum:"customer,partner,platform,facility"`
	Done  bool         `json:"done"`
	// Unprovable steps hold nothing up.
	Unprovable bool      `json:"unprovable,omitempty" doc:"whoever asks cannot see whether it is done; it holds nothing up"`
	Evidence   string    `json:"evidence" doc:"what was seen, or what is missing"`
	Code       string    `json:"code,omitempty" doc:"names what is wrong, where that has a name"`
	Since      time.Time `json:"since,omitzero" doc:"when it was done, or began to wait"`
	Deadline   time.Time `json:"deadline,omitzero" doc:"when what was begun ends by itself"`
}

// A CrossConnect is an order for the owner of a building.
type CrossConnect struct {
	Connection demarc.ConnectionID `json:"connection"`
	Location   demarc.LocationCode `json:"location"`
	Port       demarc.PortID       `json:"port" doc:"the device and its port: lis1-d1/p1"`
	Rack       string              `json:"rack" doc:"where the device stands"`
	Panel      string              `json:"panel" doc:"the panel to plug into"`
	PanelPort  string              `json:"panelPort"`
	Router     string              `json:"router" doc:"the far end, in the customer's or partner's cage; empty where it has none"`
	Interface  string              `json:"interface"`
	Patched    bool                `json:"patched"`
	Changed    time.Time           `json:"changed"`
	Problem    string              `json:"problem,omitempty" doc:"the code of what the facility reports"`
	Note       string              `json:"note,omitempty"`
	Unpatch    time.Time           `json:"unpatch,omitzero" doc:"since when the fibre is to be pulled, because the connection has ended: the order to unpatch"`
	UnpatchBy  time.Time           `json:"unpatchBy,omitzero" doc:"until when"`
	LeadsTo    string              `json:"leadsTo,omitempty" doc:"where the far end really is, where that is not as ordered"`
}

// CrossConnects is a list of them, by location and connection.
type CrossConnects struct {
	CrossConnects []CrossConnect `json:"crossConnects"`
}

// A RouteTable is an environment's, judged.
type RouteTable struct {
	Environment string       `json:"environment"`
	VPC         demarc.VPCID `json:"vpc"`
	Seen        bool         `json:"seen" doc:"whether the VPC's host has reported; without it no route is propagated"`
	// Table judges what app hosts send; where they have different ones it is the
	// main one.
	Table  demarc.RouteTableID `json:"table" doc:"the one that all app hosts use, or the main one"`
	Routes []Route             `json:"routes" doc:"by prefix, the active one first"`
	Others []OtherTable        `json:"others" doc:"the tables of other subnets"`
	Paths  []Path              `json:"paths"`
}

// An OtherTable is one more route table of the same VPC.
type OtherTable struct {
	Table  demarc.RouteTableID `json:"table"`
	Routes []Route             `json:"routes"`
}

// A Route is one row of a route table.
type Route struct {
	Prefix   netip.Prefix `json:"prefix"`
	Target   string       `json:"target" doc:"local, or the id of a gateway"`
	Via      string       `json:"via,omitempty" doc:"the device that a propagated route was learned on"`
	Kind     string       `json:"kind" enum:"local,static,prefix-list,propagated"`
	Active   bool         `json:"active"`
	Rule     string       `json:"rule,omitempty" doc:"why it is shadowed"`
	BeatenBy *Winner      `json:"beatenBy,omitempty" doc:"what shadows it"`
}

// A Winner is the route that shadows another.
type Winner struct {
	Prefix netip.Prefix `json:"prefix"`
	Target string       `json:"target"`
	Via    string       `json:"via,omitempty"`
	Kind   string       `json:"kind" enum:"local,static,prefix-list,propagated"`
}

// A Path counts what left and entered a VPC by one target.
type Path struct {
	Target     string `json:"target"`
	OutPackets uint64 `json:"outPackets"`
	OutBytes   uint64 `json:"outBytes"`
	InPackets  uint64 `json:"inPackets"`
	InBytes    uint64 `json:"inBytes"`
}

// An AuditList is the latest of what was changed, the latest first.
type AuditList struct {
	Records []AuditRecord `json:"records"`
}

// An AuditRecord says what one call changed. An object in Before and After was
// changed; one in Before only is gone, and one in After only is new. The site's
// operator has the changed fields too.
type AuditRecord struct {
	At        time.Time        `json:"at"`
	Account   demarc.AccountID `json:"account"`
	Operation string           `json:"operation"`
	Session   string           `json:"session,omitempty"` // the assumed role
	Source    demarc.AccountID `json:"source,omitempty"`  // who had assumed it
	Before    []string         `json:"before,omitempty"`
	After     []string         `json:"after,omitempty"`
	Changes   []AuditChange    `json:"changes,omitempty"`
}

// An AuditChange is one object's fields, where they differ.
type AuditChange struct {
	Object string          `json:"object" doc:"its kind and id: connection/dxcon-ffabc123"`
	Before json.RawMessage `json:"before,omitempty" doc:"as they were; none of a new object. A secret is (secret), a long value its length"`
	After  json.RawMessage `json:"after,omitempty" doc:"as they are; none of an object that is gone"`
}

// A Verification is what became of a public virtual interface.
type Verification struct {
	VirtualInterface demarc.VirtualInterfaceID    `json:"virtualInterface"`
	State            demarc.VirtualInterfaceState `json:"state"`
}

// A Clock is the site's.
type Clock struct {
	Now     time.Time `json:"now"`
	Ahead   string    `json:"ahead" doc:"of the world, such as 168h0m0s"`
	Movable bool      `json:"movable" doc:"whether the operator may move it"`
}

// A ClockMove moves a site that rehearses.
type ClockMove struct {
	Advance string `json:"advance" doc:"a duration such as 168h"`
}
