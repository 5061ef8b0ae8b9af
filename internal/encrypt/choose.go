package encrypt

import (
	"context"
	"sync"

	"log-group-kms/internal/policy"
)

// tagRead is the reading of a log group's tags, once.
type tagRead struct {
	begin func() // begins it, if that has not been done yet
	done  chan struct{}
	tags  map[string]string
	err   error
}

// startTags begins to read the tags where the decision needs them. That goes on
// beside the reading of the state, unless the state may well make it needless.
func (r *run) startTags(ctx context.Context) *tagRead {
	read := &tagRead{done: make(chan struct{})}
	read.begin = sync.OnceFunc(func() {
		go func() {
			defer close(read.done)
			read.tags, read.err = readTags(ctx, r.logs, r.request.Target)
		}()
	})
	needless := r.request.Group != nil || r.request.HasKey && r.policy.Existing == policy.Keep
	if !needless && r.chooseByEvent().NeedTags {
		read.begin()
	}
	return read
}

// choose lets the policy choose, with the tags of the event if those settle it,
// else with all tags.
func (r *run) choose(read *tagRead) (policy.Choice, error) {
	if choice := r.chooseByEvent(); !choice.NeedTags {
		return choice, nil
	}
	read.begin()
	<-read.done // it ends with the context, at the latest
	if read.err != nil {
		return policy.Choice{}, read.err
	}
	return r.policy.Choose(r.request.Target, policy.Tags{Values: read.tags, Complete: true}, r.tagIsRejected()), nil
}

// chooseByEvent is the choice with no more tags than those of the event.
func (r *run) chooseByEvent() policy.Choice {
	return r.policy.Choose(r.request.Target, policy.Tags{Values: r.request.Tags}, r.tagIsRejected())
}

func (r *run) tagIsRejected() bool { return r.answer.TagRejected != "" }
