package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"demarc/store"
	"demarc/store/storetest"
)

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if err := openUnlogged(b, b.TempDir()).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWrite reads, changes and writes one noun of the writer's own.
func BenchmarkWrite(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := storetest.Embedded(b, storetest.Ports)
			writeFrom(b, s, clients, func(client int) string { return fmt.Sprint(client) })
		})
	}
}

// BenchmarkWriteContended has 64 writers of one noun.
func BenchmarkWriteContended(b *testing.B) {
	s := storetest.Embedded(b, storetest.Ports)
	writeFrom(b, s, 64, func(int) string { return "one" })
}

func writeFrom(b *testing.B, s *store.Store, clients int, key func(client int) string) {
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	errs := make(chan error, clients)
	for client := range clients {
		go func() {
			for left.Add(-1) >= 0 {
				if err := increment(b, s, key(client)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

func increment(b *testing.B, s *store.Store, key string) error {
	return s.Write(b.Context(), func(tx *store.Tx) error {
		port, _ := storetest.Ports.Get(tx, key)
		port.ID, port.Count = key, port.Count+1
		storetest.Ports.Put(tx, port)
		return nil
	})
}

// filled has n ports, a hundred to a device.
func filled(b *testing.B, n int) *store.Store {
	s := storetest.Embedded(b, storetest.Ports)
	for from := 0; from < n; from += 1000 {
		err := s.Write(b.Context(), func(tx *store.Tx) error {
			for i := from; i < min(from+1000, n); i++ {
				storetest.Ports.Put(tx, storetest.Port{ID: fmt.Sprint(i), Device: fmt.Sprint(i / 100)})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkGet(b *testing.B) {
	s := filled(b, 100_000)
	for b.Loop() {
		if _, ok := storetest.Ports.Get(s.Local(), "50000"); !ok {
			b.Fatal("not there")
		}
	}
}

func BenchmarkBy(b *testing.B) {
	s := filled(b, 100_000)
	for b.Loop() {
		n := 0
		for range storetest.Ports.By(s.Local(), "device", "500") {
			n++
		}
		if n != 100 {
			b.Fatalf("%d ports", n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	s := filled(b, 1)
	b.Run("readers=1", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Read(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("readers=64", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Read(b.Context()); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
