package cloudwatch_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/api/apitest"
	"demarc/api/cloudwatch"
)

// statistics asks for two periods of five minutes: the minutes from noon on
// have 0, 8 … 72 bits a second more each.
func statistics() *sdk.GetMetricStatisticsInput {
	return &sdk.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/DX"), MetricName: aws.String("ConnectionBpsIngress"), Dimensions: on("dxcon-a"),
		StartTime: minute(0), EndTime: minute(10), Period: aws.Int32(300),
		Statistics: []types.Statistic{"Average", "Sum", "Minimum", "Maximum", "SampleCount"},
	}
}

func TestStatistics(t *testing.T) {
	c := as(t, open(t), "customer")
	in := statistics()
	in.ExtendedStatistics = []string{"p50", "p100"}
	out := apitest.Do(c.t, c.GetMetricStatistics, in)
	want := []types.Datapoint{
		{Timestamp: minute(0), Unit: "Bits/Second", Average: aws.Float64(24), Sum: aws.Float64(120), Minimum: aws.Float64(8), Maximum: aws.Float64(40),
			SampleCount: aws.Float64(5), ExtendedStatistics: map[string]float64{"p50": 24, "p100": 40}},
		{Timestamp: minute(5), Unit: "Bits/Second", Average: aws.Float64(64), Sum: aws.Float64(320), Minimum: aws.Float64(48), Maximum: aws.Float64(80),
			SampleCount: aws.Float64(5), ExtendedStatistics: map[string]float64{"p50": 64, "p100": 80}},
	}
	if diff := cmp.Diff(out.Datapoints, want, cmpopts.IgnoreUnexported(types.Datapoint{})); diff != "" {
		t.Error(diff)
	}
	if *out.Label != *in.MetricName {
		t.Errorf("label %s", *out.Label)
	}
}

func TestStatisticsAreEmptyWhereThereIsNothing(t *testing.T) {
	c := as(t, open(t), "customer")
	for what, change := range map[string]func(*sdk.GetMetricStatisticsInput){
		"another time":        func(in *sdk.GetMetricStatisticsInput) { in.StartTime, in.EndTime = minute(20), minute(30) },
		"another unit":        func(in *sdk.GetMetricStatisticsInput) { in.Unit = types.StandardUnitBytes },
		"another namespace":   func(in *sdk.GetMetricStatisticsInput) { in.Namespace = aws.String("AWS/EC2") },
		"another connection":  func(in *sdk.GetMetricStatisticsInput) { in.Dimensions = on("dxcon-none") },
		"too many dimensions": func(in *sdk.GetMetricStatisticsInput) { in.Dimensions = on("dxcon-a", "dxvif-hosted") },
		"too few":             func(in *sdk.GetMetricStatisticsInput) { in.MetricName = aws.String("VirtualInterfaceBpsIngress") },
		"light has no source": func(in *sdk.GetMetricStatisticsInput) { in.MetricName = aws.String("ConnectionLightLevelRx") },
	} {
		in := statistics()
		change(in)
		if out := apitest.Do(c.t, c.GetMetricStatistics, in); len(out.Datapoints) != 0 {
			t.Errorf("%s: %v", what, out.Datapoints)
		}
	}
}

func TestStatisticsAreRefused(t *testing.T) {
	c := as(t, open(t), "customer")
	for what, test := range map[string]struct {
		change func(*sdk.GetMetricStatisticsInput)
		code   string
	}{
		"half a minute": {func(in *sdk.GetMetricStatisticsInput) { in.Period = aws.Int32(30) }, "InvalidParameterValue"},
		"the end first": {func(in *sdk.GetMetricStatisticsInput) { in.EndTime = minute(-1) }, "InvalidParameterValue"},
		"no statistics": {func(in *sdk.GetMetricStatisticsInput) { in.Statistics = nil }, "InvalidParameterCombination"},
		"trimmed mean":  {func(in *sdk.GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"tm90"} }, "InvalidParameterValue"},
		"p101":          {func(in *sdk.GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p101"} }, "InvalidParameterValue"},
		"Median":        {func(in *sdk.GetMetricStatisticsInput) { in.Statistics = []types.Statistic{"Median"} }, "InvalidParameterValue"},
		"too many": {func(in *sdk.GetMetricStatisticsInput) { in.Period, in.EndTime = aws.Int32(60), minute(1441) },
			"InvalidParameterCombination"},
	} {
		t.Run(what, func(t *testing.T) {
			in := statistics()
			test.change(in)
			apitest.Refused(t, c.GetMetricStatistics, in, test.code)
		})
	}
}

func data(id, name, stat string, period int32, dimensions []types.Dimension) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: aws.String("AWS/DX"), MetricName: &name, Dimensions: dimensions}, Period: &period, Stat: &stat,
	}}
}

