package event_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

const goldenFolder = "../../events"

var ireland = target.Scope{Partition: "aws", Account: "123456789012", Region: "eu-west-1"}

// tagged is a changed log group that is not new, and so most likely has a key.
func tagged(logGroup, id, when string) *event.Change {
	c := changed(logGroup, id, when)
	c.LikelyHasKey = true
	return c
}

// created is the Change that most golden events ask for.
func created(logGroup, id, when string) *event.Change {
	c := changed(logGroup, id, when)
	c.IsNew = true
	return c
}

// changed is a changed log group that may have a key or none.
func changed(logGroup, id, when string) *event.Change {
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		panic(err)
	}
	return &event.Change{Target: target.LogGroup(ireland, logGroup), ID: id, Time: at}
}

func with(c *event.Change, edit func(*event.Change)) *event.Change {
	edit(c)
	return c
}

func ignored(reason answer.Reason, logGroup, id string) *event.Ignored {
	return &event.Ignored{Reason: reason, LogGroup: logGroup, Account: "123456789012", Region: "eu-west-1", ID: id}
}

// scheduled is the event that a schedule sends by itself.
func scheduled() *event.Ignored {
	i := ignored(answer.UnhandledEvent, "", "")
	i.Warning = `a schedule sent its own event, which asks for nothing; give the schedule the input {"action":"sweep"}`
	return i
}

// golden is what each file in events/ asks for; nil: it is an invalid event.
var golden = map[string]event.Input{
	"bare-record.json":               created("/app/replayed", "875b0670-af2e-4e4d-82d1-ce8f1a824606", "2026-03-31T12:03:46Z"),
	"created-by-cloudformation.json": created("/aws/lambda/echo-api", "0d04ad5c-34dd-428c-93b8-4a002eb7bf97", "2026-03-11T10:02:51Z"),
	"created-by-function-role.json":  created("/aws/lambda/thumbnailer", "9371e51b-f3ff-45e2-99b4-8333ce609b10", "2026-03-13T05:21:44Z"),
	"created-by-service-role.json":   created("API-Gateway-Execution-Logs_a1b2c3d4e5/prod", "8b3d2464-3948-4a85-9ddf-e8e4cf28d762", "2026-03-12T16:40:03Z"),
	"created-by-user.json":           created("/app/orders", "8318b8b3-6f73-4a2e-b8e2-d0ef8bc6e8d1", "2026-03-11T09:14:27Z"),
	"created-disabled-key.json":      created("/app/archive", "eedac9fc-addc-468f-b7b2-5aedb59989ef", "2026-03-23T12:26:40Z"),
	"created-excluded.json":          created("/tmp/scratch", "266a8ea6-8602-4f8d-8810-43adfe3c8516", "2026-03-20T15:55:07Z"),
	"created-hash-name.json":         created("/app/build#42", "6de49cd9-9163-4b11-8ee0-1d80abfe1734", "2026-03-19T14:08:16Z"),
	"created-in-govcloud.json": with(created("/app/gov", "2a94a257-20a7-4476-86af-827cdb7b209b", "2026-03-18T19:33:58Z"), func(c *event.Change) {
		c.Target.Scope = target.Scope{Partition: "aws-us-gov", Account: "123456789012", Region: "us-gov-west-1"}
	}),
	"created-reserved-name.json": created("aws/spans", "072cdf8f-ca67-4200-b4c1-e985349e0ffc", "2026-03-23T07:00:12Z"),
	"created-then-deleted.json":  created("/app/short-lived", "3099931d-5ed1-4801-a834-cbb20246c1db", "2026-03-24T09:41:55Z"),
	"created-with-forbidden-tag.json": with(created("/app/billing", "00e90c1b-7039-470b-83c9-5b056b3ba354", "2026-03-17T08:05:33Z"), func(c *event.Change) {
		c.Tags = map[string]string{"kms-key": "arn:aws:kms:eu-west-1:210987654321:key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"}
	}),
	"created-with-key.json": with(created("/app/ledger", "3336be9f-f7f7-41e8-ae37-0f688f51b26f", "2026-03-17T13:47:02Z"), func(c *event.Change) {
		c.LikelyHasKey = true
	}),
	"created-with-tags.json": with(created("/ecs/checkout", "f43279be-ab10-4d37-8a17-5708b32d45ec", "2026-03-16T11:30:19Z"), func(c *event.Change) {
		c.Tags = map[string]string{"team": "checkout", "environment": "production", "kms-key": "alias/payments"}
	}),
	"created-without-session-issuer.json": created("/app/legacy", "e7992e7e-b905-4407-863d-d4695b9b5125", "2026-03-18T06:12:24Z"),

	"key-changed.json": with(changed("/app/rekeyed", "cf25f454-3242-4743-ad09-23546282f0e4", "2026-03-27T09:12:05Z"), func(c *event.Change) {
		c.LikelyHasKey = true
	}),
	"key-removed.json":     changed("/app/stripped", "d4e5fb8c-e831-4393-9cbc-5708d775fbfa", "2026-03-27T08:44:51Z"),
	"tag-added.json":       tagged("/app/tagged", "aea5c822-eea5-44ec-8a01-21ec22cde795", "2026-03-26T10:15:42Z"),
	"tag-log-group.json":   tagged("/app/tagged-old-way", "dc240538-9213-4cd0-a582-f90feacf0ed6", "2026-03-26T11:05:27Z"),
	"tag-removed.json":     tagged("/app/untagged", "5acdd585-c31b-4512-b4af-f6401547dbed", "2026-03-26T10:31:09Z"),
	"untag-log-group.json": tagged("/app/untagged-old-way", "1d9df42f-c471-4396-b589-7c22b03a2148", "2026-03-26T11:06:48Z"),

	"failed-already-exists.json":    ignored(answer.FailedCall, "/app/orders", "ee87cc99-3506-4889-a5e5-9a1f737e2455"),
	"failed-denied.json":            ignored(answer.FailedCall, "", "cde7994f-ac36-439d-9fe9-807bb1420be5"),
	"other-call.json":               ignored(answer.UnhandledEvent, "/app/orders", "50073474-a354-4a20-8aef-3e6d430eb262"),
	"other-detail-type.json":        scheduled(),
	"schedule-without-input.json":   scheduled(),
	"other-service.json":            ignored(answer.UnhandledEvent, "", "5c2a4551-1197-4306-b27e-bf43d9ee3094"),
	"query-result-key-changed.json": ignored(answer.UnhandledEvent, "", "ebbfa9ac-1149-4e07-9761-6b274aa30091"),
	"tag-other-resource.json":       ignored(answer.UnhandledEvent, "", "ff298fb7-c52b-40e8-b53e-71ce0e8dcab0"),
	"invalid-no-name.json":          nil,

	"command-encrypt.json":              &event.Encrypt{Target: target.LogGroup(target.Scope{}, "/app/by-hand")},
	"command-encrypt-arn.json":          &event.Encrypt{Target: target.LogGroup(ireland, "/app/by-arn")},
	"command-encrypt-dry-run.json":      &event.Encrypt{Target: target.LogGroup(target.Scope{}, "/app/dry-run"), DryRun: true},
	"command-encrypt-query-result.json": &event.Encrypt{Target: target.QueryResults(ireland)},
	"command-sweep.json":                &event.Sweep{},
	"command-sweep-dry-run.json":        &event.Sweep{Prefix: "/app/", DryRun: true},

	"sqs-batch.json": &event.Batch{}, // TestGoldenBatch looks inside
}

