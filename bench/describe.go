package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc"
	"demarc/client"
)

// window is how long requests are sent in one run of one side of a pair.
const window = time.Second

// describeConnections measures DescribeConnections of an account with count
// connections, by one client on one kept-open connection, signatures verified.
// With one connection it is compared with a request that does nothing; with
// more, with another account of the same server that has one.
func describeConnections(count int) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		site, err := siteWithPorts(count + 1)
		if err != nil {
			return f, err
		}
		b, err := startBed(ctx, s, site)
		defer func() { err = joined(err, b.close()) }()
		if err != nil {
			return f, err
		}
		many, one := b.parties[demarc.Customer], b.parties[demarc.Partner]
		if err := order(ctx, many, count); err != nil {
			return f, err
		}
		if err := order(ctx, one, 1); err != nil {
			return f, err
		}
		for range s.runs {
			rate, err := b.describeRate(ctx, many)
			if err != nil {
				return f, err
			}
			var baseline float64
			if count == 1 {
				baseline, err = b.healthRate(ctx)
			} else {
				baseline, err = b.describeRate(ctx, one)
			}
			if err != nil {
				return f, err
			}
			f.measured, f.baseline = append(f.measured, rate), append(f.baseline, baseline)
		}
		return f, nil
	}
}

// order buys count connections.
func order(ctx context.Context, c *client.Client, count int) error {
	dx := c.DirectConnect()
	for i := range count {
		_, err := dx.CreateConnection(ctx, &directconnect.CreateConnectionInput{
			Location: aws.String("LIS1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String(fmt.Sprintf("bench %d", i)),
		})
		if err != nil {
			return fmt.Errorf("order connection %d: %w", i, err)
		}
	}
	return nil
}

func (b *bed) describeRate(ctx context.Context, c *client.Client) (float64, error) {
	s, err := aim(ctx, c, b.endpoint(), "DescribeConnections", "{}")
	if err != nil {
		return 0, err
	}
	y, err := fireAll([]load{forAWhile(s)})
	return y.rate, err
}

func (b *bed) healthRate(ctx context.Context) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.endpoint()+"/healthz", nil)
	if err != nil {
		return 0, err
	}
	s, err := written(req)
	if err != nil {
		return 0, err
	}
	y, err := fireAll([]load{forAWhile(s)})
	return y.rate, err
}
