package tests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// The hub's role, as whose the function runs, and the role that it assumes.
const (
	hubRole    = "arn:aws:iam::" + account + ":role/hub/event"
	memberRole = "security/log-group-kms-member"
	externalID = "of-the-hub/1"
)

// Member accounts. Each has the key alias/log-group-kms and the log groups /app/new and
// /app/old, and the hub the log group /app/new as well.
const (
	payments = "444455556666"
	orders   = "555566667777"
	broken   = "666677778888"
)

// organisation is the hub's World with members that trust it.
func organisation(members ...string) *awsfake.World {
	w := world()
	w.AddRoleKey(golden.AccessKey, hubRole, "event")
	for _, id := range members {
		join(w, id, region)
	}
	return w
}

// join makes an account a member in a Region.
func join(w *awsfake.World, id, in string) (key string) {
	w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(id, in, memberRole), Trust: awsfake.Trust(externalID, hubRole)})
	key = newKey(w, "alias/log-group-kms", awsfake.Key{Account: id, Region: in})
	for _, name := range []string{"/app/new", "/app/old"} {
		w.PutLogGroup(id, in, awsfake.LogGroup{Name: name})
	}
	return key
}

func hub(more ...string) []string {
	return append([]string{"MEMBER_ROLE=" + memberRole, "MEMBER_EXTERNAL_ID=" + externalID, "RULES=", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0"}, more...)
}

// of puts an event into another account.
func of(id string) change {
	return func(envelope, detail object) { envelope["account"], detail["recipientAccountId"] = id, id }
}

// keyOf is the key that a member's log group has.
func (s *setup) keyOf(id, logGroup string) string {
	s.Helper()
	group, _ := s.world.LogGroup(id, region, logGroup)
	return group.KMSKeyARN
}

// wantKeyOf wants a member's log group under a key of the member.
func (s *setup) wantKeyOf(id, logGroup string) {
	s.Helper()
	if got := s.keyOf(id, logGroup); !strings.HasPrefix(got, "arn:aws:kms:"+region+":"+id+":key/") {
		s.Errorf("key of %s in %s: got %q, want one of that account", logGroup, id, got)
	}
}

// TestMember acts in a member by all inputs, in the member's account alone.
func TestMember(t *testing.T) {
	t.Parallel()
	s := start(t, organisation(payments), hub()...)
	got := s.does(created("/app/new", of(payments)))
	s.equal("answer", got.Outcome+" "+got.Account, "associated "+payments)
	s.wantKeyOf(payments, "/app/new")
	s.wantKey("/app/new", "") // the hub's log group of the same name
	s.equal("by name", s.does(command("/app/old", `"account":"`+payments+`"`)).Outcome, "associated")
	s.equal("by ARN", s.does(`{"action":"encrypt","resourceIdentifier":"`+awsfake.LogGroupARN(payments, region, "/app/new")+`"}`).Outcome, "unchanged")
	s.equal("query results", s.does(`{"action":"encrypt","resourceIdentifier":"`+awsfake.QueryResultARN(payments, region)+`"}`).Outcome, "associated")
	swept := s.sweep(`"account":"` + payments + `"`)
	s.equal("swept", []any{swept.Account, swept.Examined, swept.Unchanged}, []any{payments, 2, 2})
	s.equal("requests for the role", s.world.CountCalls("AssumeRole"), 1)
	for _, call := range s.world.Calls() {
		if call.Operation == "AssumeRole" {
			s.equal("session", call.Request["RoleSessionName"], "log-group-kms")
			s.equal("external ID", call.Request["ExternalId"], externalID)
		} else if call.Account != payments {
			t.Errorf("got a %s request in account %s, want all in the member's", call.Operation, call.Account)
		}
	}
}

// TestMembersInOneBatch has members that are broken in every way beside good ones. Each
// broken one gets its answer, and none of the others fails.
func TestMembersInOneBatch(t *testing.T) {
	for name, b := range map[string]struct {
		spoil   func(*awsfake.World)
		want    string // errorType
		mention []string
	}{
		"no role": {
			func(w *awsfake.World) { w.DeleteRole(awsfake.RoleARN(broken, region, memberRole)) },
			"AccessDenied", []string{broken, awsfake.RoleARN(broken, region, memberRole), "AssumeRole", "external"},
		},
		"trusts another role of the hub": {
			func(w *awsfake.World) {
				w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(broken, region, memberRole), Trust: awsfake.Trust(externalID, "arn:aws:iam::"+account+":role/another")})
			}, "AccessDenied", []string{broken, "trusts"},
		},
		"another external ID": {
			func(w *awsfake.World) {
				w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(broken, region, memberRole), Trust: awsfake.Trust("another", hubRole)})
			}, "AccessDenied", []string{broken, "MEMBER_EXTERNAL_ID"},
		},
		"Region not enabled": {
			func(w *awsfake.World) { w.EnableRegion(broken, region, false) }, "AccessDenied", []string{broken, region, "enabled"},
		},
		"no right to list": {
			func(w *awsfake.World) { w.DenyAction(broken, "logs:DescribeLogGroups", true) }, "AccessDenied", []string{"DescribeLogGroups", broken},
		},
		"role throttled": {
			func(w *awsfake.World) {
				w.Inject(awsfake.Fault{Resource: awsfake.RoleARN(broken, region, memberRole), Kind: awsfake.Throttling400})
			}, "Throttled", []string{"AssumeRole", broken},
		},
		"role hanging": {
			func(w *awsfake.World) {
				w.Inject(awsfake.Fault{Resource: awsfake.RoleARN(broken, region, memberRole), Kind: awsfake.Hang})
			}, "Unavailable", []string{"AssumeRole", broken},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := organisation(payments, orders, broken)
			b.spoil(w)
			s := start(t, w, hub("AWS_MAX_ATTEMPTS=3")...)
			var bodies []string
			var want []int
			for i := range 14 { // more of the broken one's than are worked on at a time
				bodies = append(bodies, created("/app/new", of(broken)))
				want = append(want, i)
			}
			for _, id := range []string{payments, orders} {
				bodies = append(bodies, created("/app/new", of(id)), created("/app/old", of(id)))
			}
			bodies = append(bodies, created("/app/new"))
			answer := s.within(12*time.Second, batch(bodies...))
			ids := failed(want...)
			slices.Sort(ids)
			s.wantFailed(answer, ids)
			for _, id := range []string{payments, orders} {
				s.wantKeyOf(id, "/app/new")
				s.wantKeyOf(id, "/app/old")
			}
			s.wantKey("/app/new", golden.DefaultKey)
			s.equal("key in the broken one", s.keyOf(broken, "/app/new"), "")
			lines := slices.DeleteFunc(s.read().of("/app/new"), func(l object) bool { return l["account"] != broken })
			s.equal("lines of the broken one", levels(lines), map[string]int{"ERROR": 14})
			for _, line := range lines {
				s.equal("failure", line["errorType"], b.want)
				mentions(t, line["errorMessage"].(string), b.mention...)
			}
			if n := w.CountCalls("AssumeRole"); n > 2+5 {
				t.Errorf("got %d requests for roles, want one for each good member and few for the broken one", n)
			}
		})
	}
}

