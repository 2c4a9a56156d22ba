package awsquery_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc/api/awsquery"
)

// An Order has one member of each sort that EC2's inputs and outputs have.
type Order struct {
	Name    *string
	Count   *int32
	Urgent  *bool
	Since   *time.Time
	Seal    []byte
	Filters []Filter
	Inner   *Filter
}

type Filter struct {
	Name   *string
	Values []string
}

var names = awsquery.Names{
	Input:  map[string]map[string]string{"Order": {"Filters": "Filter"}, "Filter": {"Values": "Value"}},
	Output: map[string]map[string]string{"Order": {"Filters": "filterSet"}},
}

func ref[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	form, err := url.ParseQuery("Action=Buy&Version=1&Name=&Count=3&Urgent=true&Since=2026-01-02T03:04:05Z&Seal=aGk%3D" +
		"&Filter.2.Name=b&Filter.1.Name=a&Filter.1.Value.1=x&Filter.1.Value.2=y&Inner.Value.10=last&Inner.Value.9=first")
	if err != nil {
		t.Fatal(err)
	}
	var got Order
	if err := awsquery.Decode(form, &got, names); err != nil {
		t.Fatal(err)
	}
	want := Order{
		Name: ref(""), Count: ref(int32(3)), Urgent: ref(true), Since: ref(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), Seal: []byte("hi"),
		Filters: []Filter{{Name: ref("a"), Values: []string{"x", "y"}}, {Name: ref("b")}},
		Inner:   &Filter{Values: []string{"first", "last"}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for query, code := range map[string]string{
		"Colour=red":                          "UnknownParameter",
		"Filter.1.Colour=red":                 "UnknownParameter",
		"Filter.first.Name=a":                 "UnknownParameter",
		"Filter.-1.Name=a":                    "UnknownParameter",
		"Name.1=a":                            "UnknownParameter",
		"Inner=a":                             "UnknownParameter",
		"Filter=a":                            "InvalidParameterValue",
		"Count=three":                         "InvalidParameterValue",
		"Count=99999999999":                   "InvalidParameterValue",
		"Urgent=yes":                          "InvalidParameterValue",
		"Since=yesterday":                     "InvalidParameterValue",
		"Seal=%21":                            "InvalidParameterValue",
		"A.B.C.D.E.F.G.H.I.J.K.L.M.N.O.P.Q=1": "UnknownParameter",
	} {
		form, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		err = awsquery.Decode(form, new(Order), names)
		if e, ok := errors.AsType[*awsquery.Error](err); !ok || e.Code != code {
			t.Errorf("%s: got %v, want %s", query, err, code)
		}
	}
}

func TestEncode(t *testing.T) {
	out := Order{
		Name: ref("a <b>"), Urgent: ref(false), Since: ref(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), Seal: []byte("hi"),
		Filters: []Filter{{Name: ref(""), Values: []string{"x", "y"}}, {Values: []string{}}},
	}
	got := string(awsquery.Encode("urn:shop", "Buy", "req-1", &out, names))
	want := `<BuyResponse xmlns="urn:shop"><requestId>req-1</requestId><name>a &lt;b&gt;</name><urgent>false</urgent>` +
		`<since>2026-01-02T03:04:05.000Z</since><seal>aGk=</seal><filterSet><item><name></name><values><item>x</item><item>y</item></values></item>` +
		`<item><values></values></item></filterSet></BuyResponse>`
	if _, body, _ := strings.Cut(got, "?>\n"); strings.TrimSpace(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("Filter.1.Value.1=x&Count=3")
	f.Add("Filter..1=&Inner.Value=&.=")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		var in Order
		if err := awsquery.Decode(form, &in, names); err != nil {
			if _, ok := errors.AsType[*awsquery.Error](err); !ok {
				t.Errorf("%q: %v is no refusal", query, err)
			}
			return
		}
		awsquery.Encode("urn:shop", "Buy", "req-1", &in, names)
	})
}
