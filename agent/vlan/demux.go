package vlan

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// A Demux is the programs and maps of one network namespace. It is safe for
// concurrent use. Two of them on one namespace, in one process or in two,
// share the maps if the first had attached a program when the second opened.
type Demux struct {
	namespace *linux.Namespace
	port, vif program
	maps      map[string]*ebpf.Map

	mu sync.Mutex // one change at a time: a change spans several maps
}

// A program is loaded in the kernel, attached or not.
type program struct {
	*ebpf.Program
	id   uint32
	name string
}

// Open finds the programs and maps that an earlier run left on links of the
// namespace, or loads new ones, which do nothing until [Demux.EnsurePort].
// The namespace must stay open as long as the Demux.
func Open(n *linux.Namespace) (*Demux, error) {
	left, err := findAttached(n)
	if err != nil {
		return nil, fmt.Errorf("open the VLAN programs of namespace %s: %w", n, err)
	}
	defer left.close()
	d, err := load(n, left)
	if errors.Is(err, ebpf.ErrMapIncompatible) {
		// Left by a version whose maps were different. Its programs forward
		// until each link gets the new ones.
		left.close()
		d, err = load(n, &attached{})
	}
	if err != nil {
		return nil, fmt.Errorf("open the VLAN programs of namespace %s: %w", n, err)
	}
	if err := d.prune(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// load makes programs on the maps that were found, and new maps for the rest.
// A program that is attached already and is the same one goes on being used.
func load(n *linux.Namespace, left *attached) (*Demux, error) {
	spec := &ebpf.CollectionSpec{Maps: maps(), Programs: programs(hasShortWay())}
	collection, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: left.maps})
	if err != nil {
		return nil, err
	}
	d := &Demux{namespace: n, maps: collection.Maps}
	for name, into := range map[string]*program{portProgram: &d.port, vifProgram: &d.vif} {
		chosen, err := choose(collection.Programs[name], left.programs[name])
		if err != nil {
			collection.Close()
			return nil, err
		}
		*into = program{Program: chosen.Program, id: chosen.id, name: name}
	}
	return d, nil
}

// choose prefers the attached program if its instructions are the same, so
// that nothing has to be attached again.
func choose(loaded, old *ebpf.Program) (program, error) {
	id, tag, err := identify(loaded)
	if err != nil || old == nil {
		return program{Program: loaded, id: id}, err
	}
	oldID, oldTag, err := identify(old)
	if err != nil || oldTag != tag {
		return program{Program: loaded, id: id}, err
	}
	kept, err := old.Clone()
	if err != nil {
		return program{}, err
	}
	return program{Program: kept, id: oldID}, loaded.Close()
}

// identify gives the kernel's id of a program and the hash of its instructions.
func identify(p *ebpf.Program) (id uint32, tag string, err error) {
	info, err := p.Info()
	if err != nil {
		return 0, "", fmt.Errorf("identify a program: %w", err)
	}
	number, _ := info.ID()
	return uint32(number), info.Tag, nil
}

// Close lets go of programs and maps. What is attached stays and forwards.
func (d *Demux) Close() error {
	errs := []error{d.port.Close(), d.vif.Close()}
	for _, m := range d.maps {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

// attach puts the program on the link unless it is there.
func (d *Demux) attach(link string, p program) error {
	have, err := d.has(link, p)
	if err != nil || have {
		return err
	}
	return linux.AttachIngress(d.namespace, link, p.FD(), p.name)
}

// has reports whether the program is on the link. A link that went away since
// it was listed has none.
func (d *Demux) has(link string, p program) (bool, error) {
	have, ok, err := linux.AttachedIngress(d.namespace, link)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return ok && have.ID == p.id, err
}
