// Package directconnect is the AWS Direct Connect API, version 2012-10-25: the
// only place that knows how AWS spells what our rooms do.
//
// Its shapes are those of the AWS SDK for Go; [ShapeOf] makes them by the name
// of an operation. The wire itself is package awsjson.
package directconnect
