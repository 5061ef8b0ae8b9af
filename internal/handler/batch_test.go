package handler_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/sweep"
)

// One bad message never repeats the others.
func TestBatch(t *testing.T) {
	s := newSetup("")
	s.encrypter.do = func(_ context.Context, r encrypt.Request) (answer.Answer, error) {
		if r.Target.LogGroup == "/bad" {
			return answer.Answer{LogGroup: "/bad"}, fail(failure.Conflict)
		}
		return associated(t.Context(), r)
	}
	encryptGood, encryptBad := `{"action":"encrypt","logGroupName":"/good"}`, `{"action":"encrypt","logGroupName":"/bad"}`
	out, err := s.Invoke(t.Context(), []byte(batch(t,
		encryptGood, encryptBad, "nonsense", `{"requestPayload":`+encryptGood+`}`, `{"requestPayload":`+encryptBad+`}`,
		created(time.Now(), `{"logGroupName":"/good"}`), `{"Records":[]}`, encryptGood,
	)))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range got.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	slices.Sort(ids)
	if diff := cmp.Diff([]string{"m1", "m2", "m4", "m6"}, ids); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	if len(s.encrypter.requests) != 6 {
		t.Errorf("got %d log groups worked on, want 6", len(s.encrypter.requests))
	}
}

// To SQS an empty list and a list are one thing, null is another.
func TestGoodBatch(t *testing.T) {
	s := newSetup("")
	out, err := s.Invoke(t.Context(), []byte(batch(t, `{"action":"encrypt","logGroupName":"/a"}`)))
	if want := `{"batchItemFailures":[]}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
}

// A batch that cannot be reported on message by message fails as a whole.
func TestBadBatch(t *testing.T) {
	for _, payload := range []string{
		`{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}`,
		`{"Records":[{"eventSource":"aws:sqs","messageId":"a","body":"{}"},{"eventSource":"aws:s3"}]}`,
	} {
		s := newSetup("")
		_, err := s.Invoke(t.Context(), []byte(payload))
		if got := lambdaError(t, err); got.Type != "InvalidEvent" {
			t.Errorf("got %+v, want InvalidEvent", got)
		}
	}
}

// A message that waits does not hold up the others, yet not all begin at once.
func TestBatchWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup("")
		var under, most atomic.Int32
		s.encrypter.do = func(context.Context, encrypt.Request) (answer.Answer, error) {
			most.Store(max(most.Load(), under.Add(1)))
			time.Sleep(time.Second)
			under.Add(-1)
			return answer.Answer{}, nil
		}
		begin := time.Now()
		bodies := slices.Repeat([]string{`{"action":"encrypt","logGroupName":"/a"}`}, 20)
		if _, err := s.Invoke(t.Context(), []byte(batch(t, bodies...))); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); most.Load() != 10 || took != 2*time.Second {
			t.Errorf("got up to %d side by side and %v, want 10 and 2s", most.Load(), took)
		}
	})
}

// Messages of one account that all hang take nothing from those of another.
func TestBatchIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup("")
		var others atomic.Int32
		begin := time.Now()
		s.encrypter.do = func(ctx context.Context, r encrypt.Request) (answer.Answer, error) {
			if r.Target.Account == "444455556666" {
				<-ctx.Done()
				return answer.Answer{}, failure.CutOff("AssumeRole", ctx.Err())
			}
			if time.Since(begin) == 0 {
				others.Add(1)
			}
			return answer.Answer{}, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		bodies := slices.Repeat([]string{`{"action":"encrypt","logGroupName":"/a","account":"444455556666"}`}, 30)
		bodies = append(bodies, slices.Repeat([]string{`{"action":"encrypt","logGroupName":"/a"}`}, 10)...)
		if _, err := s.Invoke(ctx, []byte(batch(t, bodies...))); err != nil {
			t.Fatal(err)
		}
		if others.Load() != 10 {
			t.Errorf("got %d of the other account's 10 messages done at once, want all", others.Load())
		}
	})
}

// Nobody follows the cursor of a sweep in a queue, so one that did not get to its
// end has to come again; taken for done, the rest of the log groups would stay
// open.
func TestBatchWithASweep(t *testing.T) {
	for cursor, want := range map[string]string{
		"":     `{"batchItemFailures":[]}`,
		"next": `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`,
	} {
		s := newSetup("")
		s.sweeper.do = func(context.Context, sweep.Request, func(answer.Answer, error)) (sweep.Answer, error) {
			return sweep.Answer{Examined: 50, Cursor: cursor}, nil
		}
		out, err := s.Invoke(t.Context(), []byte(batch(t, `{"action":"encrypt","logGroupName":"/a"}`, `{"action":"sweep"}`)))
		if err != nil || string(out) != want {
			t.Errorf("cursor %q: got %s, %v, want %s", cursor, out, err, want)
		}
	}
}

// The time to answer is kept back once for the whole batch. Kept back anew for
// each message, it would be a tenth of ever less, and the last ones would work
// until there is no time to say what became of the first.
func TestBatchSharesOneDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup("")
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var mu sync.Mutex
		var got []time.Duration
		work := func(ctx context.Context) {
			deadline, _ := ctx.Deadline()
			mu.Lock()
			got = append(got, deadline.Sub(begin))
			mu.Unlock()
			time.Sleep(2 * time.Second) // the next ones begin with less time
		}
		s.encrypter.do = func(ctx context.Context, _ encrypt.Request) (answer.Answer, error) {
			work(ctx)
			return answer.Answer{}, nil
		}
		s.sweeper.do = func(ctx context.Context, _ sweep.Request, _ func(answer.Answer, error)) (sweep.Answer, error) {
			work(ctx)
			return sweep.Answer{}, nil
		}
		bodies := slices.Repeat([]string{`{"action":"encrypt","logGroupName":"/a"}`}, 13)
		bodies = append(bodies, created(begin, `{"logGroupName":"/app"}`), `{"action":"sweep"}`)
		if _, err := s.Invoke(ctx, []byte(batch(t, bodies...))); err != nil {
			t.Fatal(err)
		}
		if want := slices.Repeat([]time.Duration{9 * time.Second}, 15); !slices.Equal(got, want) {
			t.Errorf("got deadlines after %v, want 9s for each message", got)
		}
	})
}
