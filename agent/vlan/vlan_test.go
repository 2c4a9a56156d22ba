package vlan_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/agent/linux"
	"demarc/agent/vlan"
)

func TestPingIsTaggedOnTheCableAndNothingElseIsThere(t *testing.T) {
	s := newSite(t)
	_, customer := s.line(t, 101)
	cable := newTap(t, s.edge, "port")
	ping(t, customer, 5)
	run(t, customer, "ping", "-c1", "-W2", "-Mdo", "-s1472", "169.254.0.1")
	frames := cable.waiting()
	if len(frames) < 12 {
		t.Errorf("saw %d frames on the cable, want at least 12", len(frames))
	}
	for _, f := range frames {
		if f.tag != 101 {
			t.Errorf("a frame with tag %d on the cable: % x", f.tag, f.data)
		}
	}
}

func TestCountersCountTheLine(t *testing.T) {
	s := newSite(t)
	_, customer := s.line(t, 101)
	ping(t, customer, 1) // neighbours are known from here on
	key := vlan.Key{Port: "port", VLAN: 101}
	before := reading(t, s.provider).VIFs[key]
	ping(t, customer, 10)
	after := reading(t, s.provider).VIFs[key]
	const frameLen = 14 + 4 + 20 + 8 + 56
	want := vlan.VIFCounters{RxPackets: 10, RxBytes: 10 * frameLen, TxPackets: 10, TxBytes: 10 * frameLen}
	got := vlan.VIFCounters{
		RxPackets: after.RxPackets - before.RxPackets, RxBytes: after.RxBytes - before.RxBytes,
		TxPackets: after.TxPackets - before.TxPackets, TxBytes: after.TxBytes - before.TxBytes,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ten pings count as (-want +got):\n%s", diff)
	}
}

func TestSameAddressesOnOnePortDoNotMix(t *testing.T) {
	s := newSite(t)
	provider1, customer1 := s.line(t, 101)
	provider2, customer2 := s.line(t, 102)
	ping(t, customer1, 3)
	if link, _, err := linux.LinkState(provider2, "vif"); err != nil || link.RxPackets != 0 {
		t.Errorf("tag 102 got %d frames of tag 101 (%v)", link.RxPackets, err)
	}
	ping(t, customer2, 3)
	must(t, linux.SetLink(provider1, "vif", false))
	ping(t, customer2, 3)
	if out, err := try(customer1, "ping", "-c1", "-W1", "169.254.0.1"); err == nil {
		t.Errorf("tag 101 is answered though its VIF is down:\n%s", out)
	}
}

func TestRefusedFramesAreDroppedAndNamed(t *testing.T) {
	const tag, serviceTag = 0x8100, 0x88a8
	for _, test := range []struct {
		name   string
		frame  []byte
		reason vlan.Reason
		outer  uint16
	}{
		{"no tag", frame(), vlan.Untagged, 0},
		{"foreign tag", frame([2]uint16{tag, 202}), vlan.UnknownVLAN, 202},
		{"priority tag", frame([2]uint16{tag, 0}), vlan.UnknownVLAN, 0},
		{"QinQ under our tag", frame([2]uint16{tag, 101}, [2]uint16{tag, 101}), vlan.DoubleTagged, 101},
		{"service tag alone", frame([2]uint16{serviceTag, 101}), vlan.DoubleTagged, 101},
		{"service tag under our tag", frame([2]uint16{tag, 101}, [2]uint16{serviceTag, 7}), vlan.DoubleTagged, 101},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			provider, _ := s.line(t, 101)
			newTap(t, s.router, "eth0").send(test.frame)
			eventually(t, "the frame is counted", func() bool {
				return reading(t, s.provider).Ports["port"].Refused[test.reason] == 1
			})
			want := vlan.PortCounters{
				Refused: map[vlan.Reason]uint64{vlan.Untagged: 0, vlan.UnknownVLAN: 0, vlan.DoubleTagged: 0, vlan.TaggedByVIF: 0},
				Strangers: []vlan.Stranger{{
					Reason: test.reason, VLAN: test.outer, Packets: 1,
				}},
			}
			want.Refused[test.reason] = 1
			got := reading(t, s.provider).Ports["port"]
			ignore := cmpopts.IgnoreFields(vlan.Stranger{}, "Last", "ARP", "Sender", "Target")
			if diff := cmp.Diff(want, got, ignore); diff != "" {
				t.Errorf("port counters (-want +got):\n%s", diff)
			}
			if age := time.Since(got.Strangers[0].Last); age < 0 || age > time.Minute {
				t.Errorf("last seen %v ago", age)
			}
			if link, _, _ := linux.LinkState(provider, "vif"); link.RxPackets != 0 {
				t.Errorf("the VIF got %d frames", link.RxPackets)
			}
		})
	}
}