// TestMemberAccounts lets the function act for whom it is to, and costs no request for
// all others.
func TestMemberAccounts(t *testing.T) {
	t.Parallel()
	s := start(t, organisation(payments, orders), hub("MEMBER_ACCOUNTS=4444*, 999999999999")...)
	s.equal("an event of another", s.does(created("/app/new", of(orders))).short(), "skipped/foreign-account")
	for what, event := range map[string]string{
		"command": command("/app/new", `"account":"`+orders+`"`),
		"sweep":   sweepCommand(`"account":"` + orders + `"`),
		"check":   `{"action":"check","account":"` + orders + `"}`,
	} {
		mentions(t, s.fails("AccessDenied", event).ErrorMessage, orders, "MEMBER_ACCOUNTS")
		s.equal("AWS requests for a "+what, len(s.world.Calls()), 0)
	}
	s.equal("an event of a member", s.does(created("/app/new", of(payments))).Outcome, "associated")
	s.equal("an event of its own", s.does(created("/app/new")).Outcome, "associated")
}

// TestMemberAttacks are events that a member could send, or that somebody made by hand,
// to have the hub act in another account. Whatever comes of them, it is the sender's.
func TestMemberAttacks(t *testing.T) {
	const attacker, victim = orders, payments
	victims := awsfake.LogGroupARN(victim, region, "/app/new")
	about := func(eventName string, parameters object, changes ...change) string {
		return happened(eventName, parameters, append([]change{of(attacker)}, changes...)...)
	}
	steal := `{"action":"encrypt","logGroupName":"/app/new","account":"` + victim + `"}`
	smuggled := func(key string, value any) change { return func(envelope, _ object) { envelope[key] = value } }
	for name, a := range map[string]struct {
		event string
		want  string // of the event by itself; of a batch it is the same
	}{
		"another source, perfect detail":   {created("/app/new", of(victim), around("source", "my.app")), "skipped/unhandled-event"},
		"another source of AWS":            {created("/app/new", of(victim), around("source", "aws.logs.my")), "skipped/unhandled-event"},
		"source in capitals":               {created("/app/new", of(victim), around("source", "AWS.LOGS")), "skipped/unhandled-event"},
		"the record is another account's":  {created("/app/new", of(attacker), with("recipientAccountId", victim)), "InvalidEvent"},
		"the record is the hub's":          {created("/app/new", of(attacker), with("recipientAccountId", account)), "InvalidEvent"},
		"the caller is another account's":  {created("/app/new", of(attacker), with("userIdentity", object{"type": "AssumedRole", "accountId": victim})), "associated"},
		"another's ARN in resourceArn":     {about("TagResource", object{"resourceArn": victims, "tags": object{"a": "b"}}), "associated"},
		"another's ARN in identifier":      {about("AssociateKmsKey", object{"resourceIdentifier": victims}), "associated"},
		"another's ARN for a name":         {about("CreateLogGroup", object{"logGroupName": victims}), "InvalidEvent"},
		"another's query results":          {about("AssociateKmsKey", object{"resourceIdentifier": awsfake.QueryResultARN(victim, region)}), "skipped/unhandled-event"},
		"another's ARN in all fields":      {about("TagResource", object{"resourceArn": victims, "resourceIdentifier": victims, "logGroupName": victims, "tags": object{}}), "*"},
		"another's ARN in resources":       {created("/app/new", of(attacker), around("resources", []string{victims})), "associated"},
		"another's key in the tag":         {created("/app/new", of(attacker), tagged(map[string]string{"kms-key": awsfake.KeyARN(victim, region, "5f0d3a7e-91c2-4b68-8d4f-2a6c7b9e1035")})), "associated"},
		"a detail that is a command":       {envelopeOf(attacker, "aws.logs", "AWS API Call via CloudTrail", steal), "InvalidEvent"},
		"a command for a detail":           {envelopeOf(attacker, "my.app", "encrypt", steal), "skipped/unhandled-event"},
		"a command beside the detail":      {created("/app/new", of(attacker), smuggled("action", "encrypt"), smuggled("logGroupName", "/app/new"), with("account", victim)), "associated"},
		"a failed invocation of its own":   {envelopeOf(attacker, "lambda", "Lambda Function Invocation Result - Failure", failureRecord(steal)), "skipped/unhandled-event"},
		"a failed invocation with another": {envelopeOf(attacker, "lambda", "Lambda Function Invocation Result - Failure", failureRecord(created("/app/new", of(victim)))), "skipped/unhandled-event"},
		"SNS's envelope in the detail":     {envelopeOf(attacker, "aws.logs", "AWS API Call via CloudTrail", published(steal)), "InvalidEvent"},
		"a batch in the detail":            {envelopeOf(attacker, "aws.logs", "AWS API Call via CloudTrail", batch(steal)), "InvalidEvent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := organisation(attacker, victim)
			s := start(t, w, hub()...)
			for _, event := range []string{a.event, batch(a.event)} {
				got := s.invoke(event)
				if got.ErrorType == "" && event == a.event && a.want != "*" {
					var what answer
					decode(t, got.Payload, &what)
					if !strings.HasPrefix(what.short(), a.want) {
						t.Errorf("got %s, want %s", what.short(), a.want)
					}
				} else if event == a.event && a.want != "*" {
					s.equal("failure", got.ErrorType, a.want)
				}
			}
			s.equal("key of the victim's log group", s.keyOf(victim, "/app/new"), "")
			s.wantKey("/app/new", "")
			s.equal("key of the victim's query results", w.QueryResultKey(victim, region), "")
			for _, call := range w.Calls() {
				if call.Account == victim || call.Operation == "AssumeRole" && strings.Contains(call.Resource, victim) {
					t.Errorf("got a %s request for the victim (%s), want none", call.Operation, call.Resource)
				}
				if key, _ := call.Request["kmsKeyId"].(string); strings.Contains(key, victim) {
					t.Errorf("got the victim's key %s set, want it left alone", key)
				}
			}
		})
	}
}

