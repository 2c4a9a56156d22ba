package bgp

import (
	"encoding/hex"
	"fmt"
	"time"
	"unicode/utf8"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// The codes of RFC 4271, section 4.5.
const (
	codeHeader = 1
	codeOpen   = 2
	codeUpdate = 3
	codeHold   = 4
	codeFSM    = 5
	codeCease  = 6
)

// A CeaseSubcode says why a healthy session was ended (RFC 4486, RFC 9384).
type CeaseSubcode uint8

const (
	CeaseMaxPrefixes      CeaseSubcode = 1
	CeaseAdminShutdown    CeaseSubcode = 2
	CeaseDeconfigured     CeaseSubcode = 3
	CeaseAdminReset       CeaseSubcode = 4
	CeaseRejected         CeaseSubcode = 5
	CeaseConfigChange     CeaseSubcode = 6
	CeaseCollision        CeaseSubcode = 7
	CeaseOutOfResources   CeaseSubcode = 8
	CeaseBFDDown          CeaseSubcode = 10
	maxShutdownTextOctets              = 255 // RFC 9003, section 2
)

// A Cease is the reason this end gives for ending a session. Text is carried
// to the peer with subcodes 2 and 4 only (RFC 9003), cut at 255 octets.
type Cease struct {
	Subcode CeaseSubcode
	Text    string
}

// A Sender tells who ended a session.
type Sender string

const (
	SentByNobody Sender = ""       // the connection failed, or nothing happened yet
	SentByUs     Sender = "local"  // this end sent the NOTIFICATION
	SentByPeer   Sender = "remote" // the peer sent it
)

// A Reason says why a session is not, or was last not, established.
type Reason struct {
	Sender        Sender
	Code, Subcode uint8 // of the NOTIFICATION; 0 if there was none
	// Text is the meaning in words, with what the sender added.
	Text string
	At   time.Time
}

// String is the reason as one phrase, fit to be shown to a customer.
func (r Reason) String() string {
	switch r.Sender {
	case SentByUs:
		return fmt.Sprintf("sent %d/%d %s", r.Code, r.Subcode, r.Text)
	case SentByPeer:
		return fmt.Sprintf("received %d/%d %s", r.Code, r.Subcode, r.Text)
	}
	return r.Text
}

// A notice is a NOTIFICATION to send: the error value of the decoders.
type notice struct {
	code, subcode uint8
	data          []byte
	// detail is for our own Reason only; it does not travel.
	detail string
}

func (n *notice) Error() string {
	text := meaning(n.code, n.subcode)
	if n.detail != "" {
		text += ": " + n.detail
	}
	return text
}

func newNotice(code, subcode uint8, data []byte, format string, args ...any) *notice {
	return &notice{code: code, subcode: subcode, data: data, detail: fmt.Sprintf(format, args...)}
}

// notice encodes the cease (RFC 4486, section 4; RFC 9003, section 2).
func (c Cease) notice() *notice {
	n := &notice{code: codeCease, subcode: uint8(c.Subcode), detail: c.Text}
	if c.Text != "" && (c.Subcode == CeaseAdminShutdown || c.Subcode == CeaseAdminReset) {
		text := clip(c.Text, maxShutdownTextOctets)
		n.data = append([]byte{byte(len(text))}, text...)
	}
	return n
}

// clip cuts s to at most n octets without cutting a character in two.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (n *notice) encode() []byte {
	return encode(wire.NewBGPNotificationMessage(n.code, n.subcode, n.data))
}

// readNotification turns a received NOTIFICATION into a Reason. Its body is at
// least two octets, which the framing has checked.
func readNotification(now time.Time, body []byte) Reason {
	r := Reason{Sender: SentByPeer, Code: body[0], Subcode: body[1], At: now}
	r.Text = meaning(r.Code, r.Subcode)
	if data := body[2:]; len(data) > 0 {
		r.Text += ": " + readNoticeData(r.Code, r.Subcode, data)
	}
	return r
}

// readNoticeData shows shutdown text as text (RFC 9003) and the rest as hex.
func readNoticeData(code, subcode uint8, data []byte) string {
	carriesText := code == codeCease && (subcode == uint8(CeaseAdminShutdown) || subcode == uint8(CeaseAdminReset))
	if n := int(data[0]); carriesText && n > 0 && n < len(data) && utf8.Valid(data[1:1+n]) {
		return fmt.Sprintf("%q", data[1:1+n])
	}
	return "data " + hex.EncodeToString(data[:min(len(data), 64)])
}

// meaning is the name of a code and subcode, in the words of the RFC that
// defines it.
func meaning(code, subcode uint8) string {
	name, known := codeNames[code]
	if !known {
		return fmt.Sprintf("unknown error %d/%d", code, subcode)
	}
	if sub, known := subcodeNames[[2]uint8{code, subcode}]; known {
		return name + ", " + sub
	}
	return name
}

var codeNames = map[uint8]string{
	codeHeader: "message header error",
	codeOpen:   "OPEN message error",
	codeUpdate: "UPDATE message error",
	codeHold:   "hold timer expired",
	codeFSM:    "finite state machine error",
	codeCease:  "cease",
	7:          "ROUTE-REFRESH message error",
	8:          "send hold timer expired",
}

// RFC 4271 section 4.5, RFC 4486, RFC 6608, RFC 8538, RFC 9384.
var subcodeNames = map[[2]uint8]string{
	{1, 1}: "connection not synchronized", {1, 2}: "bad message length", {1, 3}: "bad message type",
	{2, 1}: "unsupported version number", {2, 2}: "bad peer AS", {2, 3}: "bad BGP identifier",
	{2, 4}: "unsupported optional parameter", {2, 5}: "authentication failure",
	{2, 6}: "unacceptable hold time", {2, 7}: "unsupported capability", {2, 11}: "role mismatch",
	{3, 1}: "malformed attribute list", {3, 2}: "unrecognized well-known attribute",
	{3, 3}: "missing well-known attribute", {3, 4}: "attribute flags error",
	{3, 5}: "attribute length error", {3, 6}: "invalid ORIGIN attribute",
	{3, 8}: "invalid NEXT_HOP attribute", {3, 9}: "optional attribute error",
	{3, 10}: "invalid network field", {3, 11}: "malformed AS_PATH",
	{5, 1}: "unexpected message in OpenSent", {5, 2}: "unexpected message in OpenConfirm",
	{5, 3}: "unexpected message in Established",
	{6, 1}: "maximum number of prefixes reached", {6, 2}: "administrative shutdown",
	{6, 3}: "peer de-configured", {6, 4}: "administrative reset", {6, 5}: "connection rejected",
	{6, 6}: "other configuration change", {6, 7}: "connection collision resolution",
	{6, 8}: "out of resources", {6, 9}: "hard reset", {6, 10}: "BFD down",
}
