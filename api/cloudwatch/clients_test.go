package cloudwatch_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"demarc/api/apitest"
	"demarc/api/sigv4"
)

// cli is one call of Debian's AWS CLI, which speaks AWS Query; refusal has what
// it wrote if it failed.
func cli(t *testing.T, d *apitest.Door, args ...string) (answer map[string]any, refusal string) {
	t.Helper()
	out, err := d.CLI(t, "customer", append([]string{"--output", "json", "cloudwatch"}, args...)...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, string(failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return answer, ""
}

func TestTheCommandLine(t *testing.T) {
	d := open(t)
	listed, refusal := cli(t, d, "list-metrics", "--namespace", "AWS/DX", "--dimensions", "Name=VirtualInterfaceId,Value=dxvif-hosted")
	if metrics, _ := listed["Metrics"].([]any); refusal != "" || len(metrics) != 7 {
		t.Errorf("listed %v %s", listed, refusal)
	}
	ask := []string{
		"get-metric-statistics", "--namespace", "AWS/DX", "--metric-name", "ConnectionBpsIngress", "--dimensions", "Name=ConnectionId,Value=dxcon-a",
		"--start-time", "2026-03-01T12:00:00Z", "--end-time", "2026-03-01T12:10:00Z", "--statistics", "Average", "Maximum", "--extended-statistics", "p100",
	}
	found, refusal := cli(t, d, append(ask, "--period", "600")...)
	points, _ := found["Datapoints"].([]any)
	if refusal != "" || len(points) != 1 {
		t.Fatalf("found %v %s", found, refusal)
	}
	point := points[0].(map[string]any)
	if point["Average"] != 44.0 || point["Maximum"] != 80.0 || point["Unit"] != "Bits/Second" ||
		point["ExtendedStatistics"].(map[string]any)["p100"] != 80.0 || point["Timestamp"] != "2026-03-01T12:00:00+00:00" {
		t.Errorf("a point is %v", point)
	}
	if _, refusal := cli(t, d, append(ask, "--period", "10")...); !strings.Contains(refusal, "(InvalidParameterValue)") || !strings.Contains(refusal, "multiple of 60") {
		t.Errorf("refused with %s", refusal)
	}
	if _, refusal := cli(t, d, "describe-alarms"); !strings.Contains(refusal, "(UnsupportedOperation)") || !strings.Contains(refusal, "DescribeAlarms") {
		t.Errorf("refused with %s", refusal)
	}
}

const script = `
import json, sys
import boto3
client = boto3.client("cloudwatch", endpoint_url=sys.argv[1])
def query(id, name, stat, **vif):
    dims = [{"Name": k, "Value": v} for k, v in {"ConnectionId": "dxcon-a", **vif}.items()]
    return {"Id": id, "MetricStat": {"Metric": {"Namespace": "AWS/DX", "MetricName": name, "Dimensions": dims}, "Period": 300, "Stat": stat}}
pages = client.get_paginator("get_metric_data").paginate(
    MetricDataQueries=[query("a", "ConnectionBpsIngress", "Sum"), query("b", "VirtualInterfaceBgpStatus", "Minimum", VirtualInterfaceId="dxvif-hosted")],
    StartTime="2026-03-01T12:00:00Z", EndTime="2026-03-01T12:10:00Z", ScanBy="TimestampAscending", MaxDatapoints=3)
values = [[r["Id"], r["StatusCode"], r["Values"]] for p in pages for r in p["MetricDataResults"]]
names = sorted({m["MetricName"] for p in client.get_paginator("list_metrics").paginate() for m in p["Metrics"]})
try:
    client.get_metric_data(MetricDataQueries=[{"Id": "a", "Expression": "1 < 2"}], StartTime=0, EndTime=1)
except client.exceptions.ClientError as e:
    refusal = e.response["Error"]["Code"]
print(json.dumps([values, len(names), refusal]))
`

func TestBoto3(t *testing.T) {
	d := open(t)
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script, d.URL)
	cmd.Env = d.Environ("customer")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	want := `[[["a", "Complete", [120.0, 320.0]], ["b", "PartialData", [1.0]], ["b", "Complete", [1.0]]], 18, "UnsupportedOperation"]`
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestJSON: AWS JSON 1.0, for clients that were made for it.
func TestJSON(t *testing.T) {
	d := open(t)
	for body, want := range map[string]string{
		`{"Namespace":"AWS/DX","MetricName":"ConnectionState","Dimensions":[{"Name":"ConnectionId","Value":"dxcon-a"}],
		  "StartTime":1772366400,"EndTime":1772367000.0,"Period":600,"Statistics":["Sum"]}`: `{"Datapoints":[{"Sum":10,"Timestamp":1772366400,"Unit":"None"}],"Label":"ConnectionState"}`,
		`{"Namespace":7}`: `"__type":"com.amazonaws.cloudwatch#SerializationException"`,
		`{"Namespace":`:   `"__type":"com.amazonaws.cloudwatch#SerializationException"`,
		``:                `"__type":"com.amazonaws.cloudwatch#MissingRequiredParameterException"`,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricStatistics")
		key := d.Key(t, "customer")
		credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal()}
		if err := sigv4.Sign(r, []byte(body), credentials, string(d.Site.Region), "monitoring", time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, answer := apitest.Send(t, r); !strings.Contains(answer, want) {
			t.Errorf("%s: got %s, want %s", body, answer, want)
		}
	}
}
