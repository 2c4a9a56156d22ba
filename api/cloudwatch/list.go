package cloudwatch

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// maxMetrics is how many metrics a page of ListMetrics has (AWS: 500).
const maxMetrics = 500

// listMetrics lists what there are values of.
func (c call) listMetrics(in *cloudwatch.ListMetricsInput) (*cloudwatch.ListMetricsOutput, error) {
	switch {
	case in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts || in.OwningAccount != nil && *in.OwningAccount != string(c.by):
		return nil, unbuilt("Metrics of linked accounts are not built: IncludeLinkedAccounts and OwningAccount.")
	case in.RecentlyActive != "" && in.RecentlyActive != types.RecentlyActivePt3h:
		return nil, invalidValue("The value %s of the parameter RecentlyActive is not PT3H.", in.RecentlyActive)
	}
	after, err := c.open(in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.ListMetricsOutput{Metrics: []types.Metric{}}
	if in.Namespace != nil && *in.Namespace != Namespace {
		return out, nil
	}
	last := ""
	for _, m := range c.visible() {
		if m.key() <= after || !wanted(in, m) || !c.service.series.Has(m.id(), m.measure) {
			continue
		}
		if len(out.Metrics) == maxMetrics {
			out.NextToken = c.close(last)
			break
		}
		out.Metrics, last = append(out.Metrics, m.shape()), m.key()
	}
	return out, nil
}

// wanted reports whether a metric passes the filters: its name, and dimensions
// of which a name alone stands for any value.
func wanted(in *cloudwatch.ListMetricsInput, m metric) bool {
	if in.MetricName != nil && *in.MetricName != m.name {
		return false
	}
	dimensions := m.shape().Dimensions
	return !slices.ContainsFunc(in.Dimensions, func(f types.DimensionFilter) bool {
		return !slices.ContainsFunc(dimensions, func(d types.Dimension) bool {
			return *d.Name == text(f.Name) && (f.Value == nil || *d.Value == *f.Value)
		})
	})
}
