package tests

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

var (
	queryResultARN = awsfake.QueryResultARN(account, region)
	reads          = []string{"DescribeLogGroups", "ListTagsForResource"}
	planning       = append([]string{"DescribeKey"}, reads...)
	writing        = append([]string{"AssociateKmsKey"}, planning...)
)

// TestOutcomes has one row or more for each outcome and reason, with the whole
// answer and every AWS call that it may cost.
func TestOutcomes(t *testing.T) {
	keyTag := map[string]string{"kms-key": "alias/payments"}
	cases := []struct {
		name     string
		settings []string
		group    awsfake.LogGroup // put into the world before
		event    string
		want     answer // without account, Region, eventId and exposureSeconds
		calls    []string
	}{
		{"associated by tag", nil, awsfake.LogGroup{Name: "/o", Tags: keyTag}, created("/o"),
			answer{Outcome: "associated", Reason: "tag", LogGroup: "/o", KMSKeyARN: golden.PaymentsKey, Attempts: 1}, append([]string{"DescribeKey"}, writing...)}, // one for the default key, beside the tags
		{"associated by rule", nil, awsfake.LogGroup{Name: "API-Gateway-Execution-Logs_x"}, created("API-Gateway-Execution-Logs_x"),
			answer{Outcome: "associated", Reason: "rule", LogGroup: "API-Gateway-Execution-Logs_x", KMSKeyARN: golden.GatewayKey, Rule: "api-gateway", Attempts: 1}, writing},
		{"associated by default", nil, awsfake.LogGroup{Name: "/o"}, created("/o"),
			answer{Outcome: "associated", Reason: "default", LogGroup: "/o", KMSKeyARN: golden.DefaultKey, Attempts: 1}, writing},
		{"associated query results", nil, awsfake.LogGroup{}, queryResult(),
			answer{Outcome: "associated", Reason: "query-result", ResourceIdentifier: queryResultARN, KMSKeyARN: golden.DefaultKey, Attempts: 1},
			[]string{"AssociateKmsKey", "DescribeKey"}},
		{"associated in place of another", []string{"EXISTING_KEY=replace"}, awsfake.LogGroup{Name: "/o", KMSKeyARN: golden.LedgerKey}, created("/o"),
			answer{Outcome: "associated", Reason: "default", LogGroup: "/o", KMSKeyARN: golden.DefaultKey, PreviousKMSKeyARN: golden.LedgerKey, Attempts: 1}, writing},
		{"planned by tag", []string{"DRY_RUN=true"}, awsfake.LogGroup{Name: "/o", Tags: keyTag}, created("/o"),
			answer{Outcome: "planned", Reason: "tag", LogGroup: "/o", KMSKeyARN: golden.PaymentsKey, DryRun: true}, append([]string{"DescribeKey"}, planning...)},
		{"planned by rule", []string{"DRY_RUN=true"}, awsfake.LogGroup{Name: "API-Gateway-Execution-Logs_x"}, created("API-Gateway-Execution-Logs_x"),
			answer{Outcome: "planned", Reason: "rule", LogGroup: "API-Gateway-Execution-Logs_x", KMSKeyARN: golden.GatewayKey, Rule: "api-gateway", DryRun: true}, planning},
		{"planned by default, switched on by the command", nil, awsfake.LogGroup{Name: "/o"}, command("/o", `"dryRun":true`),
			answer{Outcome: "planned", Reason: "default", LogGroup: "/o", KMSKeyARN: golden.DefaultKey, DryRun: true}, planning},
		{"planned, a command cannot switch it off", []string{"DRY_RUN=true"}, awsfake.LogGroup{Name: "/o"}, command("/o", `"dryRun":false`),
			answer{Outcome: "planned", Reason: "default", LogGroup: "/o", KMSKeyARN: golden.DefaultKey, DryRun: true}, planning},
		{"planned query results", []string{"DRY_RUN=true"}, awsfake.LogGroup{}, queryResult(),
			answer{Outcome: "planned", Reason: "query-result", ResourceIdentifier: queryResultARN, KMSKeyARN: golden.DefaultKey, DryRun: true}, []string{"DescribeKey"}},
		{"unchanged, it has the key already", []string{"EXISTING_KEY=replace"}, awsfake.LogGroup{Name: "/o", KMSKeyARN: golden.DefaultKey}, created("/o"),
			answer{Outcome: "unchanged", Reason: "already-associated", LogGroup: "/o", KMSKeyARN: golden.DefaultKey}, planning},
		{"unchanged, its own key is kept", nil, awsfake.LogGroup{Name: "/o", KMSKeyARN: golden.LedgerKey}, command("/o"),
			answer{Outcome: "unchanged", Reason: "existing-key-kept", LogGroup: "/o", KMSKeyARN: golden.LedgerKey}, nil},
		{"skipped failed call", nil, awsfake.LogGroup{Name: "/o"}, created("/o", with("errorCode", "ResourceAlreadyExistsException")),
			answer{Outcome: "skipped", Reason: "failed-call", LogGroup: "/o"}, []string{}},
		{"skipped denied call without parameters", nil, awsfake.LogGroup{}, happened("CreateLogGroup", nil, with("errorCode", "AccessDenied")),
			answer{Outcome: "skipped", Reason: "failed-call"}, []string{}},
		{"skipped failed call of any name", nil, awsfake.LogGroup{}, happened("CreateLogStream", nil, with("errorCode", "AccessDenied")),
			answer{Outcome: "skipped", Reason: "failed-call"}, []string{}},
		{"skipped other call", nil, awsfake.LogGroup{Name: "/o"}, happened("PutRetentionPolicy", object{"logGroupName": "/o", "retentionInDays": 7}),
			answer{Outcome: "skipped", Reason: "unhandled-event", LogGroup: "/o"}, []string{}},
		{"skipped deletion", nil, awsfake.LogGroup{Name: "/o"}, happened("DeleteLogGroup", object{"logGroupName": "/o"}),
			answer{Outcome: "skipped", Reason: "unhandled-event", LogGroup: "/o"}, []string{}},
		{"skipped other service", nil, awsfake.LogGroup{}, happened("CreateBucket", object{"bucketName": "b"}, with("eventSource", "s3.amazonaws.com")),
			answer{Outcome: "skipped", Reason: "unhandled-event"}, []string{}},
		{"skipped failed call of another service", nil, awsfake.LogGroup{}, happened("CreateBucket", nil, with("eventSource", "s3.amazonaws.com"), with("errorCode", "AccessDenied")),
			answer{Outcome: "skipped", Reason: "unhandled-event"}, []string{}},
		{"skipped other resource", nil, awsfake.LogGroup{}, happened("TagResource", object{"resourceArn": "arn:aws:logs:" + region + ":" + account + ":destination:d", "tags": object{"a": "b"}}),
			answer{Outcome: "skipped", Reason: "unhandled-event"}, []string{}},
		{"skipped query results, which events never set", nil, awsfake.LogGroup{}, happened("AssociateKmsKey", object{"resourceIdentifier": queryResultARN, "kmsKeyId": golden.LedgerKey}),
			answer{Outcome: "skipped", Reason: "unhandled-event"}, []string{}},
		{"skipped query results that lost their key", nil, awsfake.LogGroup{}, happened("DisassociateKmsKey", object{"resourceIdentifier": queryResultARN}),
			answer{Outcome: "skipped", Reason: "unhandled-event"}, []string{}},
		{"skipped reserved name", nil, awsfake.LogGroup{}, created("aws/spans"),
			answer{Outcome: "skipped", Reason: "reserved-name", LogGroup: "aws/spans"}, []string{}},
		{"skipped reserved name in capitals", nil, awsfake.LogGroup{}, command("AwS/spans"),
			answer{Outcome: "skipped", Reason: "reserved-name", LogGroup: "AwS/spans"}, []string{}},
		{"skipped excluded name", nil, awsfake.LogGroup{}, created("/tmp/a/b"),
			answer{Outcome: "skipped", Reason: "excluded", LogGroup: "/tmp/a/b"}, []string{}},
		{"skipped without a key", []string{"DEFAULT_KMS_KEY="}, awsfake.LogGroup{Name: "/o"}, created("/o"),
			answer{Outcome: "skipped", Reason: "no-key", LogGroup: "/o"}, reads},
		{"skipped query results without a key", []string{"QUERY_RESULT_KMS_KEY="}, awsfake.LogGroup{}, queryResult(),
			answer{Outcome: "skipped", Reason: "no-key", ResourceIdentifier: queryResultARN}, []string{}},
		{"gone", []string{"KMS_KEY_TAG="}, awsfake.LogGroup{}, created("/gone", before(time.Hour)),
			answer{Outcome: "gone", Reason: "log-group-not-found", LogGroup: "/gone"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := golden.NewWorld()
			if c.group.Name != "" {
				w.PutLogGroup(account, region, c.group)
			}
			s := start(t, w, c.settings...)
			got := s.does(c.event)
			got.EventID, got.ExposureSeconds = "", nil
			if c.want.Reason == "unhandled-event" { // who is not ours need not be named
				got.LogGroup, got.ResourceIdentifier, c.want.LogGroup = "", "", ""
			}
			c.want.Account, c.want.Region = account, region
			s.equal("answer", got, c.want)
			if c.calls != nil {
				s.wantCalls(c.calls...)
			}
			if name := c.group.Name; name != "" && (c.want.Outcome == "associated") {
				s.wantKey(name, c.want.KMSKeyARN)
			} else if name != "" {
				s.wantKey(name, c.group.KMSKeyARN)
			}
		})
	}
}

