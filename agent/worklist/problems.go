package worklist

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Problems are what was wrong with keys when they were last worked on. The
// zero value has none. It is safe for concurrent use.
type Problems[K comparable] struct {
	mu    sync.Mutex
	texts map[K]string // guarded by mu
}

// Note takes in the result of working on a key and reports whether it differs
// from the one before: what is logged once and not at every retry.
func (p *Problems[K]) Note(key K, err error) (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, had := p.texts[key]
	if err == nil {
		delete(p.texts, key)
		return had
	}
	if p.texts == nil {
		p.texts = map[K]string{}
	}
	p.texts[key] = err.Error()
	return !had || before != err.Error()
}

// Forget drops the problems of keys that are no more.
func (p *Problems[K]) Forget(exists func(K) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.texts, func(key K, _ string) bool { return !exists(key) })
}

// ByObject joins the problems of each object, in a fixed order, so that equal
// problems give equal reports. It is nil if there are none.
func (p *Problems[K]) ByObject(object func(K) string) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	texts := map[string][]string{}
	for key, text := range p.texts {
		texts[object(key)] = append(texts[object(key)], text)
	}
	var joined map[string]string
	for id, list := range texts {
		if joined == nil {
			joined = map[string]string{}
		}
		slices.Sort(list)
		joined[id] = strings.Join(slices.Compact(list), "; ")
	}
	return joined
}
