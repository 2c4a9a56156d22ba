package vlan

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// A VIF is one tag of one port.
type VIF struct {
	Port string // link on the cable
	VLAN uint16 // 1 to 4094
	// Link is the end of a veth pair, in the namespace of the port; its peer,
	// anywhere, sends and receives the VIF's frames untagged.
	Link string
	// Straight has frames from the cable handed to the far end of Link at once,
	// past what is shaped on Link. That end must be in another namespace. Only
	// what has the port's address as its destination goes so, which should be
	// that end's as well, and is no longer than Link's MTU; the rest goes by Link,
	// which knows what to refuse. Kernels before 5.12 have no such way: there all
	// goes by Link.
	Straight bool
}

// A Key is what makes a VIF the only one: its port and tag.
type Key struct {
	Port string
	VLAN uint16
}

// EnsurePort takes over what arrives on the link: from now on only frames of
// VIFs get through. It also silences the kernel's own IPv6 on it.
func (d *Demux) EnsurePort(link string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	index, err := d.index(link)
	if err != nil {
		return fmt.Errorf("take port %s: %w", link, err)
	}
	if err := d.namespace.Sysctl("net/ipv6/conf/"+link+"/disable_ipv6", "1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take port %s: %w", link, err)
	}
	for _, why := range []Reason{Untagged, UnknownVLAN, DoubleTagged, TaggedByVIF} {
		if err := d.addIfAbsent(mapRefused, refusalKey{index, why}, uint64(0)); err != nil {
			return fmt.Errorf("take port %s: %w", link, err)
		}
	}
	return d.attach(link, d.port)
}

// EnsureVIF leads the tag's frames to v.Link and back. Whatever v.Link or the
// tag led to before, it no longer does. Both links must exist; a veth made
// anew needs EnsureVIF again.
func (d *Demux) EnsureVIF(v VIF) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ensureVIF(v); err != nil {
		return fmt.Errorf("put VLAN %d on port %s: %w", v.VLAN, v.Port, err)
	}
	return nil
}

func (d *Demux) ensureVIF(v VIF) error {
	if v.VLAN < 1 || v.VLAN > 4094 {
		return errors.New("a VLAN is 1 to 4094")
	}
	port, errPort := d.index(v.Port)
	end, errEnd := d.index(v.Link)
	if err := errors.Join(errPort, errEnd); err != nil {
		return err
	}
	if port == end {
		return fmt.Errorf("link %s cannot be its own port", v.Link)
	}
	key := vlanKey{port, uint32(v.VLAN)}
	if err := d.unlink(key, end); err != nil {
		return err
	}
	if err := d.addIfAbsent(mapTraffic, key, make([]traffic, ebpf.MustPossibleCPU())); err != nil {
		return err
	}
	if err := d.attach(v.Link, d.vif); err != nil {
		return err
	}
	// The way in last: nothing arrives before the answer can leave.
	if err := d.update(mapEnds, end, key, ebpf.UpdateAny); err != nil {
		return err
	}
	return d.update(mapVIFs, key, wayTo(end, v.Straight), ebpf.UpdateAny)
}

// unlink removes what the key or the end was joined to, unless to each other.
func (d *Demux) unlink(key vlanKey, end uint32) error {
	var oldKey vlanKey
	if err := d.maps[mapEnds].Lookup(end, &oldKey); err == nil && oldKey != key {
		if err := d.forget(oldKey); err != nil {
			return err
		}
	}
	var old way
	if err := d.maps[mapVIFs].Lookup(key, &old); err == nil && old.end() != end {
		return d.forget(key)
	}
	return nil
}

// RemoveVIF stops the tag and forgets its counts. The program stays on the vi
// link and drops what it sends, until the caller deletes the link.
func (d *Demux) RemoveVIF(port string, vlan uint16) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	index, err := d.index(port)
	if errors.Is(err, fs.ErrNotExist) {
		return d.prune()
	}
	if err == nil {
		err = d.forget(vlanKey{index, uint32(vlan)})
	}
	if err != nil {
		return fmt.Errorf("remove VLAN %d from port %s: %w", vlan, port, err)
	}
	return nil
}

// RemovePort removes the port's VIFs and counts, and gives the link back to
// the kernel.
func (d *Demux) RemovePort(link string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	index, err := d.index(link)
	if errors.Is(err, fs.ErrNotExist) {
		return d.prune()
	}
	if err != nil {
		return err
	}
	if err := linux.DetachIngress(d.namespace, link); err != nil {
		return err
	}
	return d.sweep(func(link uint32) bool { return link != index })
}

// VIFs reads which tags lead where, by key. A VIF of which a part is missing,
// because a link went or somebody took a program off, is not listed;
// EnsureVIF repairs it.
func (d *Demux) VIFs() (map[Key]VIF, error) {
	names, err := d.names()
	if err != nil {
		return nil, err
	}
	ways, err := entries[vlanKey, way](d.maps[mapVIFs])
	if err != nil {
		return nil, err
	}
	found := map[Key]VIF{}
	for key, in := range ways {
		var back vlanKey
		if err := d.maps[mapEnds].Lookup(in.end(), &back); err != nil || back != key {
			continue
		}
		v := VIF{Port: names[key.Port], VLAN: uint16(key.Tag), Link: names[in.end()], Straight: in.straight()}
		if v.Port == "" || v.Link == "" {
			continue
		}
		if have, err := d.has(v.Link, d.vif); err != nil {
			return nil, err
		} else if have {
			found[Key{v.Port, v.VLAN}] = v
		}
	}
	return found, nil
}

// Ports reads which links the program of EnsurePort is on.
func (d *Demux) Ports() ([]string, error) {
	names, err := d.names()
	if err != nil {
		return nil, err
	}
	var ports []string
	for _, name := range names {
		have, err := d.has(name, d.port)
		if err != nil {
			return nil, err
		}
		if have {
			ports = append(ports, name)
		}
	}
	return ports, nil
}
