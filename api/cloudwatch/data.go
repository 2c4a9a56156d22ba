package cloudwatch

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// What one GetMetricData may ask for and is answered with (AWS's limits).
const (
	maxQueries = 500
	maxValues  = 100_800
)

// A query is one row of a GetMetricData, judged.
type query struct {
	id, label string
	period    time.Duration
	span      span
	statistic statistic
	metric    metric
	found     bool // there is such a metric, for this account and in this unit
	shown     bool
}

// getMetricData answers for many metrics. Periods begin at their multiples.
func (c call) getMetricData(in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	queries, err := c.judge(in)
	if err != nil {
		return nil, err
	}
	limit := maxValues
	if in.MaxDatapoints != nil {
		limit = int(*in.MaxDatapoints)
	}
	if limit < 1 || limit > maxValues {
		return nil, invalidValue("The value %d of the parameter MaxDatapoints is not from 1 to %d.", limit, maxValues)
	}
	if in.ScanBy != "" && !slices.Contains(in.ScanBy.Values(), in.ScanBy) {
		return nil, invalidValue("The value %s of the parameter ScanBy is not TimestampDescending or TimestampAscending.", in.ScanBy)
	}
	from, err := c.placeOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	if from.query >= len(queries) {
		return nil, &refusal{codeToken, "NextToken is of another request."}
	}
	return c.fill(queries, in.ScanBy == types.ScanByTimestampAscending, from, limit), nil
}

// A place is where a page ended: in which query, and after which period of it;
// zero if none of it was answered.
type place struct {
	query int
	after int64 // Unix time
}

func (c call) placeOf(token *string) (p place, err error) {
	last, err := c.open(token)
	if err != nil || last == "" {
		return p, err
	}
	_, err = fmt.Sscanf(last, "%d %d", &p.query, &p.after)
	return p, err
}

// fill answers the queries from a place on, with at most so many values.
func (c call) fill(queries []query, ascending bool, from place, limit int) *cloudwatch.GetMetricDataOutput {
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []types.MetricDataResult{}, Messages: []types.MessageData{}}
	for i, q := range queries[from.query:] {
		if !q.shown {
			continue
		}
		result := types.MetricDataResult{
			Id: ref(q.id), Label: ref(q.label), StatusCode: types.StatusCodeComplete, Timestamps: []time.Time{}, Values: []float64{},
		}
		for _, b := range c.left(q, ascending, i == 0, from.after) {
			if limit == 0 {
				after := int64(0)
				if n := len(result.Timestamps); n > 0 {
					after = result.Timestamps[n-1].Unix()
				} else if i == 0 {
					after = from.after
				}
				if len(result.Values) > 0 {
					result.StatusCode = types.StatusCodePartialData
					out.MetricDataResults = append(out.MetricDataResults, result)
				}
				out.NextToken = c.close(fmt.Sprintf("%d %d", from.query+i, after))
				return out
			}
			result.Timestamps = append(result.Timestamps, b.at)
			result.Values = append(result.Values, q.statistic(b))
			limit--
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out
}

// left are the bins of a query in the order asked for. Of the query that a page
// ended in, those after its end.
func (c call) left(q query, ascending, resumed bool, after int64) []bin {
	if !q.found {
		return nil
	}
	all := bins(q.metric.points(c.service.series, q.span), q.span, q.period)
	if !ascending {
		slices.Reverse(all)
	}
	if !resumed || after == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(b bin) bool {
		if ascending {
			return b.at.Unix() <= after
		}
		return b.at.Unix() >= after
	})
}

var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)

// judge refuses what is wrong with any of the queries.
func (c call) judge(in *cloudwatch.GetMetricDataInput) ([]query, error) {
	if n := len(in.MetricDataQueries); n == 0 || n > maxQueries {
		return nil, invalidValue("MetricDataQueries has %d elements; it may have 1 to %d.", n, maxQueries)
	}
	var queries []query
	for _, row := range in.MetricDataQueries {
		id := text(row.Id)
		if !queryID.MatchString(id) {
			return nil, invalidValue("The Id %q does not begin with a small letter, or has more than letters, digits and underscores.", id)
		}
		if slices.ContainsFunc(queries, func(q query) bool { return q.id == id }) {
			return nil, invalidValue("The Id %s is there twice.", id)
		}
		q, err := c.judgeOne(row, in)
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	return queries, nil
}

func (c call) judgeOne(row types.MetricDataQuery, in *cloudwatch.GetMetricDataInput) (q query, err error) {
	stat := row.MetricStat
	switch {
	case row.Expression != nil:
		return q, unbuilt("Metric math is not built: the Expression of %s. Ask for each metric by MetricStat.", *row.Id)
	case stat == nil:
		return q, invalidCombination("The query %s has no MetricStat.", *row.Id)
	case row.Period != nil:
		return q, invalidCombination("The Period of %s belongs into its MetricStat.", *row.Id)
	case row.AccountId != nil && *row.AccountId != string(c.by):
		return q, unbuilt("Metrics of linked accounts are not built: the AccountId of %s.", *row.Id)
	case strings.Contains(text(row.Label), "${"):
		return q, unbuilt("Dynamic labels are not built: the Label of %s.", *row.Id)
	case stat.Metric == nil || stat.Metric.Namespace == nil || stat.Metric.MetricName == nil:
		return q, missing("MetricStat.Metric of " + *row.Id + " with its Namespace and MetricName")
	case stat.Stat == nil:
		return q, missing("MetricStat.Stat of " + *row.Id)
	}
	if q.statistic, err = statisticOf(*stat.Stat); err != nil {
		return q, err
	}
	if q.period, err = periodOf(stat.Period, "MetricStat.Period"); err != nil {
		return q, err
	}
	if q.span, err = spanOf(in.StartTime, in.EndTime, q.period); err != nil {
		return q, err
	}
	q.id, q.label = *row.Id, cmp.Or(text(row.Label), *stat.Metric.MetricName)
	q.shown = row.ReturnData == nil || *row.ReturnData
	q.metric, q.found = c.find(*stat.Metric.MetricName, stat.Metric.Dimensions)
	q.found = q.found && *stat.Metric.Namespace == Namespace && (stat.Unit == "" || stat.Unit == q.metric.unit)
	return q, nil
}
