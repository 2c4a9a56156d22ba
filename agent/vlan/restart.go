package vlan

import (
	"errors"
	"io/fs"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// attached is what an earlier run left in the kernel.
type attached struct {
	programs map[string]*ebpf.Program // by our name for it
	maps     map[string]*ebpf.Map
}

// findAttached looks at what arrives where: the filters name the programs and
// the programs their maps. Nothing is pinned, so no file system is needed and
// nothing is left when the links go.
func findAttached(n *linux.Namespace) (*attached, error) {
	links, err := linux.Links(n)
	if err != nil {
		return nil, err
	}
	left := &attached{programs: map[string]*ebpf.Program{}, maps: map[string]*ebpf.Map{}}
	for name, link := range links {
		if link.Type == "loopback" {
			continue
		}
		if err := left.look(n, name); err != nil {
			left.close()
			return nil, err
		}
	}
	return left, nil
}

// look takes the link's program if it is ours and the first of its kind.
func (a *attached) look(n *linux.Namespace, link string) error {
	found, ok, err := linux.AttachedIngress(n, link)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the link went away meanwhile
	}
	if err != nil || !ok || found.Name != portProgram && found.Name != vifProgram || a.programs[found.Name] != nil {
		return err
	}
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(found.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // replaced meanwhile
	}
	if err != nil {
		return err
	}
	same, err := a.takeMaps(p)
	if err != nil || !same {
		return errors.Join(err, p.Close())
	}
	a.programs[found.Name] = p
	return nil
}

// takeMaps adds the program's maps. It reports false, and the program must not
// be used, if one of them is not the map we already have under its name.
func (a *attached) takeMaps(p *ebpf.Program) (bool, error) {
	info, err := p.Info()
	if err != nil {
		return false, err
	}
	ids, _ := info.MapIDs()
	same := true
	for _, id := range ids {
		m, err := ebpf.NewMapFromID(id)
		if err != nil {
			return false, err
		}
		taken, err := a.takeMap(m, id)
		if err != nil {
			return false, errors.Join(err, m.Close())
		}
		same = same && taken
	}
	return same, nil
}

func (a *attached) takeMap(m *ebpf.Map, id ebpf.MapID) (bool, error) {
	info, err := m.Info()
	if err != nil {
		return false, err
	}
	have := a.maps[info.Name]
	if have == nil {
		a.maps[info.Name] = m
		return true, nil
	}
	haveInfo, err := have.Info()
	if err != nil {
		return false, err
	}
	haveID, _ := haveInfo.ID()
	return haveID == id, m.Close()
}

func (a *attached) close() {
	for _, p := range a.programs {
		p.Close()
	}
	for _, m := range a.maps {
		m.Close()
	}
	a.programs, a.maps = nil, nil
}