// A router with the wrong tag asks for our address under it: that names the fault.
func TestStrangersSayWhoTheyAskFor(t *testing.T) {
	s := newSite(t)
	wire := newTap(t, s.router, "eth0")
	wire.send(frame([2]uint16{0x8100, 300}))
	for range 3 {
		wire.send(frame([2]uint16{0x8100, 202}))
	}
	var got []vlan.Stranger
	eventually(t, "four frames are counted", func() bool {
		port := reading(t, s.provider).Ports["port"]
		got = port.Strangers
		return port.Refused[vlan.UnknownVLAN] == 4
	})
	asks := vlan.Stranger{Reason: vlan.UnknownVLAN, Sender: netip.MustParseAddr("169.254.0.2"), Target: netip.MustParseAddr("169.254.0.1")}
	often, once := asks, asks
	often.VLAN, often.Packets, often.ARP = 202, 3, 3
	once.VLAN, once.Packets, once.ARP = 300, 1, 1
	opts := cmp.Options{cmpopts.IgnoreFields(vlan.Stranger{}, "Last"), cmpopts.EquateComparable(netip.Addr{})}
	if diff := cmp.Diff([]vlan.Stranger{often, once}, got, opts); diff != "" {
		t.Errorf("strangers (-want +got):\n%s", diff)
	}
}

func TestVIFCannotSendTagsOfItsOwn(t *testing.T) {
	s := newSite(t)
	provider, _ := s.line(t, 101)
	cable := newTap(t, s.edge, "port")
	inside := newTap(t, provider, "vif")
	inside.send(frame([2]uint16{0x8100, 102}))
	inside.send(frame([2]uint16{0x88a8, 102}))
	eventually(t, "both frames are counted", func() bool {
		return reading(t, s.provider).Ports["port"].Refused[vlan.TaggedByVIF] == 2
	})
	if frames := cable.waiting(); len(frames) != 0 {
		t.Errorf("%d frames reached the cable: %v", len(frames), frames)
	}
}

func TestVLANNumbers(t *testing.T) {
	s := newSite(t)
	s.line(t, 4094)
	for _, tag := range []uint16{0, 4095, 4096 + 101} {
		if err := s.provider.EnsureVIF(vlan.VIF{Port: "port", VLAN: tag, Link: "vi4094"}); err == nil {
			t.Errorf("took VLAN %d", tag)
		}
	}
}

func TestEveryTagFitsOnePort(t *testing.T) {
	s := newSite(t)
	s.line(t, 101)
	wire := newTap(t, s.router, "eth0")
	for tag := range uint16(4096) {
		wire.send(frame([2]uint16{0x8100, tag}))
	}
	eventually(t, "all but the VIF's tag are refused", func() bool {
		return reading(t, s.provider).Ports["port"].Refused[vlan.UnknownVLAN] == 4095
	})
	if got := reading(t, s.provider).VIFs[vlan.Key{Port: "port", VLAN: 101}].RxPackets; got != 1 {
		t.Errorf("the VIF counts %d frames, want 1", got)
	}
}

func TestShaperOnTheVIFHoldsItsRate(t *testing.T) {
	const rate = 50_000_000
	s := newSite(t)
	provider, customer := s.line(t, 101)
	must(t, linux.EnsureTBF(s.edge, "vi101", rate))
	ping(t, customer, 1)
	var conn net.Conn
	must(t, customer.Do(func() (err error) {
		conn, err = net.Dial("udp", "169.254.0.1:9")
		return err
	}))
	defer conn.Close()
	got, payload := 0.0, make([]byte, 1000)
	for end := time.Now().Add(patience); got < 0.8*rate && time.Now().Before(end); { // never more; less only while somebody else uses the machine
		before, _, err := linux.LinkState(provider, "vif")
		must(t, err)
		start := time.Now()
		for time.Since(start) < 700*time.Millisecond {
			conn.Write(payload) // a full queue or a refused port is no concern here
		}
		elapsed := time.Since(start)
		after, _, err := linux.LinkState(provider, "vif")
		must(t, err)
		got = float64(after.RxBytes-before.RxBytes) * 8 / elapsed.Seconds()
	}
	if got < 0.8*rate || got > 1.2*rate {
		t.Errorf("%.1f Mbit/s went through a limit of 50", got/1e6)
	}
}

func TestTCPKeepsItsBytes(t *testing.T) {
	const size = 20_000_000
	s := newSite(t)
	provider, customer := s.line(t, 101)
	received := make(chan string, 1)
	var listener net.Listener
	must(t, provider.Do(func() (err error) {
		listener, err = net.Listen("tcp4", "169.254.0.1:7000")
		return err
	}))
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			received <- err.Error()
			return
		}
		defer conn.Close()
		total, buffer := 0, make([]byte, 1<<16)
		for total < size {
			n, err := conn.Read(buffer)
			if total += n; err != nil {
				break
			}
		}
		received <- fmt.Sprint(total)
	}()
	var conn net.Conn
	must(t, customer.Do(func() (err error) {
		conn, err = net.Dial("tcp4", "169.254.0.1:7000")
		return err
	}))
	defer conn.Close()
	_, err := conn.Write(make([]byte, size))
	must(t, err)
	if got := <-received; got != fmt.Sprint(size) {
		t.Errorf("received %s, want %d bytes", got, size)
	}
	counted := reading(t, s.provider).VIFs[vlan.Key{Port: "port", VLAN: 101}]
	// Each 1448 bytes of data travel in 1518; a few segments may travel twice.
	if frame := float64(counted.RxBytes) / float64(counted.RxPackets); frame < 1480 || frame > 1518 {
		t.Errorf("counted %.0f bytes a frame, want nearly 1518", frame)
	}
	if least := uint64(size / 1448 * 1518); counted.RxBytes < least || counted.RxBytes > 2*least {
		t.Errorf("counted %d bytes on the line, want %d or somewhat more", counted.RxBytes, least)
	}
}
