package agent_test

import "testing"

// Over IPv4 the internet answers app hosts and begins nothing with them: whoever
// is at the uplink, and routes the VPC's range there, reaches none.
func TestTheInternetBeginsNothing(t *testing.T) {
	l := newLine("acme-r1", "p1").withInternet()
	w := newWorld(t)
	outside, inside := w.place("internet"), w.place(l.customer+"-app")
	w.customer(l.customer)
	host := w.node(host)
	host.tell(hostIntent(1, l))
	eventually(t, "the app host reaches the internet", func() bool { return w.reaches(inside, webAddress) })
	w.answer(inside)
	w.run(outside, "ip", "route", "add", l.vpc.CIDR.String(), "via", l.vpc.InternetGateway.Address.Addr().String())
	before := packets(t, w, inside.Name())
	if w.reaches(outside, app.String()) || w.ask(outside, app.String()) == inside.Name() {
		t.Error("the internet reaches the app host by its private address")
	}
	if after := packets(t, w, inside.Name()); after != before {
		t.Errorf("%d packets of the internet's arrived at the app host", after-before)
	}
	if !w.reaches(inside, webAddress) {
		t.Error("the app host does not reach the internet any more")
	}
}
