package bfd_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	wire "github.com/osrg/gobgp/v4/pkg/packet/bfd"

	"demarc/bfd"
)

func sample() bfd.Packet {
	return bfd.Packet{
		Diagnostic: bfd.NeighborDown, State: bfd.Init, Poll: true, Multiplier: 3,
		Mine: 0x01020304, Yours: 7, DesiredMinTx: 300 * ms, RequiredMinRx: 50 * ms, RequiredMinEchoRx: ms,
	}
}

func TestPacketsReadAsTheyWereWritten(t *testing.T) {
	for _, p := range []bfd.Packet{
		sample(),
		{State: bfd.AdminDown, Diagnostic: bfd.Administrative, Final: true, Multiplier: 255, Mine: 1},
		{State: bfd.Up, ControlPlaneIndependent: true, Demand: true, Multiplier: 1, Mine: 1, Yours: 7},
	} {
		got, err := bfd.Decode(p.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, p); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
}

// Somebody else's decoder reads the same.
func TestAnotherDecoderAgrees(t *testing.T) {
	var p wire.BFDHeader
	if err := p.UnmarshalBinary(sample().Encode()); err != nil {
		t.Fatal(err)
	}
	want := wire.BFDHeader{
		Version: 1, Diagnostic: 3, State: 2, Poll: true, DetectTimeMultiplier: 3, MyDiscriminator: 0x01020304, YourDiscriminator: 7,
		DesiredMinTxInterval: 300_000, RequiredMinRxInterval: 50_000,
	}
	if p != want {
		t.Errorf("it reads %+v, want %+v", p, want)
	}
}

func TestWhatIsRefused(t *testing.T) {
	up := bfd.Packet{State: bfd.Up, Multiplier: 3, Mine: 8, Yours: 7, DesiredMinTx: 300 * ms, RequiredMinRx: 300 * ms}
	with := func(at int, value byte) []byte {
		b := up.Encode()
		b[at] = value
		return b
	}
	for name, test := range map[string]struct {
		octets []byte
		ttl    int
		why    string
	}{
		"short":           {up.Encode()[:23], 255, "23 octets"},
		"version":         {with(0, 2<<5), 255, "version 2"},
		"authenticated":   {with(1, 0xc4), 255, "authenticated"},
		"length":          {with(3, 25), 255, "25 of 24"},
		"length too low":  {with(3, 23), 255, "23 of 24"},
		"multiplier":      {with(2, 0), 255, "multiplier"},
		"multipoint":      {with(1, 0xc1), 255, "multipoint"},
		"no name":         {with(7, 0), 255, "own discriminator is 0"},
		"another session": {with(11, 9), 255, "discriminator 9 is not ours"},
		"up without us":   {with(11, 0), 255, "says Up without our discriminator"},
		"from afar":       {up.Encode(), 254, "TTL is 254"},
	} {
		w := newWorld(t, provider(), customer())
		if actions := w.ends[0].Receive(w.now, test.octets, test.ttl); len(actions) != 0 {
			t.Errorf("%s: it acts: %v", name, actions)
		}
		st := w.ends[0].Status()
		if st.Refused != 1 || !strings.Contains(st.LastRefusal, test.why) || st.Discriminator != 0 {
			t.Errorf("%s: refused %d for %q, want 1 for %q", name, st.Refused, st.LastRefusal, test.why)
		}
	}
}

// FuzzReceive feeds a session octets. It must not panic, must not act on what
// it refuses, and must be able to write what it can read.
func FuzzReceive(f *testing.F) {
	f.Add(sample().Encode())
	f.Add(bfd.Packet{State: bfd.Up, Multiplier: 3, Mine: 8, Yours: 7}.Encode())
	f.Add([]byte{0x20, 0xc0, 3, 24})
	f.Fuzz(func(t *testing.T, octets []byte) {
		w := up(t, provider(), customer())
		before := w.ends[0].Status().Refused
		actions := w.ends[0].Receive(w.now, octets, bfd.TTL)
		p, err := bfd.Decode(octets)
		if refused := w.ends[0].Status().Refused > before; err != nil && !refused || refused && len(actions) > 0 {
			t.Fatalf("%x (%v): refused %v, actions %v", octets, err, refused, actions)
		}
		if err != nil {
			return
		}
		again, err := bfd.Decode(p.Encode())
		if err != nil || again != p {
			t.Fatalf("%+v reads back as %+v, %v", p, again, err)
		}
	})
}
