// Package desk is the desk's front: REST with JSON under /desk/v1/ for links,
// cases, environments and the facility's work. It decides nothing; package
// demarc/desk and the other rooms do.
//
// There is one table of operations ([Operations]). The handler and the OpenAPI
// document are both made from it, so an operation cannot be in one and not in
// the other.
//
// Every answer is JSON, refusals too ([Refusal]). A field that an operation
// does not know is refused by name: a misspelt field that is ignored is found
// out weeks later. What a caller may not see is answered with the same bytes
// as what does not exist.
//
// Who calls is found out before a request comes here; see [Identity].
package desk