// envelopeOf is an event that an account has put onto a bus: EventBridge sets all but
// source, detail-type and detail.
func envelopeOf(id, source, detailType, detail string) string {
	return fmt.Sprintf(`{"version":"0","id":"64fbda4e-5992-2224-6f33-3c8efe447fbb","detail-type":%q,"source":%q,"account":%q,"time":"2026-03-27T09:12:05Z","region":%q,"resources":[],"detail":%s}`,
		detailType, source, id, region, detail)
}

// TestCheckOfMember looks at a member through its role.
func TestCheckOfMember(t *testing.T) {
	t.Parallel()
	w := organisation(payments, broken)
	w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(broken, region, memberRole), Trust: awsfake.Trust("another", hubRole)})
	s := start(t, w, hub("AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/hub")...)
	look := func(id string) (result string, checks map[string]string) {
		t.Helper()
		got := s.invoke(`{"action":"check","account":"` + id + `"}`)
		var a struct {
			Account, Result string
			Checks          []struct{ Check, Result, Message, Remedy, Runbook, Subject string }
		}
		if err := json.Unmarshal(got.Payload, &a); err != nil || got.ErrorType != "" {
			t.Fatalf("got %s %s %s, want an answer", got.ErrorType, got.ErrorMessage, got.Payload)
		}
		s.equal("account", a.Account, id)
		checks = make(map[string]string)
		for _, c := range a.Checks {
			checks[c.Check] = c.Result
			if c.Check == "member.role" && c.Result == "failed" {
				mentions(t, c.Message, broken, memberRole)
				mentions(t, c.Remedy, "MEMBER_EXTERNAL_ID")
				mentions(t, c.Runbook, "member-role")
			}
		}
		return a.Result, checks
	}
	result, checks := look(payments)
	s.equal("member", result, "ok")
	s.equal("its checks", checks, map[string]string{
		"config.valid": "ok", "member.role": "ok", "key.usable": "ok", "key.policy": "ok", "role.list": "ok", "role.tags": "ok",
	})
	result, checks = look(broken)
	s.equal("broken member", result, "failed")
	s.equal("its role", checks["member.role"], "failed")
	for _, call := range w.Calls() {
		if call.Operation == "AssociateKmsKey" {
			t.Errorf("got a write, want none")
		}
	}
}

