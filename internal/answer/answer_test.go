package answer_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
)

// The words and keys are a promise to whoever reads answers, logs and metrics by
// machine, so they are written out here letter by letter.
func TestWords(t *testing.T) {
	outcomes := []answer.Outcome{"associated", "planned", "unchanged", "skipped", "gone"}
	if diff := cmp.Diff(outcomes, answer.Outcomes()); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	reasons := []answer.Reason{
		answer.Tag, answer.Rule, answer.Default, answer.QueryResult, answer.AlreadyAssociated, answer.ExistingKeyKept,
		answer.FailedCall, answer.UnhandledEvent, answer.ReservedName, answer.Excluded, answer.NoKey, answer.LogGroupNotFound,
	}
	want := []answer.Reason{
		"tag", "rule", "default", "query-result", "already-associated", "existing-key-kept",
		"failed-call", "unhandled-event", "reserved-name", "excluded", "no-key", "log-group-not-found",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]answer.TagRejection{"not-allowed", "unusable"}, []answer.TagRejection{answer.NotAllowed, answer.Unusable}); diff != "" {
		t.Errorf("tag rejections (-want +got):\n%s", diff)
	}
}

func TestAnswerAsJSON(t *testing.T) {
	seconds := 14.2
	tests := []struct {
		name   string
		answer answer.Answer
		want   string
	}{
		{
			"everything set",
			answer.Answer{
				Outcome: answer.Associated, Reason: answer.Rule, LogGroup: "/app/orders", ResourceIdentifier: "arn",
				Account: "111122223333", Region: "eu-west-1", KMSKeyARN: "new", PreviousKMSKeyARN: "old", Rule: "payments",
				TagRejected: answer.NotAllowed, Attempts: 2, ExposureSeconds: &seconds, DryRun: true, EventID: "efb309eb",
				TagRejectedWhy: "for the log only",
			},
			`{"outcome":"associated","reason":"rule","logGroup":"/app/orders","resourceIdentifier":"arn","account":"111122223333",
			  "region":"eu-west-1","kmsKeyArn":"new","previousKmsKeyArn":"old","rule":"payments","tagRejected":"not-allowed",
			  "attempts":2,"exposureSeconds":14.2,"dryRun":true,"eventId":"efb309eb"}`,
		},
		{
			// Numbers and booleans stay, for a reader that compares them.
			"hardly anything set",
			answer.Answer{Outcome: answer.Skipped, Reason: answer.UnhandledEvent},
			`{"outcome":"skipped","reason":"unhandled-event","attempts":0,"dryRun":false}`,
		},
		{
			// No exposure at all is the best value there is, not a missing one.
			"exposure of zero",
			answer.Answer{Outcome: answer.Associated, Reason: answer.Default, ExposureSeconds: new(float64)},
			`{"outcome":"associated","reason":"default","attempts":0,"exposureSeconds":0,"dryRun":false}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := json.Marshal(tt.answer)
			if err != nil {
				t.Fatal(err)
			}
			var got, want map[string]any
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the answer's JSON broke its promise (-want +got):\n%s", diff)
			}
		})
	}
}
