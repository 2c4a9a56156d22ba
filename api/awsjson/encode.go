package awsjson

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/smithy-go"
	clientjson "github.com/aws/smithy-go/transport/http/protocol/awsjson"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The SDK's JSON writer is internal to smithy-go. The way to it is the client's
// protocol, which writes any shape as the body of a request; the headers that
// it sets beside it are thrown away, so the names of this service and operation
// reach nobody.
var (
	anyService   = smithy.NewSchema(smithy.ShapeID{Namespace: "demarc", Name: "Any"}, smithy.ShapeTypeService, 0)
	anyShape     = smithy.NewSchema(smithy.ShapeID{Namespace: "demarc", Name: "Any"}, smithy.ShapeTypeStructure, 0)
	anyOperation = smithy.NewOperationSchema(anyShape, anyShape, anyShape)
	protocol     = clientjson.New11(smithy.NewServiceSchema(anyService, ""))
)

// Encode writes an input or output struct of the SDK, given by pointer, as JSON.
// ResultMetadata, which is about a call and not of its answer, is left out.
func Encode(shape smithy.Serializable) ([]byte, error) {
	request := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := protocol.SerializeRequest(context.Background(), anyOperation, shape, request); err != nil {
		return nil, fmt.Errorf("encode %T: %w", shape, err)
	}
	body, err := io.ReadAll(request.GetStream())
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", shape, err)
	}
	return body, nil
}