// TestSweepOfMember counts a member's log groups among all, and by themselves.
func TestSweepOfMember(t *testing.T) {
	t.Parallel()
	s := start(t, organisation(payments), hub("QUERY_RESULT_KMS_KEY=")...)
	swept := s.sweep(`"account":"` + payments + `"`)
	s.equal("associated", swept.Associated, 2)
	s.wantKeyOf(payments, "/app/new")
	s.wantKey("/app/new", "")
	var found bool
	for _, m := range s.read().metrics {
		if m["LogGroups"] == nil {
			continue
		}
		found = true
		sets := dimensionsOf(t, m, "LogGroups")
		s.equal("dimensions", sets, []string{"Account,Service", "Service"})
		s.equal("account", m["Account"], payments)
	}
	if !found {
		t.Error("got no count of the log groups, want one")
	}
	s = start(t, organisation(payments), hub("QUERY_RESULT_KMS_KEY=")...)
	s.sweep(`"account":"` + account + `"`) // its own, by name
	for _, m := range s.read().metrics {
		if m["LogGroups"] != nil {
			s.equal("dimensions of the own account", dimensionsOf(t, m, "LogGroups"), []string{"Service"})
		}
	}
}

// dimensionsOf lists the sets of dimensions under which a metric line counts a metric.
func dimensionsOf(t *testing.T, line object, metric string) (sets []string) {
	t.Helper()
	text, err := json.Marshal(line["_aws"])
	if err != nil {
		t.Fatal(err)
	}
	var head struct {
		CloudWatchMetrics []struct {
			Dimensions [][]string
			Metrics    []struct{ Name string }
		}
	}
	if err := json.Unmarshal(text, &head); err != nil {
		t.Fatal(err)
	}
	for _, directive := range head.CloudWatchMetrics {
		for _, m := range directive.Metrics {
			if m.Name != metric {
				continue
			}
			for _, set := range directive.Dimensions {
				slices.Sort(set)
				sets = append(sets, strings.Join(set, ","))
			}
		}
	}
	slices.Sort(sets)
	return slices.Compact(sets)
}
