package directconnect

import (
	"maps"
	"slices"

	"github.com/aws/smithy-go"
)

//go:generate go run demarc/internal/genshapes shapes_gen.go

// A Shape makes the empty input and output of one operation, as pointers to the
// SDK's structs.
type Shape struct {
	Input, Output func() smithy.Serializable
}

// ShapeOf gives the shape of an operation, such as "CreateConnection".
func ShapeOf(operation string) (Shape, bool) {
	s, ok := shapes[operation]
	return s, ok
}

// Operations lists the operations of the API that the SDK knows, sorted.
func Operations() []string {
	return slices.Sorted(maps.Keys(shapes))
}
