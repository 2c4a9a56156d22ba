// Package directconnect is the AWS Direct Connect API, version 2012-10-25: the
// only place that knows how AWS spells what our rooms do.
//
// Its shapes are those of the AWS SDK for Go; [ShapeOf] makes them by the name
// of an operation. The wire itself is package awsjson, and who calls is found
// out by the front door. What an operation does is decided in the rooms; here
// it is only read from AWS's words and put into them again.
//
// The table in operations.go has a row for every operation of the API.
//
// What may surprise:
//   - An answer is not always the SDK's output struct. Where AWS returns the
//     members of an object at the top level, the object itself is the answer:
//     it writes the same JSON.
//   - docs/aws-compatibility.md says for every operation where we differ from
//     AWS, and why. A test holds it complete.
package directconnect
