package awsfake

import (
	"maps"
	"slices"
	"strings"
)

// mostTags is how many tags a log group can have.
const mostTags = 50

// checkTags answers tags that the API does not admit.
func checkTags(tags map[string]string) error {
	if len(tags) > mostTags {
		return fail("TooManyTagsException", "The resource can have at most %d tags.", mostTags)
	}
	for key, value := range tags {
		if err := tagKeyPattern.check(key, "tags", 1, 128); err != nil {
			return err
		}
		if err := tagValuePattern.check(value, "tags", 0, 256); err != nil {
			return err
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalid("Tag keys that begin with aws: are reserved.")
		}
	}
	return nil
}

// groupByARN finds the log group of a tag operation.
func (w *World) groupByARN(r *request, arn *string) (*groupRecord, error) {
	if arn == nil {
		return nil, missing("resourceArn")
	}
	if err := resourceARNPattern.check(*arn, "resourceArn", 1, 1011); err != nil {
		return nil, err
	}
	name, ok := groupNameIn(*arn, r.scope)
	if !ok || !groupNamePattern.MatchString(name) {
		return nil, invalid("The specified resourceArn is invalid.")
	}
	return w.visibleGroup(r.scope, name)
}

// groupByName finds the log group of one of the older tag operations.
func (w *World) groupByName(r *request, name *string) (*groupRecord, error) {
	if err := checkGroupName(name); err != nil {
		return nil, err
	}
	return w.visibleGroup(r.scope, *name)
}

// tagsOf is the answer of both operations that list tags.
func tagsOf(g *groupRecord, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, g.seen().tags)
	return map[string]any{"tags": tags}, nil
}

// addTags adds tags to a log group.
func (w *World) addTags(s scope, g *groupRecord, tags map[string]string) error {
	if err := checkTags(tags); err != nil {
		return err
	}
	all := map[string]string{}
	maps.Copy(all, g.seen().tags)
	maps.Copy(all, tags)
	if err := checkTags(all); err != nil {
		return err
	}
	w.setTags(s, g, all)
	return nil
}

// removeTags takes tags away; those that are not there are no error.
func (w *World) removeTags(s scope, g *groupRecord, keys []string) {
	left := map[string]string{}
	for key, value := range g.seen().tags {
		if !slices.Contains(keys, key) {
			left[key] = value
		}
	}
	w.setTags(s, g, left)
}

func (w *World) setTags(s scope, g *groupRecord, tags map[string]string) {
	if maps.Equal(g.seen().tags, tags) {
		return
	}
	g.details().tags = tags
	w.changed(Change{Kind: GroupTags, Account: s.account, Region: s.region, Resource: g.name, Tags: maps.Clone(tags)})
}

func (w *World) listTagsForResource(r *request) (any, error) {
	in, err := decode[struct{ ResourceArn *string }](r)
	if err != nil {
		return nil, err
	}
	return tagsOf(w.groupByARN(r, in.ResourceArn))
}

func (w *World) listTagsLogGroup(r *request) (any, error) {
	in, err := decode[struct{ LogGroupName *string }](r)
	if err != nil {
		return nil, err
	}
	return tagsOf(w.groupByName(r, in.LogGroupName))
}

func (w *World) tagResource(r *request) (any, error) {
	in, err := decode[struct {
		ResourceArn *string
		Tags        map[string]string
	}](r)
	if err != nil {
		return nil, err
	}
	g, err := w.groupByARN(r, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, w.addTags(r.scope, g, in.Tags)
}

func (w *World) tagLogGroup(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupName *string
		Tags         map[string]string
	}](r)
	if err != nil {
		return nil, err
	}
	g, err := w.groupByName(r, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return nil, w.addTags(r.scope, g, in.Tags)
}

func (w *World) untagResource(r *request) (any, error) {
	in, err := decode[struct {
		ResourceArn *string
		TagKeys     []string
	}](r)
	if err != nil {
		return nil, err
	}
	g, err := w.groupByARN(r, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	w.removeTags(r.scope, g, in.TagKeys)
	return nil, nil
}

func (w *World) untagLogGroup(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupName *string
		Tags         []string
	}](r)
	if err != nil {
		return nil, err
	}
	g, err := w.groupByName(r, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	w.removeTags(r.scope, g, in.Tags)
	return nil, nil
}
