package notice

import "slices"

// A Type is a kind of notice.
type Type struct {
	Name string
	// Tells says what happened; docs/notices.md says to whom.
	Tells string
}

const testType = "notice.test"

// Types lists every kind of notice, by name.
func Types() []Type { return slices.Clone(types) }

var types = []Type{
	{"bfd.down", "BFD with the customer's router is gone"},
	{"bfd.up", "BFD with the customer's router is up"},
	{"bgp.down", "a session left Established, with the NOTIFICATION's code"},
	{"bgp.up", "a session is established"},
	{"case.answered", "a case was answered"},
	{"case.expired", "its opener did not say what it was asked"},
	{"case.expiring", "its opener was asked something, and in 2 days or 1 the case ends"},
	{"case.opened", "a case was opened"},
	{"case.rejected", "a case was rejected"},
	{"case.resolved", "its opener asks no longer"},
	{"case.waiting-approver", "a second person of the assignee has to agree"},
	{"case.waiting-assignee", "the opener has replied"},
	{"case.waiting-opener", "the assignee has asked something back"},
	{"connection.available", "light"},
	{"connection.deleted", "it is gone"},
	{"connection.down", "the light is gone"},
	{"connection.ordering", "a hosted connection waits for its customer"},
	{"connection.pending", "patched or accepted, and no light yet"},
	{"connection.rejected", "its customer would not have it"},
	{"connection.requested", "a connection was ordered"},
	{"cross-connect.cancelled", "the order is taken back"},
	{"cross-connect.ordered", "a fibre was ordered"},
	{"cross-connect.patched", "it is plugged in"},
	{"cross-connect.problem", "the facility reports what is wrong with the fibre"},
	{"cross-connect.unpatched", "it is pulled out"},
	{"cutover.agreed", "both parties have agreed to a cut-over"},
	{"cutover.cancelled", "a plan was called off"},
	{"cutover.carrying", "the Transit Gateway carries, with what was measured"},
	{"cutover.done", "the hosted interfaces are gone"},
	{"cutover.flipping", "prefixes begin to move"},
	{"cutover.objected", "the customer objects to the end of its hosted interfaces"},
	{"cutover.planned", "a cut-over to one's own Transit Gateway was planned"},
	{"cutover.prefix_flipped", "a prefix was seen to take the Transit Gateway"},
	{"cutover.rehearsal_failed", "a rehearsal was not seen to work, and why"},
	{"cutover.rehearsed", "the probes took the Transit Gateway both ways"},
	{"cutover.rehearsing", "the probes alone are moved"},
	{"cutover.retiring", "the hosted interfaces are deleted"},
	{"cutover.rolled-back", "the old path carries again, and how long that took"},
	{"cutover.rolling-back", "everything is put back, and why"},
	{"cutover.signed_off", "the customer agrees to the end of its hosted interfaces"},
	{"failover.cancelled", "a failover test was stopped"},
	{"failover.completed", "its time is up"},
	{"failover.failed", "its interface went"},
	{"failover.started", "sessions are forced down"},
	{"link.ended", "a link is no more"},
	{"link.requested", "a link was granted"},
	{"link.step_changed", "a step is done, or is not any more"},
	{"loa.expiring", "a letter of authority ends in 14, 7 or 1 days and nothing is patched"},
	{"maintenance.cancelled", "planned work is called off"},
	{"maintenance.done", "the work is over, and sessions may come up"},
	{"maintenance.held", "the work waits, since it would take a link's last path"},
	{"maintenance.missed", "its time is over, and it never began"},
	{"maintenance.planned", "work is planned on a device"},
	{"maintenance.running", "the work begins, and sessions on the device are ended"},
	{"maintenance.upcoming", "planned work is 14, 7 or 1 days away"},
	{testType, "the test button"},
	{"prefix.limit", "a session sent too many prefixes and was ended, once per episode"},
	{"prefix.threshold", "a session sends 80 or 90 percent of what it may, once per episode each"},
	{"probe.loss", "10 percent or more of a link's probes are lost in 15 seconds, whatever its sessions say"},
	{"probe.recovered", "less than 2 percent are"},
	{"route.shadowed", "a learned route is not used"},
	{"route.split", "pieces of a default route are learned: used, or not, as the platform's policy says"},
	{"vif.accepted", "an offered interface was accepted"},
	{"vif.available", "traffic may flow"},
	{"vif.confirming", "an interface waits for its owner"},
	{"vif.deleted", "it is gone"},
	{"vif.deleting", "the edge takes it down"},
	{"vif.down", "no session"},
	{"vif.expiring", "nobody accepted it, and in 2 days or 1 it is taken back"},
	{"vif.pending", "the edge builds it"},
	{"vif.rejected", "its owner would not have it, or let it lie"},
	{"vif.termination_done", "a hosted interface is gone after a cut-over"},
	{"vif.termination_scheduled", "a hosted interface is to end after a cut-over; told twice at least"},
	{"vif.testing", "sessions are forced down by a failover test"},
	{"vif.verifying", "a public interface's addresses are looked up"},
}
