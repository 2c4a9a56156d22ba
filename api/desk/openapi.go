package desk

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"time"

	"demarc"
)

// A Document is an OpenAPI 3.1 document, or a part of one.
type Document map[string]any

// OpenAPI describes every operation of [Operations], with the schemas of the
// shapes that they take and give.
func OpenAPI() Document {
	schemas := Document{}
	paths := map[string]Document{}
	for _, op := range Operations() {
		if paths[op.Path] == nil {
			paths[op.Path] = Document{}
		}
		paths[op.Path][strings.ToLower(op.Method)] = operation(schemas, op)
	}
	return Document{
		"openapi": "3.1.0",
		"info": Document{
			"title":       "demarc desk",
			"version":     "1",
			"description": "Links, cases and facility work. Requests are signed with AWS Signature Version 4, service demarc.",
		},
		"paths":      paths,
		"components": Document{"schemas": schemas},
	}
}

func operation(schemas Document, op Operation) Document {
	out := Document{
		"operationId": op.ID,
		"summary":     op.Summary,
		"responses": Document{
			fmt.Sprint(op.Status): content("The answer", schema(schemas, op.Out)),
			"default":             content("A refusal", schema(schemas, reflect.TypeFor[Refusal]())),
		},
	}
	if op.In != nil {
		body := content("", schema(schemas, op.In))
		delete(body, "description")
		body["required"] = true
		out["requestBody"] = body
	}
	var parameters []Document
	for _, match := range parameter.FindAllStringSubmatch(op.Path, -1) {
		parameters = append(parameters, Document{"name": match[1], "in": "path", "required": true, "schema": Document{"type": "string"}})
	}
	for _, p := range op.Query {
		parameters = append(parameters, Document{"name": p.Name, "in": "query", "description": p.Doc, "schema": Document{"type": "string"}})
	}
	if parameters != nil {
		out["parameters"] = parameters
	}
	return out
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

func content(description string, schema Document) Document {
	return Document{"description": description, "content": Document{"application/json": Document{"schema": schema}}}
}

// texts are the types that travel as text though Go has more in them.
var texts = map[reflect.Type]Document{
	reflect.TypeFor[time.Time]():        {"type": "string", "format": "date-time"},
	reflect.TypeFor[netip.Prefix]():     {"type": "string", "description": "a prefix such as 192.168.50.0/24"},
	reflect.TypeFor[netip.Addr]():       {"type": "string", "description": "an address such as 192.168.50.10"},
	reflect.TypeFor[[]byte]():           {"type": "string", "format": "byte"},
	reflect.TypeFor[json.RawMessage]():  {"type": "object"},
	reflect.TypeFor[demarc.Bandwidth](): {"type": "string", "description": "a bandwidth such as 1Gbps"},
}

// schema describes a type, and puts the shapes it is made of into schemas.
func schema(schemas Document, t reflect.Type) Document {
	if text, ok := texts[t]; ok {
		return text
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schema(schemas, t.Elem())
	case reflect.Struct:
		if _, done := schemas[t.Name()]; !done {
			schemas[t.Name()] = nil // a shape may contain itself
			schemas[t.Name()] = object(schemas, t)
		}
		return Document{"$ref": "#/components/schemas/" + t.Name()}
	case reflect.Slice:
		return Document{"type": "array", "items": schema(schemas, t.Elem())}
	case reflect.String:
		return Document{"type": "string"}
	case reflect.Bool:
		return Document{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Document{"type": "integer", "minimum": 0}
	case reflect.Map: // the document itself
		return Document{"type": "object"}
	}
	panic(fmt.Sprintf("desk: no schema for a %s", t))
}

// object describes a shape: a field that is not left out when empty is
// required.
func object(schemas Document, t reflect.Type) Document {
	properties, required := Document{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = described(schema(schemas, field.Type), field.Tag)
		if options == "" {
			required = append(required, name)
		}
	}
	return Document{"type": "object", "properties": properties, "required": required}
}

// described adds what a field's tags say to the schema of its type. A $ref may
// have siblings in OpenAPI 3.1.
func described(of Document, tag reflect.StructTag) Document {
	out := Document{}
	for key, value := range of {
		out[key] = value
	}
	if text := tag.Get("doc"); text != "" {
		out["description"] = text
	}
	if values := tag.Get("enum"); values != "" {
		out["enum"] = strings.Split(values, ",")
	}
	return out
}
