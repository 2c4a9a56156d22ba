package directconnect

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/gateway"
	"demarc/store"
	"demarc/vif"
)

func tagResource(c call, tx *store.Tx, in *dx.TagResourceInput) (*dx.TagResourceOutput, error) {
	if err := require(given("resourceArn", in.ResourceArn), member{"tags", len(in.Tags) > 0}); err != nil {
		return nil, err
	}
	res, err := findResource(c, tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	added := tagsGiven(in.Tags)
	if err := demarc.CheckTags(added); err != nil { // a key twice is lost in the merge
		return nil, err
	}
	keys := make([]string, 0, len(added))
	for _, t := range added {
		keys = append(keys, t.Key)
	}
	tags := append(without(res.tags, keys), added...)
	if err := demarc.CheckTags(tags); err != nil {
		return nil, err
	}
	res.keep(tx, tags)
	return &dx.TagResourceOutput{}, nil
}

func untagResource(c call, tx *store.Tx, in *dx.UntagResourceInput) (*dx.UntagResourceOutput, error) {
	if err := require(given("resourceArn", in.ResourceArn), member{"tagKeys", len(in.TagKeys) > 0}); err != nil {
		return nil, err
	}
	res, err := findResource(c, tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	res.keep(tx, without(res.tags, in.TagKeys))
	return &dx.UntagResourceOutput{}, nil
}

func describeTags(c call, view *store.View, in *dx.DescribeTagsInput) (*dx.DescribeTagsOutput, error) {
	if err := require(member{"resourceArns", len(in.ResourceArns) > 0}); err != nil {
		return nil, err
	}
	out := &dx.DescribeTagsOutput{ResourceTags: []types.ResourceTag{}}
	for _, name := range in.ResourceArns {
		res, err := findResource(c, view, name)
		if err != nil {
			return nil, err
		}
		out.ResourceTags = append(out.ResourceTags, types.ResourceTag{ResourceArn: aws.String(name), Tags: tagShapes(res.tags)})
	}
	return out, nil
}

// A resource is what has tags. Its owner alone may see and change them.
type resource struct {
	region demarc.Region
	tags   []demarc.Tag
	// keep stores the resource with other tags.
	keep func(*store.Tx, []demarc.Tag)
}

// findResource finds a resource of the caller by its ARN. What belongs to
// another account, or is somewhere else, does not exist.
func findResource(c call, r store.Reader, name string) (resource, error) {
	parsed, err := arn.Parse(name)
	if err != nil || parsed.Service != Name {
		return resource{}, demarc.Errorf(demarc.Invalid, "%q is no ARN of a Direct Connect resource", name).In("resourceArn")
	}
	missing := demarc.Errorf(demarc.NotFound, "Resource %s does not exist", name).In("resourceArn")
	kind, id, _ := strings.Cut(parsed.Resource, "/")
	var res resource
	switch kind {
	case "dxcon":
		res, err = connectionResource(c, r, demarc.ConnectionID(id))
	case "dxlag":
		res, err = lagResource(c, r, demarc.LAGID(id))
	case "dxvif":
		res, err = interfaceResource(c, r, demarc.VirtualInterfaceID(id))
	case "dx-gateway": // in no Region
		res, err = gatewayResource(c, r, demarc.DirectConnectGatewayID(id))
	default:
		return resource{}, missing
	}
	if err != nil || parsed.AccountID != string(c.by) || parsed.Region != string(res.region) {
		return resource{}, missing
	}
	return res, nil
}

func connectionResource(c call, r store.Reader, id demarc.ConnectionID) (resource, error) {
	conn, err := connection.Get(r, c.by, id, c.now)
	return resource{conn.Region, conn.Tags, func(tx *store.Tx, tags []demarc.Tag) {
		conn.Tags = tags
		store.Connections.Put(tx, conn)
	}}, err
}

func lagResource(c call, r store.Reader, id demarc.LAGID) (resource, error) {
	lag, err := connection.GetLAG(r, c.by, id, c.now)
	return resource{lag.Region, lag.Tags, func(tx *store.Tx, tags []demarc.Tag) {
		lag.Tags = tags
		store.LAGs.Put(tx, lag)
	}}, err
}

func interfaceResource(c call, r store.Reader, id demarc.VirtualInterfaceID) (resource, error) {
	v, err := vif.Get(r, c.by, id, c.now)
	if err == nil && v.Owner != c.by {
		err = demarc.Errorf(demarc.Denied, "the tags of %s are its owner's", id)
	}
	return resource{v.Region, v.Tags, func(tx *store.Tx, tags []demarc.Tag) {
		v.Tags = tags
		store.VirtualInterfaces.Put(tx, v)
	}}, err
}

func gatewayResource(c call, r store.Reader, id demarc.DirectConnectGatewayID) (resource, error) {
	gw, err := gateway.GetDirectConnect(r, c.by, id)
	return resource{"", gw.Tags, func(tx *store.Tx, tags []demarc.Tag) {
		gw.Tags = tags
		store.DirectConnectGateways.Put(tx, gw)
	}}, err
}

// without returns the tags that have none of the keys. It leaves tags alone,
// which other readers share.
func without(tags []demarc.Tag, keys []string) []demarc.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t demarc.Tag) bool { return slices.Contains(keys, t.Key) })
}

func tagsGiven(in []types.Tag) []demarc.Tag {
	var tags []demarc.Tag
	for _, t := range in {
		tags = append(tags, demarc.Tag{Key: text(t.Key), Value: text(t.Value)})
	}
	return tags
}

func tagShapes(tags []demarc.Tag) []types.Tag {
	shapes := make([]types.Tag, 0, len(tags))
	for _, t := range tags {
		shapes = append(shapes, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return shapes
}