// TestOutcomesThatOnlyAWSTells are the ones that show when it is too late to
// look: AWS's own answers are part of the decision.
func TestOutcomesThatOnlyAWSTells(t *testing.T) {
	cases := []struct {
		name, operation string
		kind            awsfake.FaultKind
		want            string
	}{
		{"reserved when associating", "AssociateKmsKey", awsfake.ReservedName, "skipped/reserved-name"},
		{"gone when associating", "AssociateKmsKey", awsfake.NotFound, "gone/log-group-not-found"},
		{"gone when reading the state", "DescribeLogGroups", awsfake.NotFound, "gone/log-group-not-found"},
		{"gone when reading the tags", "ListTagsForResource", awsfake.NotFound, "gone/log-group-not-found"},
		{"reserved when reading the state", "DescribeLogGroups", awsfake.ReservedName, "skipped/reserved-name"},
		{"reserved when reading the tags", "ListTagsForResource", awsfake.ReservedName, "skipped/reserved-name"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: c.operation, Kind: c.kind})
			s := start(t, w)
			got := s.does(created("/app/new", before(time.Hour)))
			s.equal("outcome", got.Outcome+"/"+got.Reason, c.want)
			if n := s.world.CountCalls(c.operation); n != 1 {
				t.Errorf("%s: got %d requests, want 1", c.operation, n)
			}
			s.wantKey("/app/new", "")
		})
	}
}

