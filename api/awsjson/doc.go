// Package awsjson speaks the server's side of the AWS JSON 1.1 protocol, for
// any service whose shapes the AWS SDK for Go defines.
//
// A call is POST / with the operation in X-Amz-Target and a JSON object as its
// body; so is the answer. Input structs of the SDK carry no tags: encoding/json
// fits because it matches names without regard to case. Output structs write
// themselves through the SDK's own protocol code, so timestamps, blobs and
// irregular spellings (secretARN, newBGPPeer) are the SDK's business.
//
// The package knows no service and no operation, and does not authenticate:
// a front door reads the body, has the signature checked, and then decodes.
//
// What may surprise:
//   - Member names are matched without regard to case. AWS ignores a member in
//     the wrong case; here it counts.
//   - In outputs a nil member is left out and an empty but non-nil list or
//     string is written, which AWS's older operations do (routeFilterPrefixes:
//     []). Numbers and flags that the SDK declares without a pointer are left
//     out when zero.
package awsjson
