package cloudwatch_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"demarc"
	"demarc/api/cloudwatch"
	"demarc/api/regional"
	"demarc/series"
	"demarc/store"
	"demarc/store/storetest"
)

// FuzzRead: whatever comes, in any of the protocols, is answered, and is never
// our own mistake.
func FuzzRead(f *testing.F) {
	const operation = "/service/GraniteServiceVersion20100801/operation/"
	f.Add("application/cbor", operation+"GetMetricData", "\xa1fScanBya\x01")
	f.Add("application/cbor", operation+"ListMetrics", "\xa1iStartTime\xc1\xfb\x41\xd9\x00\x00\x00\x00\x00\x00")
	f.Add("application/x-amz-json-1.0", "/", `{"StartTime": 1e9, "Dimensions": [{"Name": null}]}`)
	f.Add("application/x-www-form-urlencoded", "/", "Action=ListMetrics&Version=2010-08-01&Dimensions.member.1.Name=a")
	f.Add("application/x-www-form-urlencoded", "/", "Action=GetMetricStatistics&Version=2010-08-01&Period=60&MetricName=a&Namespace=AWS%2FDX&Statistics.member.1=Sum")
	service := cloudwatch.New(storetest.Embedded(f, store.Tables()...), &series.Keeper{}, nil)
	f.Fuzz(func(t *testing.T, media, path, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.URL.Path = path
		r.Header.Set("Content-Type", media)
		r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricStatistics")
		q, err := cloudwatch.Read(r, []byte(body))
		var out any
		if err == nil {
			out, err = service.Call(t.Context(), regional.Scope{}, demarc.AccountID("1"), q)
		}
		w := httptest.NewRecorder()
		if err == nil {
			q.Write(w, "1", out)
			return
		}
		e := cloudwatch.ExceptionOf(err)
		if e.Ours {
			t.Errorf("%v is called our mistake", err)
		}
		q.Refuse(w, "1", e)
	})
}