// TestExposure guards the number that tells how long a log group stood open: it
// counts from the record's time, and only where something was set.
func TestExposure(t *testing.T) {
	t.Parallel()
	s := start(t, world())
	got := s.does(created("/app/new", before(30*time.Second)))
	if got.ExposureSeconds == nil || *got.ExposureSeconds < 30 || *got.ExposureSeconds > 300 {
		t.Errorf("exposureSeconds of an event: got %v, want 30 and a little", got.ExposureSeconds)
	}
	s.equal("eventId", got.EventID, eventID)
	if got := s.does(command("/app/by-hand")); got.ExposureSeconds != nil || got.EventID != "" {
		t.Errorf("a command: got exposureSeconds %v and eventId %q, want neither", got.ExposureSeconds, got.EventID)
	}
	if got := s.does(created("/app/new")); got.ExposureSeconds != nil {
		t.Errorf("exposureSeconds of an unchanged log group: got %v, want none", *got.ExposureSeconds)
	}
}

// TestEveryEventName sends each of the calls that mean "look at this log group
// again", with the parameters that it has in CloudTrail.
func TestEveryEventName(t *testing.T) {
	arn := awsfake.LogGroupARN(account, region, "/app/new")
	for name, parameters := range map[string]object{
		"CreateLogGroup":     {"logGroupName": "/app/new", "logGroupClass": "SOME_CLASS_OF_TOMORROW"},
		"AssociateKmsKey":    {"logGroupName": "/app/new", "kmsKeyId": golden.LedgerKey},
		"DisassociateKmsKey": {"logGroupName": "/app/new"},
		"TagResource":        {"resourceArn": arn, "tags": object{"a": "b"}},
		"UntagResource":      {"resourceArn": arn, "tagKeys": []string{"kms-key"}},
		"TagLogGroup":        {"logGroupName": "/app/new", "tags": object{"a": "b"}},
		"UntagLogGroup":      {"logGroupName": "/app/new", "tags": []string{"kms-key"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world())
			s.equal("answer", s.does(happened(name, parameters)).short(), "associated/default "+id(golden.DefaultKey))
			s.wantKey("/app/new", golden.DefaultKey)
		})
	}
	// Both calls about keys take a resource identifier in place of the name.
	for _, name := range []string{"AssociateKmsKey", "DisassociateKmsKey"} {
		t.Run(name+" by ARN", func(t *testing.T) {
			t.Parallel()
			s := start(t, world())
			s.does(happened(name, object{"resourceIdentifier": arn, "kmsKeyId": golden.LedgerKey}))
			s.wantKey("/app/new", golden.DefaultKey)
		})
	}
}
