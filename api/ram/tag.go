package ram

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc"
	"demarc/share"
	"demarc/store"
)

func tagResource(c call, tx *store.Tx, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	if err := require("tags", len(in.Tags) > 0); err != nil {
		return nil, err
	}
	id, err := c.taggedShare(tx, in.ResourceShareArn, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	added := tagsGiven(in.Tags)
	if err := demarc.CheckCloudTags(added); err != nil { // a key twice is lost in the merge
		return nil, err
	}
	return &sdk.TagResourceOutput{}, share.Tag(tx, c.by, id, func(tags []demarc.Tag) []demarc.Tag {
		keys := make([]string, 0, len(added))
		for _, t := range added {
			keys = append(keys, t.Key)
		}
		return append(without(tags, keys), added...)
	})
}

func untagResource(c call, tx *store.Tx, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	if err := require("tagKeys", len(in.TagKeys) > 0); err != nil {
		return nil, err
	}
	id, err := c.taggedShare(tx, in.ResourceShareArn, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &sdk.UntagResourceOutput{}, share.Tag(tx, c.by, id, func(tags []demarc.Tag) []demarc.Tag { return without(tags, in.TagKeys) })
}

// taggedShare is the share that a call names by either member; permissions,
// which the second may name too, are AWS's and have no tags.
func (c call) taggedShare(tx *store.Tx, shareARN, resourceARN *string) (demarc.ResourceShareID, error) {
	name := aws.ToString(shareARN)
	if name == "" {
		name = aws.ToString(resourceARN)
	}
	return c.shareOf(tx, name)
}

// without returns the tags that have none of the keys. It leaves tags alone,
// which other readers share.
func without(tags []demarc.Tag, keys []string) []demarc.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t demarc.Tag) bool { return slices.Contains(keys, t.Key) })
}

func tagsGiven(in []types.Tag) []demarc.Tag {
	var tags []demarc.Tag
	for _, t := range in {
		tags = append(tags, demarc.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	return tags
}

func tagsOut(tags []demarc.Tag) []types.Tag {
	out := make([]types.Tag, 0, len(tags))
	for _, t := range tags {
		out = append(out, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return out
}

// tagsMatch reports whether the tags have every key, with one of its values
// where there are any.
func tagsMatch(tags []types.Tag, filters []types.TagFilter) bool {
	for _, f := range filters {
		fits := func(t types.Tag) bool {
			return *t.Key == aws.ToString(f.TagKey) && (len(f.TagValues) == 0 || slices.Contains(f.TagValues, *t.Value))
		}
		if !slices.ContainsFunc(tags, fits) {
			return false
		}
	}
	return true
}