func TestData(t *testing.T) {
	c := as(t, open(t), "customer")
	hidden := data("hidden", "ConnectionState", "Average", 60, on("dxcon-a"))
	hidden.ReturnData = aws.Bool(false)
	in := &sdk.GetMetricDataInput{
		StartTime: minute(0), EndTime: minute(10),
		MetricDataQueries: []types.MetricDataQuery{
			data("bits", "ConnectionBpsIngress", "Maximum", 300, on("dxcon-a")),
			hidden,
			data("up", "VirtualInterfaceBgpStatus", "Minimum", 600, on("dxcon-a", "dxvif-hosted")),
			data("share", "VirtualInterfaceUtilizationIngress", "Average", 600, on("dxcon-a", "dxvif-limited")),
			data("policed", "VirtualInterfacePolicedPpsIngress", "p0", 600, on("dxcon-a", "dxvif-limited")),
			data("unlimited", "VirtualInterfaceUtilizationIngress", "Average", 600, on("dxcon-a", "dxvif-hosted")),
		},
	}
	want := map[string][]float64{"bits": {80, 40}, "up": {1}, "share": {44. * 6250 / 50e6 * 100}, "policed": {1}, "unlimited": nil}
	for _, scan := range []types.ScanBy{"", types.ScanByTimestampDescending, types.ScanByTimestampAscending} {
		in.ScanBy = scan
		if scan == types.ScanByTimestampAscending {
			slices.Reverse(want["bits"])
		}
		if diff := cmp.Diff(values(apitest.Do(c.t, c.GetMetricData, in)), want, cmpopts.EquateApprox(1e-6, 0), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", scan, diff)
		}
	}
}

func values(out *sdk.GetMetricDataOutput) map[string][]float64 {
	all := map[string][]float64{}
	for _, r := range out.MetricDataResults {
		all[*r.Id] = append(all[*r.Id], r.Values...)
	}
	return all
}