// goldenBatch is what the messages of sqs-batch.json ask for.
var goldenBatch = []struct {
	id   string
	want event.Input
}{
	{"05c5fcc6-0192-4e30-bdf1-37b77a6ce9e4", created("/app/queued", "1f4bf86c-0c6d-4e95-b4f0-4fb94dced3a9", "2026-04-01T06:59:12Z")},
	{"ec6680d6-e8d4-4e27-a4cc-a339f97e3d7a", created("/app/failed-before", "a5dcbf39-9e08-4275-a132-af688bfc806e", "2026-04-01T07:02:37Z")},
	{"8c47abd4-83ff-4be0-9039-09fdb6ff2987", nil},
}

// goldenFiles lists the files in events/.
func goldenFiles(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(goldenFolder, "*.json"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("listing %s: got %v, %v, want files; nothing would be tested", goldenFolder, paths, err)
	}
	return paths
}

func readGolden(tb testing.TB, path string) []byte {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestGolden(t *testing.T) {
	tested := make(map[string]bool)
	for _, path := range goldenFiles(t) {
		name := filepath.Base(path)
		tested[name] = true
		t.Run(name, func(t *testing.T) {
			want, ok := golden[name]
			if !ok {
				t.Fatal("the file has no row, so nobody says what it asks for")
			}
			got, err := event.Parse(readGolden(t, path))
			if want == nil {
				checkInvalid(t, got, err)
				return
			}
			if err != nil {
				t.Fatalf("got error %v, want %T", err, want)
			}
			if _, isBatch := want.(*event.Batch); isBatch {
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the event was misread (-want +got):\n%s", diff)
			}
		})
	}
	for name := range golden {
		if !tested[name] {
			t.Errorf("row %s: got no such file in %s, want one; the row tests nothing", name, goldenFolder)
		}
	}
}

func TestGoldenBatch(t *testing.T) {
	got, err := event.Parse(readGolden(t, filepath.Join(goldenFolder, "sqs-batch.json")))
	batch, ok := got.(*event.Batch)
	if err != nil || !ok {
		t.Fatalf("got %T, %v, want *event.Batch", got, err)
	}
	if len(batch.Messages) != len(goldenBatch) {
		t.Fatalf("got %d messages, want %d; the others would be deleted unread", len(batch.Messages), len(goldenBatch))
	}
	for i, row := range goldenBatch {
		m := batch.Messages[i]
		if m.ID != row.id {
			t.Errorf("message %d: got ID %q, want %q; another one would be delivered again", i, m.ID, row.id)
		}
		got, err := event.ParseMessage(m)
		if row.want == nil {
			checkInvalid(t, got, err)
			continue
		}
		if err != nil {
			t.Errorf("message %d: got error %v, want %T", i, err, row.want)
			continue
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("message %d was misread (-want +got):\n%s", i, diff)
		}
	}
}
