package main

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// The hub's role and what it assumes.
const (
	hubRole    = "arn:aws:iam::" + golden.Account + ":role/log-group-kms-event"
	memberRole = "log-group-kms-member"
	externalID = "of-the-hub"
)

// The members. Each has the log groups of memberGroups, without a key.
const (
	honest  = "444455556666"
	broken  = "555566667777" // its role trusts somebody else
	hostile = "666677778888"
)

// vault is a log group that the hostile member is after. No event of its owner tells of it.
const vault = "/app/vault"

var memberGroups = []string{"/app/api", "/app/jobs", vault}

// memberScene is an event that a member sends to the hub.
type memberScene struct {
	from      string // account
	about     string
	eventName string
	logGroup  string // in its parameters
	changes   func(envelope, detail, parameters map[string]any)

	want result
}

// memberScenes are what three members send.
func memberScenes() []memberScene {
	own := func(account string) string { return "the key of " + account }
	return []memberScene{
		{from: honest, about: "creates /app/api", logGroup: "/app/api",
			want: result{outcome: "associated", why: "default", key: own(honest), calls: 5}},
		{from: broken, about: "creates /app/api; its role distrusts the hub", logGroup: "/app/api",
			want: result{outcome: "failed", why: "AccessDenied", calls: 1}},
		{from: honest, about: "creates /app/jobs", logGroup: "/app/jobs",
			want: result{outcome: "associated", why: "default", key: own(honest), calls: 3}},
		{from: hostile, about: "says that a record is " + honest + "'s", logGroup: vault,
			changes: func(_, detail, _ map[string]any) { detail["recipientAccountId"] = honest },
			want:    result{outcome: "failed", why: "InvalidEvent"}},
		{from: hostile, about: "names a source of its own", logGroup: vault,
			changes: func(envelope, _, _ map[string]any) { envelope["source"] = "my.app" },
			want:    result{outcome: "skipped", why: "unhandled-event"}},
		{from: hostile, about: "sends a command in place of a record", logGroup: vault,
			changes: func(_, detail, _ map[string]any) {
				clear(detail)
				detail["action"], detail["logGroupName"], detail["account"] = "encrypt", vault, honest
			},
			want: result{outcome: "failed", why: "InvalidEvent"}},
		{from: hostile, about: "names " + honest + "'s log group by ARN", eventName: "TagResource",
			changes: func(_, _, parameters map[string]any) {
				clear(parameters)
				parameters["resourceArn"], parameters["tags"] = awsfake.LogGroupARN(honest, golden.Region, vault), map[string]string{"a": "b"}
			},
			want: result{outcome: "associated", why: "default", key: own(hostile), calls: 5}},
		{from: hostile, about: "tags its own with " + honest + "'s key", logGroup: "/app/api",
			changes: func(_, _, parameters map[string]any) {
				parameters["tags"] = map[string]string{"kms-key": "arn:aws:kms:" + golden.Region + ":" + honest + ":key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"}
			},
			want: result{outcome: "associated", why: "default, tag not-allowed", key: own(hostile), calls: 2}},
	}
}

// event is what reaches the hub.
func (m memberScene) event() ([]byte, error) {
	now := time.Now().UTC().Format(time.RFC3339)
	parameters := map[string]any{"logGroupName": m.logGroup}
	detail := map[string]any{
		"eventVersion": "1.11", "eventSource": "logs.amazonaws.com", "eventName": "CreateLogGroup", "awsRegion": golden.Region,
		"eventTime": now, "recipientAccountId": m.from, "requestParameters": parameters,
	}
	if m.eventName != "" {
		detail["eventName"] = m.eventName
	}
	envelope := map[string]any{
		"source": "aws.logs", "detail-type": "AWS API Call via CloudTrail", "account": m.from, "region": golden.Region, "time": now, "detail": detail,
	}
	if m.changes != nil {
		m.changes(envelope, detail, parameters)
	}
	return json.Marshal(envelope)
}

// organisation is the hub's account with the members, and whose key is whose.
func organisation() (w *awsfake.World, owners map[string]string) {
	w, owners = golden.NewWorld(), make(map[string]string)
	w.AddRoleKey(golden.AccessKey, hubRole, "event")
	for _, id := range []string{honest, broken, hostile} {
		trusted := hubRole
		if id == broken {
			trusted += "-of-another"
		}
		w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(id, golden.Region, memberRole), Trust: awsfake.Trust(externalID, trusted)})
		key := w.AddKey(awsfake.Key{Account: id, Region: golden.Region})
		w.AddAlias(id, golden.Region, "alias/log-group-kms", key)
		owners[key] = id
		for _, name := range memberGroups {
			w.PutLogGroup(id, golden.Region, awsfake.LogGroup{Name: name})
		}
	}
	return w, owners
}

// showMembers has members send events to a hub.
func (d *demo) showMembers(ctx context.Context, scenes []memberScene) error {
	world, owners := organisation()
	s, err := d.setUp(ctx, world, "MEMBER_ROLE="+memberRole, "MEMBER_EXTERNAL_ID="+externalID, "ASSOCIATE_RATE=0")
	if err != nil {
		return err
	}
	defer s.close()
	d.page.say("The function of account %s serves three others, whose rules forward their events. It has MEMBER_ROLE=%s, a role that "+
		"it assumes in each. EventBridge, not the record, says which account an event is of.", golden.Account, memberRole)
	var rows [][]string
	var messages []string
	for _, scene := range scenes {
		event, err := scene.event()
		if err != nil {
			return err
		}
		r, err := s.give(ctx, event)
		if err != nil {
			return err
		}
		if r.key != "" {
			r.key = "the key of " + owners[r.arn]
		}
		d.checks.expect("the event in which "+scene.from+" "+scene.about, scene.want.expected(), r.expected())
		rows = append(rows, []string{scene.from, scene.about, r.outcome, r.why})
		if r.message != "" && scene.from == broken {
			messages = append(messages, r.why+" for "+scene.from+": "+r.message)
		}
	}
	d.page.table([]string{"account", "what it does", "outcome", "why"}, rows)
	for _, message := range messages {
		d.page.indented(message)
	}
	d.checkMembers(s, owners)
	d.tell("%s's %s, which the hostile account is after, was never touched; what it got for its pains is its own key on its own log "+
		"groups. The broken account's answer came at once, and the event after it was served as if nothing had been.", honest, vault)
	return d.page.err
}

// checkMembers compares each member's log groups with what may have become of them.
func (d *demo) checkMembers(s *stage, owners map[string]string) {
	for _, member := range []struct {
		account string
		with    []string // log groups that have its key
	}{
		{honest, []string{"/app/api", "/app/jobs"}},
		{broken, nil},
		{hostile, []string{vault, "/app/api"}},
	} {
		account := member.account
		for _, name := range memberGroups {
			want := "none"
			if slices.Contains(member.with, name) {
				want = account
			}
			group, _ := s.world.LogGroup(account, golden.Region, name)
			d.checks.expect("whose key "+name+" of "+account+" has", want, orNone(owners[group.KMSKeyARN]))
		}
	}
}
