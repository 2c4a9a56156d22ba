package vlan

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// index gives a link's index; the error is fs.ErrNotExist if it is absent.
func (d *Demux) index(link string) (uint32, error) {
	state, exists, err := linux.LinkState(d.namespace, link)
	if err == nil && !exists {
		err = fmt.Errorf("link %s in namespace %s: %w", link, d.namespace, fs.ErrNotExist)
	}
	return uint32(state.Index), err
}

// names gives the links of the namespace by index.
func (d *Demux) names() (map[uint32]string, error) {
	links, err := linux.Links(d.namespace)
	if err != nil {
		return nil, err
	}
	names := make(map[uint32]string, len(links))
	for name, link := range links {
		if link.Type != "loopback" {
			names[uint32(link.Index)] = name
		}
	}
	return names, nil
}

func (d *Demux) addIfAbsent(name string, key, value any) error {
	err := d.update(name, key, value, ebpf.UpdateNoExist)
	if errors.Is(err, ebpf.ErrKeyExist) {
		return nil
	}
	return err
}

// update puts an entry. The kernel takes new ones from a small stock that it
// fills up in the background: after many in a row it may have none for a moment.
func (d *Demux) update(name string, key, value any, flags ebpf.MapUpdateFlags) (err error) {
	for range stockTries {
		if err = d.maps[name].Update(key, value, flags); !errors.Is(err, unix.ENOMEM) {
			return err
		}
		time.Sleep(stockPause)
	}
	return err
}

// Filling up takes microseconds, on a busy machine milliseconds.
const (
	stockTries = 20
	stockPause = 5 * time.Millisecond
)

// forget removes a VIF from all tables, the way in first.
func (d *Demux) forget(key vlanKey) error {
	var in way
	errs := []error{}
	if err := d.maps[mapVIFs].Lookup(key, &in); err == nil {
		errs = append(errs, remove(d.maps[mapVIFs], key), d.forgetEnd(in.end(), key))
	}
	return errors.Join(append(errs, remove(d.maps[mapTraffic], key))...)
}

// forgetEnd removes the way back unless it belongs to another VIF by now.
func (d *Demux) forgetEnd(end uint32, key vlanKey) error {
	var back vlanKey
	if err := d.maps[mapEnds].Lookup(end, &back); err != nil || back != key {
		return nil
	}
	return remove(d.maps[mapEnds], end)
}

// prune removes what belonged to links that are gone.
func (d *Demux) prune() error {
	names, err := d.names()
	if err != nil {
		return err
	}
	return d.sweep(func(link uint32) bool { return names[link] != "" })
}

// sweep removes every entry that names a link which is not to be kept.
func (d *Demux) sweep(keep func(link uint32) bool) error {
	return errors.Join(
		sweep(d.maps[mapVIFs], func(k vlanKey, in way) bool { return keep(k.Port) && keep(in.end()) }),
		sweep(d.maps[mapEnds], func(end uint32, k vlanKey) bool { return keep(k.Port) && keep(end) }),
		sweep(d.maps[mapTraffic], func(k vlanKey, _ []traffic) bool { return keep(k.Port) }),
		sweep(d.maps[mapRefused], func(k refusalKey, _ uint64) bool { return keep(k.Port) }),
		sweep(d.maps[mapStrangers], func(k strangerKey, _ strangerValue) bool { return keep(k.Port) }),
	)
}

func sweep[K comparable, V any](m *ebpf.Map, keep func(K, V) bool) error {
	all, err := entries[K, V](m)
	if err != nil {
		return err
	}
	var errs []error
	for key, value := range all {
		if !keep(key, value) {
			errs = append(errs, remove(m, key))
		}
	}
	return errors.Join(errs...)
}

// entries copies a map out of the kernel.
func entries[K comparable, V any](m *ebpf.Map) (map[K]V, error) {
	all := map[K]V{}
	var key K
	var value V
	iterator := m.Iterate()
	for iterator.Next(&key, &value) {
		all[key] = value
		value = *new(V) // a slice must not be filled twice
	}
	if err := iterator.Err(); err != nil {
		return nil, fmt.Errorf("read the table %s: %w", m, err)
	}
	return all, nil
}

func remove(m *ebpf.Map, key any) error {
	if err := m.Delete(key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return err
	}
	return nil
}
