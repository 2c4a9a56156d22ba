// Package ram answers the part of AWS's Resource Access Manager, version
// 2018-01-04, that shares Transit Gateways between the accounts of a site.
//
// It speaks REST-JSON: each operation has a method and a path, which the SDK's
// schemas say, and [Routes] lists. Inputs and outputs are the SDK's. What
// happens is said by package share; who calls is found out by the front door.
//
// What may surprise:
//   - A member of an input that demarc has nothing for is refused when it is
//     set, never passed over.
//   - docs/ram-compatibility.md says for every operation where we differ from
//     AWS, and why. A test holds it complete.
package ram
