package facility_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"demarc"
	"demarc/facility"
)

// read extracts what a reader of the PDF sees, by poppler.
func read(t *testing.T, pdf []byte) (text, info string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "loa.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	shown, err := exec.Command("pdftotext", "-layout", file, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext: %v: %s", err, shown)
	}
	about, err := exec.Command("pdfinfo", file).CombinedOutput()
	if err != nil {
		t.Fatalf("pdfinfo: %v: %s", err, about)
	}
	return string(shown), string(about)
}

func TestLetter(t *testing.T) {
	st := open(t)
	c := order(t, st, "dxcon-f0000001", acme)
	c.ProviderName = "Named In The Order"
	for provider, printed := range map[string]string{"": "Named In The Order", "Faser AG": "Faser AG"} {
		letter, err := facility.Write(st.Local(), c, provider, noon)
		if err != nil {
			t.Fatal(err)
		}
		pdf, err := letter.PDF()
		if err != nil {
			t.Fatal(err)
		}
		text, info := read(t, pdf)
		for _, want := range [][2]string{
			{"Requester", "Acme Größe & Söhne"}, {"Service provider", printed},
			{"Connection ID", "dxcon-f0000001"}, {"Connection name", "to the cloud"},
			{"Bandwidth", "1Gbps"}, {"Optic", "1000BASE-LX"},
			{"Location", "LIS1, Lisbon One"}, {"Device", "lis1-d1"}, {"Rack", "R7 lis1-d1"},
			{"Patch panel", "PP-lis1-d1"}, {"Panel port", "p1-back"}, {"Device port", "p1"},
			{"Issue date", "2026-03-01"}, {"Valid until", "2026-05-30"},
		} {
			if !hasRow(text, want[0], want[1]) {
				t.Errorf("no row %q with %q in:\n%s", want[0], want[1], text)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(info), " "), "Pages: 1 ") {
			t.Errorf("not one page:\n%s", info)
		}
		if again, err := letter.PDF(); err != nil || !bytes.Equal(again, pdf) {
			t.Errorf("equal letters differ (%v)", err)
		}
	}
}

func hasRow(text, label, value string) bool {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), label); ok && strings.HasPrefix(strings.TrimSpace(rest), value) {
			return true
		}
	}
	return false
}

// Whatever the names are, it stays one page and the id stays readable.
func TestLetterOfLongNames(t *testing.T) {
	long := strings.Repeat("Wörter ", 40)
	letter := facility.Letter{Connection: "dxcon-f0000001", Name: long, Requester: long, Provider: long, LocationName: long, Rack: long, Panel: long, Bandwidth: demarc.Gbps, Issued: noon, ValidUntil: noon.Add(demarc.LOAValidity)}
	pdf, err := letter.PDF()
	if err != nil {
		t.Fatal(err)
	}
	text, info := read(t, pdf)
	if !hasRow(text, "Connection ID", "dxcon-f0000001") || !hasRow(text, "Valid until", "2026-05-30") || !strings.Contains(text, "...") {
		t.Errorf("something is lost in:\n%s", text)
	}
	if !strings.Contains(strings.Join(strings.Fields(info), " "), "Pages: 1 ") {
		t.Errorf("not one page:\n%s", info)
	}
}

func TestOptic(t *testing.T) {
	for speed, want := range map[demarc.Bandwidth]string{
		demarc.Gbps: "1000BASE-LX true", 10 * demarc.Gbps: "10GBASE-LR true",
		100 * demarc.Gbps: "100GBASE-LR4 true", 400 * demarc.Gbps: "400GBASE-LR4 true", 2 * demarc.Gbps: " false",
	} {
		name, ok := facility.Optic(speed)
		if got := fmt.Sprint(name, " ", ok); got != want {
			t.Errorf("%s: got %q, want %q", speed, got, want)
		}
	}
}
