package handler_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/target"
)

// errorType is what Lambda reports, and alarms and retries hang on.
func TestErrorTypes(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{fail(failure.InvalidEvent), "InvalidEvent"}, {fail(failure.KeyUnusable), "KeyUnusable"},
		{fail(failure.AccessDenied), "AccessDenied"}, {fail(failure.Conflict), "Conflict"},
		{fail(failure.Throttled), "Throttled"}, {fail(failure.Unavailable), "Unavailable"},
		{fail(failure.Unexpected), "Unexpected"},
		{fmt.Errorf("around: %w", fail(failure.Conflict)), "Conflict"},
		{errors.Join(io.EOF, fail(failure.Throttled)), "Throttled"},
		{io.EOF, "Unexpected"},
	} {
		t.Run(test.want, func(t *testing.T) {
			s := newSetup("")
			s.encrypter.do = func(context.Context, encrypt.Request) (answer.Answer, error) { return answer.Answer{}, test.err }
			out, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"}`))
			got := lambdaError(t, err)
			if got.Type != test.want || got.Message != failure.Clean(test.err.Error()) || out != nil {
				t.Errorf("got %q, %q, %s; want %q, %q and no answer", got.Type, got.Message, out, test.want, test.err)
			}
		})
	}
}

func TestInvalidEvents(t *testing.T) {
	for _, payload := range []string{"", "null", "[]", "1", "{}", `{"action":"stop"}`, `{"Records":[]}`, "\xff"} {
		t.Run(payload, func(t *testing.T) {
			s := newSetup("")
			_, err := s.Invoke(t.Context(), []byte(payload))
			if got := lambdaError(t, err); got.Type != "InvalidEvent" || got.Message == "" {
				t.Errorf("got %+v, want InvalidEvent with a sentence", got)
			}
			if len(s.encrypter.requests) > 0 {
				t.Error("got work done, want none")
			}
		})
	}
}

// A record is believed to show the log group as it is for five minutes: its tags,
// and that a group which is not to be found may be merely too new.
func TestFreshRecords(t *testing.T) {
	for _, test := range []struct {
		age   time.Duration
		fresh bool
	}{
		{0, true}, {5*time.Minute - time.Second, true}, {5 * time.Minute, false}, {24 * time.Hour, false},
		{-time.Minute, true}, // clocks differ
		{-time.Hour, false},
	} {
		t.Run(test.age.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup("")
				record := created(time.Now().Add(-test.age), `{"logGroupName":"/app","tags":{"kms-key":"alias/a"}}`)
				if _, err := s.Invoke(t.Context(), []byte(record)); err != nil {
					t.Fatal(err)
				}
				want := encrypt.Request{Target: target.LogGroup(target.Scope{Partition: "aws", Account: account, Region: region}, "/app")}
				if test.fresh {
					want.IsNew, want.Tags = true, map[string]string{"kms-key": "alias/a"}
				}
				if diff := cmp.Diff([]encrypt.Request{want}, s.encrypter.requests); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A record without a time that can be read is old, and has no exposure.
func TestRecordWithoutTime(t *testing.T) {
	s := newSetup("")
	s.encrypter.do = associated
	out, err := s.Invoke(t.Context(), []byte(`{"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","awsRegion":"eu-west-1",
		"recipientAccountId":"111122223333","requestParameters":{"logGroupName":"/app","kmsKeyId":"k","tags":{"a":"b"}}}`))
	if err != nil || strings.Contains(string(out), "exposureSeconds") {
		t.Errorf("got %s, %v, want an answer without exposureSeconds", out, err)
	}
	if r := s.encrypter.requests[0]; r.IsNew || r.Tags != nil || !r.LikelyHasKey {
		t.Errorf("got %+v, want neither new nor tags, but a key", r)
	}
}

// associated is the work that always succeeds.
func associated(_ context.Context, request encrypt.Request) (answer.Answer, error) {
	return answer.Answer{
		Outcome: answer.Associated, Reason: answer.Default, LogGroup: request.Target.LogGroup,
		Account: account, Region: region, KMSKeyARN: keyARN, Attempts: 1, Encrypted: true, AssociatedAt: time.Now(),
	}, nil
}

// Exposure runs from the record's time to the association, not to the end of the
// invocation.
func TestExposure(t *testing.T) {
	for _, test := range []struct {
		age  time.Duration
		want string
	}{
		{14 * time.Second, `"exposureSeconds":15.5,`},
		{-10 * time.Second, `"exposureSeconds":0,`}, // clocks differ
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup("")
			s.encrypter.do = func(ctx context.Context, r encrypt.Request) (answer.Answer, error) {
				time.Sleep(1500 * time.Millisecond)
				a, err := associated(ctx, r)
				time.Sleep(time.Second)
				return a, err
			}
			out, err := s.Invoke(t.Context(), []byte(created(time.Now().Add(-test.age), `{"logGroupName":"/app"}`)))
			if err != nil || !strings.Contains(string(out), test.want) {
				t.Errorf("got %s, %v, want %s", out, err, test.want)
			}
		})
	}
}

// A command has no event's time to start from.
func TestAnswerOfACommand(t *testing.T) {
	s := newSetup("")
	s.encrypter.do = associated
	out, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"}`))
	want := `{"outcome":"associated","reason":"default","logGroup":"/app","account":"111122223333","region":"eu-west-1",` +
		`"kmsKeyArn":"` + keyARN + `","attempts":1,"dryRun":false}`
	if err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
}

// dryRun can switch a dry run on, never off.
func TestDryRun(t *testing.T) {
	for _, configured := range []bool{false, true} {
		for _, asked := range []string{"", `,"dryRun":true`, `,"dryRun":false`} {
			want := configured || asked == `,"dryRun":true`
			s := newSetup("")
			s.DryRun = configured
			if _, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"`+asked+`}`)); err != nil {
				t.Fatal(err)
			}
			if got := s.encrypter.requests[0].DryRun; got != want {
				t.Errorf("configured %t, command {%s}: got dry run %t, want %t", configured, asked, got, want)
			}
		}
	}
	s := newSetup("")
	s.DryRun = true
	if _, err := s.Invoke(t.Context(), []byte(created(time.Now(), `{"logGroupName":"/app"}`))); err != nil || !s.encrypter.requests[0].DryRun {
		t.Errorf("a record: got %+v, %v, want a dry run", s.encrypter.requests, err)
	}
}

