package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
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

// describeRate sends one signed request again and again: a signature is good
// for minutes, and so the client costs next to nothing.
func (b *bed) describeRate(ctx context.Context, c *client.Client) (float64, error) {
	body := []byte("{}")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.endpoint()+"/", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "OvertureService.DescribeConnections")
	if err := c.Sign(ctx, req, body, "directconnect"); err != nil {
		return 0, err
	}
	return rate(req, body)
}

func (b *bed) healthRate(ctx context.Context) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.endpoint()+"/healthz", nil)
	if err != nil {
		return 0, err
	}
	return rate(req, nil)
}

// rate sends a request for a window and returns answers a second.
func rate(req *http.Request, body []byte) (float64, error) {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	begin := time.Now()
	for n := 1; ; n++ {
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.ContentLength = int64(len(body))
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return 0, err
		}
		if resp.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("%s: %s", resp.Status, answer)
		}
		if took := time.Since(begin); took > window {
			return float64(n) / took.Seconds(), nil
		}
	}
}
