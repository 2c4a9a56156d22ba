// Package awsquery speaks the server's side of the EC2 Query protocol, for any
// structs of the AWS SDK for Go that are written in it.
//
// A call is a form: Action, Version and the members of the input, lists
// flattened into numbered keys (Filter.1.Value.2). The answer is XML, a list
// being a sequence of item elements. The SDK's structs say nothing of their
// spelling, so a service hands in the [Names] that differ from the rule.
//
// The package knows no service and no operation, and does not authenticate.
//
// What may surprise:
//   - A parameter that the input does not have is refused (UnknownParameter), as
//     EC2 does; most other services of AWS ignore it.
//   - In answers a nil member is left out and an empty list is an empty element.
package awsquery

// Names are spellings by struct and field.
type Names struct {
	// Input has what is not spelled as the field: Filters is Filter.
	Input map[string]map[string]string
	// Output has what is not spelled as the field with its first letter
	// lowered: Tags is tagSet.
	Output map[string]map[string]string
}

// in is the parameter's name of an input's field.
func (n Names) in(shape, field string) string {
	if name, ok := n.Input[shape][field]; ok {
		return name
	}
	return field
}

// out is the element's name of an output's field.
func (n Names) out(shape, field string) string {
	if name, ok := n.Output[shape][field]; ok {
		return name
	}
	return string(field[0]|0x20) + field[1:]
}
