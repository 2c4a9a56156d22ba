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
	"demarc/resiliency"
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
	return &dx.TagResourceOutput{}, res.keep(tx, tags)
}

func untagResource(c call, tx *store.Tx, in *dx.UntagResourceInput) (*dx.UntagResourceOutput, error) {
	if err := require(given("resourceArn", in.ResourceArn), member{"tagKeys", len(in.TagKeys) > 0}); err != nil {
		return nil, err
	}
	res, err := findResource(c, tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &dx.UntagResourceOutput{}, res.keep(tx, without(res.tags, in.TagKeys))
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
	// keep gives the resource other tags.
	keep func(*store.Tx, []demarc.Tag) error
}

// tagged finds what has tags, by the kind that its ARN names. The rooms keep
// the tags.
var tagged = map[string]func(c call, r store.Reader, id string) (resource, error){
	"dxcon": func(c call, r store.Reader, id string) (resource, error) {
		conn, err := connection.Get(r, c.by, demarc.ConnectionID(id), c.now)
		return resource{conn.Region, conn.Tags, func(tx *store.Tx, tags []demarc.Tag) error {
			return connection.Tag(tx, c.by, conn.ID, tags, c.now)
		}}, err
	},
	"dxlag": func(c call, r store.Reader, id string) (resource, error) {
		lag, err := connection.GetLAG(r, c.by, demarc.LAGID(id), c.now)
		return resource{lag.Region, lag.Tags, func(tx *store.Tx, tags []demarc.Tag) error {
			return connection.TagLAG(tx, c.by, lag.ID, tags, c.now)
		}}, err
	},
	"dxvif": func(c call, r store.Reader, id string) (resource, error) {
		v, err := vif.Tagged(r, c.by, demarc.VirtualInterfaceID(id), c.now)
		return resource{v.Region, v.Tags, func(tx *store.Tx, tags []demarc.Tag) error {
			return vif.Tag(tx, c.by, v.ID, tags, c.now)
		}}, err
	},
	"dx-gateway": func(c call, r store.Reader, id string) (resource, error) { // in no Region
		gw, err := gateway.GetDirectConnect(r, c.by, demarc.DirectConnectGatewayID(id))
		return resource{"", gw.Tags, func(tx *store.Tx, tags []demarc.Tag) error {
			return gateway.TagDirectConnect(tx, c.by, gw.ID, tags)
		}}, err
	},
	"dxrg": func(c call, r store.Reader, id string) (resource, error) {
		g, err := resiliency.Get(r, c.by, demarc.ResiliencyGroupID(id), c.now)
		return resource{g.Region, g.Tags, func(tx *store.Tx, tags []demarc.Tag) error {
			return resiliency.Tag(tx, c.by, g.ID, tags, c.now)
		}}, err
	},
}

// findResource finds a resource of the caller by its ARN. What belongs to
// another account, or is somewhere else, does not exist.
func findResource(c call, r store.Reader, name string) (resource, error) {
	parsed, err := arn.Parse(name)
	if err != nil || parsed.Service != Name {
		return resource{}, demarc.Errorf(demarc.Invalid, "%q is no ARN of a Direct Connect resource", name).In("resourceArn")
	}
	missing := demarc.Errorf(demarc.NotFound, "there is no resource %s", name).In("resourceArn")
	kind, id, _ := strings.Cut(parsed.Resource, "/")
	find, known := tagged[kind]
	if !known {
		return resource{}, missing
	}
	res, err := find(c, r, id)
	if err != nil || parsed.AccountID != string(c.by) || parsed.Region != string(res.region) || parsed.Partition != partition ||
		res.region != "" && !c.scope.Has(res.region) {
		return resource{}, missing
	}
	return res, nil
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
