package intent

import "demarc"

// A Memory is of the interfaces of a device that was compiled before: what comes
// from the same is the same line, and neither compiled nor compared again, of a
// thousand with which nothing has happened. The zero value remembers nothing. It
// belongs to one goroutine.
type Memory struct {
	lines map[*demarc.VirtualInterface]remembered
}

// A remembered line is what an interface was compiled to, and what else it was
// compiled from. Nouns are never changed, and so a pointer stands for what one
// says.
type remembered struct {
	on      carriage
	noSplit bool
	line    *VIF
}

// A recollection is a memory while a device is compiled.
type recollection struct {
	before, now map[*demarc.VirtualInterface]remembered
}

// begin forgets whatever is not asked for until the next time, of about so many.
// A nil memory keeps nothing.
func (m *Memory) begin(size int) recollection {
	r := recollection{now: make(map[*demarc.VirtualInterface]remembered, size)}
	if m != nil {
		r.before, m.lines = m.lines, r.now
	}
	return r
}

func (r recollection) compiled(vif *demarc.VirtualInterface, on carriage, noSplit bool) *VIF {
	is := r.before[vif]
	if is.line == nil || is.on != on || is.noSplit != noSplit {
		line := compileVIF(on, vif)
		line.NoSplit = noSplit
		is = remembered{on, noSplit, &line}
	}
	r.now[vif] = is
	return is.line
}
