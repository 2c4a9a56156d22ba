package ec2

import (
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/awsquery"
)

// get is what a member says; nothing for one that is absent.
func get[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

// str is a text as a member; nil for an empty one.
func str[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	text := string(s)
	return &text
}

func ref[T any](v T) *T { return &v }

// prefix reads an IPv4 range.
func prefix(member string, value *string) (netip.Prefix, error) {
	if value == nil {
		return netip.Prefix{}, missing(member)
	}
	p, err := netip.ParsePrefix(*value)
	if err != nil || !p.Addr().Is4() {
		return p, malformed(member, *value)
	}
	return p.Masked(), nil
}

// prefix6 reads an IPv6 range.
func prefix6(member string, value *string) (netip.Prefix, error) {
	if value == nil {
		return netip.Prefix{}, missing(member)
	}
	p, err := netip.ParsePrefix(*value)
	if err != nil || !p.Addr().Is6() {
		return p, malformed(member, *value)
	}
	return p.Masked(), nil
}

// tagsFor are the tags that a call puts on what it makes.
func tagsFor(kind types.ResourceType, specs []types.TagSpecification) ([]demarc.Tag, error) {
	var tags []demarc.Tag
	for _, s := range specs {
		if s.ResourceType != kind {
			return nil, &awsquery.Error{Code: "InvalidParameterValue", Message: "'" + string(s.ResourceType) + "' is not a valid taggable resource type for this operation."}
		}
		for _, t := range s.Tags {
			tags = append(tags, demarc.Tag{Key: get(t.Key), Value: get(t.Value)})
		}
	}
	return tags, nil
}

func tagsOut(tags []demarc.Tag) []types.Tag {
	out := []types.Tag{}
	for _, t := range tags {
		out = append(out, types.Tag{Key: ref(t.Key), Value: ref(t.Value)})
	}
	return out
}

// each is a list in EC2's types; never nil, since clients expect the element.
func each[N, S any](all []N, out func(N) S) []S {
	list := make([]S, 0, len(all))
	for _, n := range all {
		list = append(list, out(n))
	}
	return list
}

// suffix is an id without its kind: what one made from it is named by.
func suffix[S ~string](id S) string {
	return string(id)[strings.LastIndex(string(id), "-")+1:]
}