// What a command leaves out is the function's own.
func TestHome(t *testing.T) {
	own := target.Scope{Partition: "aws", Account: account, Region: region}
	for command, want := range map[string]target.Scope{
		`{"action":"encrypt","logGroupName":"/app"}`:                                                                own,
		`{"action":"encrypt","logGroupName":"/app","account":"444455556666"}`:                                       {Partition: "aws", Account: "444455556666", Region: region},
		`{"action":"encrypt","logGroupName":"/app","region":"cn-north-1"}`:                                          {Partition: "aws-cn", Account: account, Region: "cn-north-1"},
		`{"action":"encrypt","resourceIdentifier":"arn:aws-us-gov:logs:us-gov-west-1:444455556666:log-group:/app"}`: {Partition: "aws-us-gov", Account: "444455556666", Region: "us-gov-west-1"},
		`{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:111122223333:query-result:*"}`:            own,
		`{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:111122223333:log-group:/app:*"}`:          own,
	} {
		s := newSetup("")
		if _, err := s.Invoke(t.Context(), []byte(command)); err != nil {
			t.Errorf("%s: %v", command, err)
			continue
		}
		if got := s.encrypter.requests[0].Target.Scope; got != want {
			t.Errorf("%s: got %+v, want %+v", command, got, want)
		}
	}
}

// Run by hand outside of Lambda, the function may not know where it is.
func TestNoHome(t *testing.T) {
	for _, command := range []string{`{"action":"encrypt","logGroupName":"/app"}`, `{"action":"sweep"}`} {
		s := newSetup("")
		s.Home = func(context.Context) (target.Scope, error) { return target.Scope{}, fail(failure.Unavailable) }
		_, err := s.Invoke(t.Context(), []byte(command))
		if got := lambdaError(t, err); got.Type != "Unavailable" || len(s.encrypter.requests)+len(s.sweeper.requests) != 0 {
			t.Errorf("%s: got %+v, want the reason why the account is not known, and nothing done", command, got)
		}
	}
}

// Some time is kept back, so that there is an answer before Lambda's deadline.
func TestTimeToAnswer(t *testing.T) {
	for _, test := range []struct{ limit, reserve time.Duration }{
		{60 * time.Second, 2 * time.Second}, {10 * time.Second, time.Second}, {time.Second, 100 * time.Millisecond}, {0, 0},
	} {
		t.Run(test.limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup("")
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				begin := time.Now()
				for _, payload := range []string{
					`{"action":"encrypt","logGroupName":"/app"}`,
					created(begin, `{"logGroupName":"/app"}`),
					batch(t, `{"action":"encrypt","logGroupName":"/app"}`),
				} {
					called := false
					s.encrypter.do = func(ctx context.Context, _ encrypt.Request) (answer.Answer, error) {
						called = true
						deadline, ok := ctx.Deadline()
						if got := deadline.Sub(begin); !ok || got != test.limit-test.reserve {
							t.Errorf("got a deadline after %v, want %v", got, test.limit-test.reserve)
						}
						return answer.Answer{}, nil
					}
					if _, err := s.Invoke(ctx, []byte(payload)); err != nil || !called {
						t.Errorf("got called %t, %v", called, err)
					}
				}
			})
		})
	}
	s := newSetup("")
	s.encrypter.do = func(ctx context.Context, _ encrypt.Request) (answer.Answer, error) {
		if _, ok := ctx.Deadline(); ok {
			t.Error("no deadline: got one, want none")
		}
		return answer.Answer{}, nil
	}
	if _, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"}`)); err != nil {
		t.Error(err)
	}
}

// Metrics that cannot be written must not fail the work.
func TestMetricsLost(t *testing.T) {
	s := newSetup("")
	s.Reporter.Metrics = metric.NewWriter(full{}, "LogGroupKms")
	if _, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/a"}`)); err != nil {
		t.Errorf("got %v, want the answer", err)
	}
	if !strings.Contains(s.out.text.String(), "metrics lost") {
		t.Errorf("got %s, want a line that says so", s.out.text.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
