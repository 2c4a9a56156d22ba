package awsjson

import (
	"fmt"
	"slices"
	"sync"

	"github.com/aws/smithy-go"
)

// Encode writes an input or output struct of the SDK, given by pointer, as JSON.
// ResultMetadata, which is about a call and not of its answer, is left out. The
// error names what JSON has no form for; Direct Connect has none of it.
func Encode(shape smithy.Serializable) ([]byte, error) {
	w := writers.Get().(*writer)
	defer w.release()
	if err := w.encode(shape); err != nil {
		return nil, err
	}
	return slices.Clone(w.buf), nil
}

// writers are kept with their buffers, so that the next answer of the same size
// needs no memory.
var writers = sync.Pool{New: func() any { return new(writer) }}

// keptBuffer is the largest buffer that is kept: ten thousand connections.
const keptBuffer = 4 << 20

func (w *writer) encode(shape smithy.Serializable) error {
	w.buf, w.open, w.unknown = w.buf[:0], w.open[:0], ""
	shape.Serialize(w)
	if w.unknown != "" {
		return fmt.Errorf("encode %T: JSON has no form for %s", shape, w.unknown)
	}
	return nil
}

func (w *writer) release() {
	if cap(w.buf) <= keptBuffer {
		writers.Put(w)
	}
}
