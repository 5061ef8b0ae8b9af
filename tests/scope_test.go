package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// there moves an event to another account.
var there change = func(envelope, detail object) {
	envelope["account"], detail["recipientAccountId"] = otherAccount, otherAccount
}

// TestWhoseLogGroup takes the account from where EventBridge puts it; the caller's
// account is somebody else's in half of all organisations.
func TestWhoseLogGroup(t *testing.T) {
	cases := []struct {
		name    string
		changes []change
		want    string
	}{
		{"record and envelope agree", nil, "associated/default"},
		{"the envelope's, where the record has none", []change{lacking("recipientAccountId")}, "associated/default"},
		{"both are another account", []change{there}, "AccessDenied"},
		{"the envelope's is another account", []change{lacking("recipientAccountId"), around("account", otherAccount)}, "AccessDenied"},
		// A record never speaks for another account than its envelope's.
		{"the recipient alone is another account", []change{with("recipientAccountId", otherAccount)}, "InvalidEvent"},
		{"the envelope's alone is another account", []change{around("account", otherAccount)}, "InvalidEvent"},
		{"a perfect record of another source", []change{around("source", "com.example")}, "skipped/unhandled-event"},
		{"the caller's account never counts", []change{with("userIdentity", object{"type": "IAMUser", "accountId": otherAccount})}, "associated/default"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			s := start(t, w)
			got := s.outcomeOf(created("/app/new", c.changes...))
			s.equal("answer", strings.Fields(got)[0], c.want)
			if c.want != "associated/default" {
				s.equal("AWS requests", len(w.Calls()), 0)
				s.wantKey("/app/new", "")
			}
		})
	}
}

// TestOtherAccount says what is wrong when a log group of another account comes
// by and there is no role for it, by every way in which it can.
func TestOtherAccount(t *testing.T) {
	arn := awsfake.LogGroupARN(otherAccount, region, "/app/new")
	for name, event := range map[string]string{
		"event":          created("/app/new", there),
		"command":        command("/app/new", `"account":"`+otherAccount+`"`),
		"command by ARN": `{"action":"encrypt","resourceIdentifier":"` + arn + `"}`,
		"query results":  `{"action":"encrypt","resourceIdentifier":"` + awsfake.QueryResultARN(otherAccount, region) + `"}`,
		"sweep":          sweepCommand(`"account":"` + otherAccount + `"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			s := start(t, w)
			mentions(t, s.fails("AccessDenied", event).ErrorMessage, account, otherAccount, "MEMBER_ROLE")
			s.equal("AWS requests", len(w.Calls()), 0)
		})
	}
}

// TestOtherAccountSkipped are decisions that need neither AWS nor a role.
func TestOtherAccountSkipped(t *testing.T) {
	t.Parallel()
	s := start(t, world(), "QUERY_RESULT_KMS_KEY=")
	for event, want := range map[string]string{
		created("/tmp/x", there):                                                     "skipped/excluded",
		created("aws/spans", there):                                                  "skipped/reserved-name",
		created("/app/new", there, with("errorCode", "AccessDenied")):                "skipped/failed-call",
		happened("PutRetentionPolicy", object{"logGroupName": "/app/new"}, there):    "skipped/unhandled-event",
		command("/tmp/x", `"account":"`+otherAccount+`"`):                            "skipped/excluded",
		command("AWS/x", `"account":"`+otherAccount+`"`, `"region":"us-gov-east-1"`): "skipped/reserved-name",
	} {
		got := s.does(event)
		s.equal("answer", got.short(), want)
		if got.Reason != "unhandled-event" {
			s.equal("account", got.Account, otherAccount)
		}
	}
	s.equal("AWS requests", len(s.world.Calls()), 0)
}

// startAs is start for a function of another name, Region or partition.
func startAs(t *testing.T, w *awsfake.World, functionARN string, settings ...string) *setup {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Options{
		Binary: binary, Env: override(golden.Env(server.URL), settings), FunctionARN: functionARN,
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &setup{t, w, f}
}

// TestOtherRegion signs for the log group's Region, not for the function's.
func TestOtherRegion(t *testing.T) {
	t.Parallel()
	w := world()
	key := newKey(w, "alias/log-group-kms", awsfake.Key{Region: "us-west-2"})
	w.PutLogGroup(account, "us-west-2", awsfake.LogGroup{Name: "/app/new"})
	var mu sync.Mutex
	scopes := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		parts := strings.Split(credential, "/") // key, day, Region, service
		mu.Lock()
		scopes[strings.Join(parts[2:4], "/")] = true
		mu.Unlock()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	s := start(t, w, "AWS_ENDPOINT_URL="+server.URL)
	got := s.does(created("/app/new", with("awsRegion", "us-west-2"))) // the envelope's is the bus's
	s.equal("answer", got.Region+" "+got.KMSKeyARN, "us-west-2 "+key)
	s.wantKey("/app/new", "")
	mu.Lock()
	defer mu.Unlock()
	s.equal("credential scopes", scopes, map[string]bool{"us-west-2/logs": true, "us-west-2/kms": true})
}

// TestEndpoints sends each service where its own variable says.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	w := world()
	var mu sync.Mutex
	seen := map[string]bool{}
	serve := func(name string) string {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			service, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
			mu.Lock()
			seen[name+" "+service] = true
			mu.Unlock()
			w.ServeHTTP(rw, r)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	s := start(t, w, "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS="+serve("logs"), "AWS_ENDPOINT_URL_KMS="+serve("kms"))
	s.equal("outcome", s.does(created("/app/new")).Outcome, "associated")
	mu.Lock()
	defer mu.Unlock()
	s.equal("requests", seen, map[string]bool{"logs Logs_20140328": true, "kms TrentService": true})
}

// TestRulesOfAnotherRegion weighs the Region of the log group, not the function's.
func TestRulesOfAnotherRegion(t *testing.T) {
	t.Parallel()
	w := world()
	key := newKey(w, "alias/west", awsfake.Key{Region: "us-west-2"})
	w.PutLogGroup(account, "us-west-2", awsfake.LogGroup{Name: "/app/new"})
	s := start(t, w, "ASSOCIATE_RATE=0", rules(`{"name":"west","regions":["us-*"],"key":"alias/west"}`))
	s.equal("there", s.does(command("/app/new", `"region":"us-west-2"`)).short(), "associated/rule "+id(key))
	s.equal("here", s.does(command("/app/new")).short(), "associated/default "+id(golden.DefaultKey))
}
