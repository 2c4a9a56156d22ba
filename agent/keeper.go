package agent

import (
	"log/slog"
	"sync"
	"time"

	"demarc/intent"
)

// keepAgain is how often an intent that could not be kept is tried again.
const keepAgain = time.Second

// A keeper keeps the newest intent on disk. When the disk refuses, the node
// goes on with the new intent, says so in its report, and tries again: an order
// that was carried out must not be undone by the next start.
type keeper struct {
	dir     *dataDir
	log     *slog.Logger
	changed func()

	mu      sync.Mutex
	waiting *intent.Node // guarded by mu; nil: all is kept
	trouble error        // guarded by mu; why it waits
}

// keep saves an intent, now or when the disk lets it.
func (k *keeper) keep(n intent.Node) {
	err := k.dir.save(n)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil:
		if k.trouble == nil || k.trouble.Error() != err.Error() {
			k.log.Error("intent was not kept", "version", n.Version, "err", err)
		}
		k.waiting = &n
	case k.waiting != nil:
		k.log.Info("intent is kept again", "version", n.Version)
		k.waiting = nil
	}
	if (k.trouble == nil) != (err == nil) {
		k.changed()
	}
	k.trouble = err
}

// again tries once more what waits.
func (k *keeper) again() {
	k.mu.Lock()
	waiting := k.waiting
	k.mu.Unlock()
	if waiting != nil {
		k.keep(*waiting)
	}
}

// problem is why the newest intent is not on disk; nil if it is.
func (k *keeper) problem() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trouble
}
