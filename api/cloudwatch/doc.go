// Package cloudwatch answers the part of the CloudWatch API, version
// 2010-08-01, that reads metrics: GetMetricData, GetMetricStatistics and
// ListMetrics, for the namespace AWS/DX. Every other operation is refused by
// name, and so is what these three have and demarc has not: metric math,
// sub-minute periods, other accounts' metrics.
//
// Values come from package series: one a minute, for three hours. What an
// account may not see, and what does not exist, both have no values.
//
// CloudWatch has three protocols and its clients differ in which they speak:
// older ones AWS Query, newer ones Smithy's RPC v2 with CBOR, and some AWS JSON
// 1.0. All three are answered, from and with the SDK's own types.
//
// What would surprise you: a metric has exactly its own dimensions, so the
// metrics of an interface are found by ConnectionId and VirtualInterfaceId
// together, as on AWS.
package cloudwatch
