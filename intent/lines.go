package intent

import (
	"encoding/json"
	"fmt"
)

// Lines are those of a document of which a node may have thousands, in the order
// of their ids; none is nil. Documents share them, and nobody changes one: what
// [Node.With] and [Report.With] leave as it was is the same line still, and so
// whoever goes through all of them sees by the pointers alone what is new.
type Lines[T any] []*T

// UnmarshalJSON refuses a line that is none.
func (l *Lines[T]) UnmarshalJSON(data []byte) error {
	var all []*T
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for i, line := range all {
		if line == nil {
			return fmt.Errorf("line %d is null", i+1)
		}
	}
	*l = all
	return nil
}
