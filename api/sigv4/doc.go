// Package sigv4 checks AWS Signature Version 4 on requests that arrive, and
// signs requests that leave.
//
// A signature proves two things: the sender holds the secret of the access key
// that the request names, and nobody changed what was signed on the way. It is
// made of three layers of text, each hashed into the next: the canonical
// request (method, path, query, headers, body), the string to sign (time,
// credential scope, hash of the first) and an HMAC under a key derived from
// the secret for one day, one region and one service.
//
// The package knows no account, no service and no store: the caller lends it a
// function from access key to secret and says which regions and services are
// served here. It does not decide what the caller of a request may do.
//
// What may surprise:
//   - The hash of the body is always computed here. X-Amz-Content-Sha256 is one
//     signed header among others, and UNSIGNED-PAYLOAD, which only Amazon S3
//     takes, never verifies.
//   - The path is normalised and then encoded a second time, as for every
//     service but S3.
//   - Host and every X-Amz header must be signed (the session token may be added
//     afterwards, as AWS's own test suite does). X-Amz-Target names the
//     operation; unsigned, anybody on the way could turn a Describe into a
//     Delete.
//   - A signature can be replayed while it is current, five minutes to each
//     side. That is the algorithm; operations that must not be repeated carry
//     tokens of their own.
//   - Errors have the codes and words of the AWS JSON protocols, because clients
//     match on them; [Error.Query] gives those of the Query protocol.
package sigv4
