package facility

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Millimetres on a sheet of A4.
const (
	margin     = 22.0
	labelWidth = 52.0
	lineHeight = 7.0
)

// PDF prints the letter on one page of A4. Equal letters give equal bytes.
//
// It is set in a built-in font, which has the letters of western Europe; any
// other letter in a name is printed as a dot.
func (l Letter) PDF() ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCreationDate(l.Issued)
	pdf.SetModificationDate(l.Issued)
	pdf.SetCatalogSort(true)
	pdf.SetTitle("LOA-CFA "+string(l.Connection), true)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, margin)
	pdf.AddPage()
	p := page{pdf, pdf.UnicodeTranslatorFromDescriptor("")}
	p.head(l)
	for _, section := range l.sections() {
		p.section(section)
	}
	p.foot(l)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("print the letter of authority for %s: %w", l.Connection, err)
	}
	return out.Bytes(), nil
}

type row struct{ label, value string }

type section struct {
	title string
	rows  []row
}

func (l Letter) sections() []section {
	requester := []row{{"Requester", l.Requester}}
	if l.Provider != "" {
		requester = append(requester, row{"Service provider", l.Provider})
	}
	return []section{
		{"Issued to", requester},
		{"Connection", []row{
			{"Connection ID", string(l.Connection)},
			{"Connection name", l.Name},
			{"Bandwidth", l.Bandwidth.String()},
			{"Optic", l.Optic + ", single-mode fibre, duplex LC"},
		}},
		{"Connecting facility assignment", []row{
			{"Location", fmt.Sprintf("%s, %s", l.Location, l.LocationName)},
			{"Device", string(l.Device)},
			{"Rack", l.Rack},
			{"Patch panel", l.Panel},
			{"Panel port", l.PanelPort},
			{"Device port", l.Port},
		}},
		{"Authority", []row{
			{"Issue date", l.Issued.UTC().Format(time.DateOnly)},
			{"Valid until", l.ValidUntil.UTC().Format(time.DateOnly)},
		}},
	}
}

// A page writes from the top down.
type page struct {
	*fpdf.Fpdf
	text func(string) string
}

func (p page) head(l Letter) {
	p.SetFont("Helvetica", "B", 17)
	p.CellFormat(0, 9, "Letter of Authority", "", 1, "L", false, 0, "")
	p.SetFont("Helvetica", "", 12)
	p.CellFormat(0, 7, "and Connecting Facility Assignment (LOA-CFA)", "", 1, "L", false, 0, "")
	p.Ln(5)
	p.SetFont("Helvetica", "", 10)
	p.MultiCell(0, 5, p.text(fmt.Sprintf(
		"To the operator of %s: the holder of this letter may have a cross-connect "+
			"installed from its own or its provider's cage to the port named below, and to no other.", l.LocationName)), "", "L", false)
}

func (p page) section(s section) {
	p.Ln(5)
	p.SetFont("Helvetica", "B", 11)
	p.CellFormat(0, lineHeight, s.title, "B", 1, "L", false, 0, "")
	p.Ln(1)
	for _, r := range s.rows {
		p.SetFont("Helvetica", "", 10)
		p.CellFormat(labelWidth, lineHeight, r.label, "", 0, "L", false, 0, "")
		p.SetFont("Helvetica", "B", 10)
		p.CellFormat(0, lineHeight, p.fit(r.value), "", 1, "L", false, 0, "")
	}
}

// fit cuts a value that would run off the paper: a name may have 100
// characters, and the id beside it says which connection is meant.
func (p page) fit(value string) string {
	width, _ := p.GetPageSize()
	room := width - 2*margin - labelWidth - 2*p.GetCellMargin()
	runes := []rune(value)
	for n := len(runes); n > 0; n-- {
		s := p.text(string(runes[:n]))
		if n < len(runes) {
			s += "..."
		}
		if p.GetStringWidth(s) <= room {
			return s
		}
	}
	return ""
}

func (p page) foot(l Letter) {
	p.Ln(8)
	p.SetFont("Helvetica", "", 9)
	p.MultiCell(0, 4.5, p.text(fmt.Sprintf(
		"The authority lapses if the cross-connect is not finished by %s. Downloading the letter "+
			"again renews it. Auto-negotiation is off above 1 Gbps. If no light is received after "+
			"patching, swap the two strands before anything else.", l.ValidUntil.UTC().Format(time.DateOnly))), "", "L", false)
}