func TestDataComesInPages(t *testing.T) {
	d := open(t)
	c := as(t, d, "customer")
	in := &sdk.GetMetricDataInput{
		StartTime: minute(0), EndTime: minute(10), MaxDatapoints: aws.Int32(3),
		MetricDataQueries: []types.MetricDataQuery{
			data("a", "ConnectionBpsIngress", "Sum", 120, on("dxcon-a")),
			data("b", "ConnectionState", "Sum", 300, on("dxcon-a")),
		},
	}
	for _, scan := range (types.ScanBy("")).Values() {
		in.ScanBy, in.NextToken = scan, nil
		var all []float64
		pages := 0
		for {
			out := apitest.Do(c.t, c.GetMetricData, in)
			for _, r := range out.MetricDataResults {
				all = append(all, r.Values...)
			}
			pages++
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		slices.Sort(all)
		if diff := cmp.Diff(all, []float64{5, 5, 24, 56, 88, 120, 152}); diff != "" || pages != 3 {
			t.Errorf("%s: %d pages, %s", scan, pages, diff)
		}
	}
	in.NextToken = nil
	token := apitest.Do(c.t, c.GetMetricData, in).NextToken
	in.NextToken = aws.String(*token + "A")
	apitest.Refused(c.t, c.GetMetricData, in, "InvalidNextToken")
	in.NextToken = token
	other := as(t, d, "platform")
	apitest.Refused(other.t, other.GetMetricData, in, "InvalidNextToken")
}

func TestDataIsRefused(t *testing.T) {
	c := as(t, open(t), "customer")
	for what, test := range map[string]struct {
		change func(*types.MetricDataQuery)
		code   string
	}{
		"metric math":     {func(q *types.MetricDataQuery) { q.MetricStat, q.Expression = nil, aws.String("m1*8") }, "UnsupportedOperation"},
		"a label":         {func(q *types.MetricDataQuery) { q.Label = aws.String("${MAX}") }, "UnsupportedOperation"},
		"another account": {func(q *types.MetricDataQuery) { q.AccountId = aws.String("1") }, "UnsupportedOperation"},
		"its id":          {func(q *types.MetricDataQuery) { q.Id = aws.String("Big") }, "InvalidParameterValue"},
		"its statistic":   {func(q *types.MetricDataQuery) { q.MetricStat.Stat = aws.String("IQM") }, "InvalidParameterValue"},
		"its period":      {func(q *types.MetricDataQuery) { q.MetricStat.Period = aws.Int32(1) }, "InvalidParameterValue"},
		"nothing":         {func(q *types.MetricDataQuery) { q.MetricStat = nil }, "InvalidParameterCombination"},
	} {
		t.Run(what, func(t *testing.T) {
			q := data("a", "ConnectionState", "Sum", 60, on("dxcon-a"))
			test.change(&q)
			apitest.Refused(t, c.GetMetricData, &sdk.GetMetricDataInput{
				StartTime: minute(0), EndTime: minute(1), MetricDataQueries: []types.MetricDataQuery{q},
			}, test.code)
		})
	}
	apitest.Refused(c.t, c.PutMetricData, &sdk.PutMetricDataInput{Namespace: aws.String("mine"), MetricData: []types.MetricDatum{}}, "UnsupportedOperation")
}

// TestWhoSeesWhat: the connection's owner sees it and what is on it; the
// interface's owner sees that and the connection's state; others see nothing,
// in a list or by name.
func TestWhoSeesWhat(t *testing.T) {
	d := open(t)
	for profile, want := range map[string][]string{
		"customer": {"7 dxcon-a", "7 dxvif-hosted", "11 dxvif-limited"},
		"platform": {"1 dxcon-a", "7 dxvif-hosted"},
		"partner":  nil,
	} {
		t.Run(profile, func(t *testing.T) {
			c := as(t, d, profile)
			counts := map[string]int{}
			for _, m := range apitest.Do(c.t, c.ListMetrics, &sdk.ListMetricsInput{}).Metrics {
				counts[*m.Dimensions[len(m.Dimensions)-1].Value]++
			}
			var got []string
			for _, id := range slices.Sorted(maps.Keys(counts)) {
				got = append(got, strings.TrimLeft(string(rune('0'+counts[id]/10)), "0")+string(rune('0'+counts[id]%10))+" "+id)
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Error(diff)
			}
			bits := apitest.Do(c.t, c.GetMetricStatistics, statistics())
			if seen := len(bits.Datapoints) > 0; seen != (profile == "customer") {
				t.Errorf("sees the connection's traffic: %v", seen)
			}
		})
	}
}

func TestListFilters(t *testing.T) {
	c := as(t, open(t), "customer")
	for what, test := range map[string]struct {
		in   sdk.ListMetricsInput
		want int
	}{
		"a name":       {sdk.ListMetricsInput{Namespace: aws.String("AWS/DX"), MetricName: aws.String("VirtualInterfaceBgpStatus")}, 2},
		"a dimension":  {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("VirtualInterfaceId")}}}, 18},
		"its value":    {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("VirtualInterfaceId"), Value: aws.String("dxvif-hosted")}}}, 7},
		"elsewhere":    {sdk.ListMetricsInput{Namespace: aws.String("AWS/EC2")}, 0},
		"light levels": {sdk.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("OpticalLaneNumber")}}}, 0},
	} {
		if out := apitest.Do(c.t, c.ListMetrics, &test.in); len(out.Metrics) != test.want {
			t.Errorf("%s: %d", what, len(out.Metrics))
		}
	}
	apitest.Refused(c.t, c.ListMetrics, &sdk.ListMetricsInput{IncludeLinkedAccounts: aws.Bool(true)}, "UnsupportedOperation")
}

// TestOperationsAreTheSDKs keeps the list of what is refused by name whole.
func TestOperationsAreTheSDKs(t *testing.T) {
	client := reflect.TypeFor[*sdk.Client]()
	var want []string
	for i := range client.NumMethod() {
		if m := client.Method(i); m.Type.NumOut() == 2 {
			want = append(want, m.Name)
		}
	}
	if diff := cmp.Diff(cloudwatch.Operations(), want); diff != "" {
		t.Error(diff)
	}
}
