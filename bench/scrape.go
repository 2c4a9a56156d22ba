package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"demarc/lab/installation"
)

// sumOfAgents adds up a metric of all agents.
func (b *bed) sumOfAgents(ctx context.Context, metric string) (sum float64, err error) {
	for i, node := range installation.Nodes(b.config.Site) {
		address, err := b.config.Metrics(i)
		if err != nil {
			return 0, err
		}
		one, err := scrape(ctx, "http://"+address+"/metrics", metric)
		if err != nil {
			return 0, fmt.Errorf("ask the agent of %s: %w", node, err)
		}
		sum += one
	}
	return sum, nil
}

// scrape adds up all rows of a metric.
func scrape(ctx context.Context, url, metric string) (sum float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		row := lines.Text()
		if !strings.HasPrefix(row, metric+"{") {
			continue
		}
		value, err := strconv.ParseFloat(row[strings.LastIndexByte(row, ' ')+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", row, err)
		}
		sum += value
	}
	return sum, nil
}
