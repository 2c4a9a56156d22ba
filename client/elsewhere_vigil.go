package client

import "context"

// SeeAll lists the connections and the private interfaces that the caller sees,
// as they are now.
func (e *Elsewhere) SeeAll(ctx context.Context) (seen Sightings, err error) {
	if seen.Lines, err = e.lines(ctx); err == nil {
		seen.Interfaces, err = e.Interfaces(ctx)
	}
	return seen, err
}

// Of are those of the sightings with one of these tags, and the interfaces on
// such connections that have none.
func (s Sightings) Of(tags []string) (out Sightings) {
	wanted, mine := map[string]bool{}, map[string]bool{}
	for _, tag := range tags {
		wanted[tag] = true
	}
	for _, l := range s.Lines {
		if wanted[l.Tag] {
			out.Lines = append(out.Lines, l)
			mine[l.ID] = true
		}
	}
	for _, v := range s.Interfaces {
		if wanted[v.Tag] || v.Tag == "" && mine[v.Connection] {
			out.Interfaces = append(out.Interfaces, v)
		}
	}
	return out
}
