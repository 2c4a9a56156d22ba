package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"demarc"
	"demarc/api/apitest"
)

// Metrics are in the Region of the connection.
func TestMetricsAreOfTheirRegion(t *testing.T) {
	const other demarc.Region = "eu-central-1"
	d := open(t, other)
	elsewhere, place := *d, *d.Site
	place.Region = other
	elsewhere.Site = &place
	seen := func(d *apitest.Door) (metrics, points int) {
		c := as(t, d, "customer")
		metrics = len(apitest.Do(t, c.ListMetrics, &sdk.ListMetricsInput{}).Metrics)
		points = len(apitest.Do(t, c.GetMetricStatistics, &sdk.GetMetricStatisticsInput{
			Namespace: aws.String("AWS/DX"), MetricName: aws.String("ConnectionState"), Dimensions: on("dxcon-a"), Statistics: []types.Statistic{types.StatisticAverage},
			Period: aws.Int32(60), StartTime: aws.Time(noon), EndTime: aws.Time(noon.Add(10 * time.Minute)),
		}).Datapoints)
		return metrics, points
	}
	if metrics, points := seen(d); metrics == 0 || points == 0 {
		t.Errorf("in its Region: %d metrics and %d points", metrics, points)
	}
	if metrics, points := seen(&elsewhere); metrics != 0 || points != 0 {
		t.Errorf("in another Region: %d metrics and %d points, want none", metrics, points)
	}
}
