package cloudwatch

import (
	"encoding/json"
	"reflect"

	"github.com/aws/smithy-go"

	"demarc/api/awsjson"
)

// inJSON is AWS JSON 1.0.
var inJSON = wire{
	contentType: "application/x-amz-json-1.0",
	decode:      func(body any, into any) error { return fill(reflect.ValueOf(into).Elem(), body, "") },
	encode: func(_, _ string, out any) []byte {
		body, err := awsjson.Encode(out.(smithy.Serializable))
		if err != nil {
			panic("cloudwatch: an answer has no JSON: " + err.Error())
		}
		return body
	},
	refuse: func(_ string, e Exception) []byte {
		body, err := json.Marshal(map[string]string{"__type": "com.amazonaws.cloudwatch#" + e.Shape, "message": e.Message})
		if err != nil {
			panic("cloudwatch: two strings have no JSON: " + err.Error())
		}
		return body
	},
}

func (q *Question) readJSON(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return malformed("The body is not a JSON object.")
	}
	q.body = members
	return nil
}
