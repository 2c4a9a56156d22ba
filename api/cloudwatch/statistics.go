package cloudwatch

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// maxDatapoints is how many GetMetricStatistics answers with (AWS: 1,440).
const maxDatapoints = 1440

// getMetricStatistics answers for one metric. Periods are counted from the
// minute that StartTime is in.
func (c call) getMetricStatistics(in *cloudwatch.GetMetricStatisticsInput) (*cloudwatch.GetMetricStatisticsOutput, error) {
	switch {
	case in.Namespace == nil:
		return nil, missing("Namespace")
	case in.MetricName == nil:
		return nil, missing("MetricName")
	case len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0:
		return nil, invalidCombination("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	period, err := periodOf(in.Period, "Period")
	if err != nil {
		return nil, err
	}
	s, err := spanOf(in.StartTime, in.EndTime, time.Minute)
	if err != nil {
		return nil, err
	}
	if n := int64((s.to.Sub(s.from) + period - 1) / period); n > maxDatapoints {
		return nil, invalidCombination("You have requested up to %d datapoints, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxDatapoints)
	}
	asked, err := asksOf(in)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []types.Datapoint{}}
	m, ok := c.find(*in.MetricName, in.Dimensions)
	if !ok || *in.Namespace != Namespace || in.Unit != "" && in.Unit != m.unit {
		return out, nil
	}
	for _, b := range bins(m.points(c.service.series, s), s, period) {
		out.Datapoints = append(out.Datapoints, asked.datapoint(b, m.unit))
	}
	return out, nil
}

// asks are the statistics of a request by name, and which of them are extended.
type asks struct {
	plain, extended map[string]statistic
}

func asksOf(in *cloudwatch.GetMetricStatisticsInput) (asks, error) {
	a := asks{map[string]statistic{}, map[string]statistic{}}
	for _, name := range in.Statistics {
		s, ok := statistics[string(name)]
		if !ok {
			return a, invalidValue("The value %s of the parameter Statistics is not one of Average, Sum, Minimum, Maximum and SampleCount.", name)
		}
		a.plain[string(name)] = s
	}
	for _, name := range in.ExtendedStatistics {
		s, err := percentileOf(name)
		if err != nil {
			return a, err
		}
		a.extended[name] = s
	}
	return a, nil
}

func (a asks) datapoint(b bin, unit types.StandardUnit) types.Datapoint {
	value := func(name string) *float64 {
		if s, asked := a.plain[name]; asked {
			return ref(s(b))
		}
		return nil
	}
	point := types.Datapoint{
		Timestamp: &b.at, Unit: unit,
		Average: value("Average"), Sum: value("Sum"), Minimum: value("Minimum"), Maximum: value("Maximum"), SampleCount: value("SampleCount"),
	}
	for name, s := range a.extended {
		if point.ExtendedStatistics == nil {
			point.ExtendedStatistics = map[string]float64{}
		}
		point.ExtendedStatistics[name] = s(b)
	}
	return point
}
