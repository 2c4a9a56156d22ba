package device

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

// portMTU carries any VIF's packets with a tag, and whatever larger a customer
// tries.
const portMTU = 9216

// A port is one socket of the device.
type port struct {
	want *intent.Port // nil: to be removed
	last string       // its interface, once want is nil
	// shared says that several interfaces are on it, which together could send more
	// than its line carries.
	shared bool
	// What was seen, since the process started.
	seen, carrier bool
	socket
	line *intent.LineSeen // what its link counts; nil if there is none
}

// A socket is what was seen of a port's interface.
type socket struct {
	index int // 0 if there is none
	mac   string
	speed uint64 // in bits per second; 0 for unknown
}

// limit is the rate that a shaper has to keep on a line, or 0 if the line is no
// faster by itself.
func (s socket) limit(rate demarc.Bandwidth) uint64 {
	if s.speed != 0 && s.speed <= uint64(rate) {
		return 0
	}
	return uint64(rate)
}

// address is nil if there is no interface.
func (s socket) address() net.HardwareAddr {
	if s.mac == "" {
		return nil
	}
	return net.HardwareAddr(s.mac)
}

// doPort makes one port right.
func (d *Device) doPort(id demarc.PortID) error {
	want, last, shared, ok := d.planPort(id)
	if !ok {
		return nil
	}
	if want == nil {
		if err := d.removePort(last); err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if p := d.ports[id]; p.want == nil {
			delete(d.ports, id)
		}
		return nil
	}
	err := d.plug(*want, shared)
	return errors.Join(err, d.lookAtPort(*want))
}

func (d *Device) planPort(id demarc.PortID) (want *intent.Port, last string, shared, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.ports[id]
	if p == nil {
		return nil, "", false, false
	}
	return p.want, p.last, p.shared, true
}

// adoptShares finds the ports that have several interfaces by now, or no longer.
func (d *Device) adoptShares() {
	on := map[demarc.PortID]int{}
	for _, want := range d.want.VIFs {
		on[want.Port]++
	}
	for id, p := range d.ports {
		if shared := on[id] > 1; p.shared != shared {
			p.shared = shared
			d.work.Mark(portUnit(id))
		}
	}
}

// plug puts the cable in or takes it out, where cables are ours. Such a cable is
// as fast as the machine, so its far end keeps the line's rate, as a NIC of that
// speed does, where the shapers of the interfaces do not.
func (d *Device) plug(want intent.Port, shared bool) error {
	if d.config.Instance == "" {
		return nil
	}
	if want.Cable == nil {
		return linux.DeleteLink(d.home, want.Interface)
	}
	cage := d.config.Instance.Namespace(want.Cable.Namespace)
	far, err := linux.OpenNamespace(cage)
	if err != nil {
		return fmt.Errorf("plug the cable into %s: %w", want.Cable.Namespace, err)
	}
	defer far.Close()
	plugged, err := d.plugged(want, far)
	if err == nil && !plugged {
		err = linux.EnsureVeth(
			linux.End{Namespace: d.home, Name: want.Interface, MTU: portMTU},
			linux.End{Namespace: far, Name: want.Cable.Interface, MTU: portMTU},
		)
	}
	if err != nil {
		return err
	}
	rate := uint64(0)
	if shared {
		rate = uint64(want.Rate)
	}
	return linux.EnsureTBF(far, want.Cable.Interface, rate)
}

// plugged reports whether both ends are there. What the far end is set to is
// its owner's affair: a cable does not turn a router's interface on.
func (d *Device) plugged(want intent.Port, far *linux.Namespace) (bool, error) {
	_, near, err := linux.LinkState(d.home, want.Interface)
	if err != nil || !near {
		return false, err
	}
	_, there, err := linux.LinkState(far, want.Cable.Interface)
	return there, err
}

// lookAtPort takes over a port that exists and tells its VIFs what changed.
func (d *Device) lookAtPort(want intent.Port) error {
	state, exists, err := linux.LinkState(d.home, want.Interface)
	var seen socket
	if err == nil && exists {
		err = errors.Join(
			d.demux.EnsurePort(want.Interface),
			linux.SetLink(d.home, want.Interface, true),
		)
		if !state.AdminUp { // its carrier was not to be seen before
			state, exists, _ = linux.LinkState(d.home, want.Interface)
		}
		speed, unknown := linux.Speed(d.home, want.Interface)
		seen = socket{state.Index, string(state.MAC), speed}
		err = errors.Join(err, unknown, linux.EnsureTBF(d.home, want.Interface, seen.limit(want.Rate)))
	}
	d.sawPort(want.ID, seen, exists && state.Carrier)
	return err
}

// sawPort remembers what was seen of a port's interface, and its light.
func (d *Device) sawPort(id demarc.PortID, seen socket, carrier bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.ports[id]
	if p == nil || p.seen && p.socket == seen && p.carrier == carrier {
		return
	}
	if p.carrier != carrier {
		d.log.Info("port changed", "port", string(id), "carrier", carrier)
	}
	p.seen, p.socket, p.carrier = true, seen, carrier
	d.work.Mark(d.vifsOn(id)...)
}

// removePort pulls the cable, or gives a real port back to the kernel.
func (d *Device) removePort(link string) error {
	err := d.demux.RemovePort(link)
	if d.config.Instance == "" {
		return err
	}
	return errors.Join(err, linux.DeleteLink(d.home, link))
}

// adoptStrayPorts finds what an earlier run left in the home namespace and
// nobody wants: ports, and ends of VIFs whose namespace is gone already.
// Called with mu held.
func (d *Device) adoptStrayPorts() {
	links, err := linux.Links(d.home)
	if err != nil {
		d.log.Warn("what an earlier run left was not looked for", "err", err)
		return
	}
	taken, _ := d.demux.Ports() // without the list, only what is certainly ours goes
	for name, link := range links {
		if link.Type != "veth" && !slices.Contains(taken, name) || d.isPort(name) {
			continue
		}
		suffix, isVIF := strings.CutPrefix(name, naming.VIFPortPrefix)
		id := demarc.VirtualInterfaceID("dxvif-" + suffix)
		switch {
		case isVIF && len(name) == len(naming.VIFPort(demarc.NewVirtualInterfaceID())):
			if d.vifs[id] == nil {
				d.vifs[id], d.inOrder = &vif{}, nil
				d.work.Mark(vifUnit(id))
			}
		case d.config.Instance != "" || slices.Contains(taken, name):
			stray := demarc.PortID("stray/" + name)
			d.ports[stray] = &port{last: name}
			d.work.Mark(portUnit(stray))
		}
	}
}

func (d *Device) isPort(link string) bool {
	return slices.ContainsFunc(d.want.Ports, func(p intent.Port) bool { return p.Interface == link })
}
