package store_test

import (
	"testing"

	"demarc/store"
	"demarc/store/storetest"
)

func TestEmbedded(t *testing.T) {
	storetest.Run(t, func(t *testing.T, tables ...store.Registered) (here, there *store.Store) {
		s := storetest.Embedded(t, tables...)
		return s, s
	})
}

func TestCluster(t *testing.T) {
	endpoints := storetest.Cluster(t)
	storetest.Run(t, func(t *testing.T, tables ...store.Registered) (here, there *store.Store) {
		cfg := store.Config{Endpoints: endpoints, Prefix: "/" + t.Name()}
		return storetest.Open(t, cfg, tables...), storetest.Open(t, cfg, tables...)
	})
}
