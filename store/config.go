package store

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"go.etcd.io/etcd/client/pkg/v3/transport"
)

// DefaultPrefix is where the keys of this version's layout begin.
const DefaultPrefix = "/demarc/v1/"

// Config says which etcd to use. Exactly one of Dir and Endpoints decides:
// endpoints, if there are any, else the directory.
type Config struct {
	// Dir holds the embedded etcd: its log, its database and a lock file. It is
	// created if missing. One process at a time can have it open.
	Dir string

	// Endpoints are host:port of the members of an etcd cluster. With
	// endpoints, Dir is not used and nothing is written to the local disk.
	Endpoints []string

	// Prefix begins every key, so that one cluster can serve several sites.
	// Empty means DefaultPrefix; a missing slash at the end is added.
	Prefix string

	// TLS names the files for a cluster that wants TLS. The zero value speaks
	// plain text. The embedded etcd has no socket and does not use it.
	TLS TLS

	// Witness, if there is one, is called in every transaction that writes, when
	// its function is done and before it is committed, and adds to it what
	// follows from what was changed ([Table.Rewrites]). It may be called several
	// times, as the function, and its error is as the function's.
	Witness func(tx *Tx) error

	// Log gets what etcd says at warn and above, and what the copy does when it
	// has to start over. Nil means slog.Default().
	Log *slog.Logger
}

// TLS names PEM files. CA alone checks the cluster's certificate; Cert and Key
// together present ours.
type TLS struct {
	CA, Cert, Key string
}

// Validate names the field at fault.
func (c Config) Validate() error {
	if c.Dir == "" && len(c.Endpoints) == 0 {
		return errors.New("store: either Dir or Endpoints must be set")
	}
	for _, endpoint := range c.Endpoints {
		if strings.TrimSpace(endpoint) == "" {
			return errors.New("store: Endpoints has an empty entry")
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		return errors.New("store: TLS.Cert and TLS.Key must be set together")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	if !strings.HasSuffix(c.Prefix, "/") {
		c.Prefix += "/"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// where is what an operator knows the store by.
func (c Config) where() string {
	if len(c.Endpoints) > 0 {
		return "etcd at " + strings.Join(c.Endpoints, ",")
	}
	return c.Dir
}

// info is nil for plain text.
func (t TLS) info() (*transport.TLSInfo, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	info := &transport.TLSInfo{TrustedCAFile: t.CA, CertFile: t.Cert, KeyFile: t.Key}
	if _, err := info.ClientConfig(); err != nil {
		return nil, fmt.Errorf("read the TLS files: %w", err)
	}
	return info, nil
}
