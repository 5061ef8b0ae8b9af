package encrypt

import (
	"context"
	"sync"
	"time"

	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

// reads are what one decision reads, side by side as far as one does not make the
// other needless.
type reads struct {
	*work
	beside sync.WaitGroup // what is read on goroutines of their own

	tagsBegun bool
	tagsDone  chan struct{} // closed when the two below are there
	tagsRead  *tags
	tagsErr   error

	guess     policy.Choice // zero: there is none
	guessDone chan struct{} // closed when what follows is there
	guessed   keyring.Key
	guessErr  error
	guessedAt time.Time
}

// beginReading starts to read what is to be read beside the state: the tags, where
// the decision needs them, and what KMS says of the key that will most likely be
// chosen. Where the state is likely to make both needless, it is read first.
func (w *work) beginReading(ctx context.Context) *reads {
	r := &reads{work: w, tagsDone: make(chan struct{})}
	if w.policy.Existing == policy.Keep && (w.state == nil && w.request.LikelyHasKey || w.state != nil && w.state.KeyARN != "") {
		return r
	}
	if w.tags == nil && r.chooseBy(policy.Tags{Values: w.request.Tags}, false).NeedTags {
		r.beginTags(ctx)
	}
	if w.state == nil || r.tagsBegun {
		r.beginGuess(ctx)
	}
	return r
}

// readState makes sure that the state is known.
func (r *reads) readState(ctx context.Context) error {
	if r.state != nil {
		return nil
	}
	state, err := ReadState(ctx, r.account.Logs, r.request.Target)
	if err == nil {
		r.state = &state
	}
	return err
}

func (r *reads) beginTags(ctx context.Context) {
	r.tagsBegun = true
	r.beside.Go(func() {
		defer close(r.tagsDone)
		r.tagsRead, r.tagsErr = readTags(ctx, r.account.Logs, r.request.Target)
	})
}

// beginGuess begins to resolve the key that is chosen if there are no other tags than
// those that are known.
func (r *reads) beginGuess(ctx context.Context) {
	guess := r.chooseBy(policy.Tags{Values: r.knownTags(), Complete: true}, false)
	if !guess.HasKey() {
		return
	}
	r.guess, r.guessDone = guess, make(chan struct{})
	r.beside.Go(func() {
		defer close(r.guessDone)
		r.guessed, r.guessErr = r.work.resolve(ctx, guess)
		r.guessedAt = time.Now()
	})
}

// resolve gives the chosen key, by the guess if that was right and is still fresh:
// the other reads may have taken long.
func (r *reads) resolve(ctx context.Context, choice policy.Choice) (keyring.Key, error) {
	if r.guess.Reason == choice.Reason && r.guess.Rule == choice.Rule && r.guess.Key.Equal(choice.Key) {
		<-r.guessDone // at the latest when the context ends
		if r.guessIsFresh() {
			return r.guessed, r.guessErr
		}
	}
	return r.work.resolve(ctx, choice)
}

func (r *reads) guessIsFresh() bool {
	switch {
	case r.guessErr == nil:
		return r.request.KeyFreshness.Allows(r.guessed.Asked)
	case failure.TypeOf(r.guessErr).MayPass():
		return true // it was tried again and again until now
	}
	return clock.Age(r.guessedAt) <= keyring.BadLife
}

// choose lets the policy choose, with the tags of the event if those settle it,
// else with all tags. ignoreKeyTag leaves out the tag that names a key.
func (r *reads) choose(ctx context.Context, ignoreKeyTag bool) (policy.Choice, error) {
	if r.tags == nil {
		if choice := r.chooseBy(policy.Tags{Values: r.request.Tags}, ignoreKeyTag); !choice.NeedTags {
			return choice, nil
		}
		if !r.tagsBegun {
			r.beginTags(ctx)
		}
		<-r.tagsDone // at the latest when the context ends
		if r.tagsErr != nil {
			return policy.Choice{}, r.tagsErr
		}
		r.tags = r.tagsRead
	}
	return r.chooseBy(policy.Tags{Values: r.tags.values, Complete: true}, ignoreKeyTag), nil
}

func (r *reads) chooseBy(known policy.Tags, ignoreKeyTag bool) policy.Choice {
	return r.policy.Choose(r.request.Target, known, ignoreKeyTag)
}

// knownTags are the tags that can be had without asking.
func (r *reads) knownTags() map[string]string {
	if r.tags != nil {
		return r.tags.values
	}
	return r.request.Tags
}
