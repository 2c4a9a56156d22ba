package desk

import (
	"demarc"
	"demarc/store"
)

// locked refuses to change what leads to an environment while a cut-over is
// about to change its routes.
func locked(r store.Reader, environment string) error {
	for found := range store.Cutovers.By(r, "environment", environment) {
		if c, ok := store.Cutovers.Get(r, string(found.ID)); ok && c.State.Moving() {
			return demarc.Errorf(demarc.Conflict, "cut-over %s of environment %s is %s, and nothing else is changed meanwhile", c.ID, environment, c.State).
				Coded("E-LOCKED", "Wait for its end: demarc cutover status "+string(c.ID))
		}
	}
	return nil
}
