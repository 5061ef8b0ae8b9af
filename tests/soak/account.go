package main

import (
	"crypto/sha256"
	"fmt"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/soak/judge"
)

// strangers is an account whose key other people use here, which no tag may name
// and configuration does not choose.
const strangers = "210987654321"

// keys of the account, and the aliases that mean them at first.
var keys = []struct {
	name, alias string
	key         awsfake.Key
}{
	{"default-1", "alias/default", awsfake.Key{}},
	{"default-2", "", awsfake.Key{}},
	{"team-1", "alias/team-a", awsfake.Key{}},
	{"team-2", "", awsfake.Key{}},
	{"team-3", "alias/team-b", awsfake.Key{}},
	{"payments-1", "alias/payments", awsfake.Key{}},
	{"payments-2", "", awsfake.Key{}},
	{"theirs-1", "", awsfake.Key{}},
	{"theirs-2", "", awsfake.Key{}},
	{"strangers", "", awsfake.Key{Account: strangers, Policy: awsfake.PolicyEveryAccount}},
	{"old", "alias/old", awsfake.Key{State: awsfake.Disabled}},
	{"closed", "alias/closed", awsfake.Key{Policy: awsfake.PolicyWithoutLogs}},
	{"sign", "alias/sign", awsfake.Key{Usage: "SIGN_VERIFY", Spec: "RSA_2048"}},
}

// moving lists the aliases that other people move to and fro, and the two keys
// that each means by turns.
var moving = []struct{ alias, one, other string }{
	{"alias/default", "default-1", "default-2"},
	{"alias/team-a", "team-1", "team-2"},
	{"alias/payments", "payments-1", "payments-2"},
}

// keyID makes the ID of a key out of its name.
func keyID(name string) string {
	hex := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	return hex[:8] + "-" + hex[8:12] + "-4" + hex[13:16] + "-8" + hex[17:20] + "-" + hex[20:32]
}

// key is the ARN of a key.
func key(name string) string {
	if name == "strangers" {
		return awsfake.KeyARN(strangers, judge.Region, keyID(name))
	}
	return awsfake.KeyARN(judge.Account, judge.Region, keyID(name))
}

// newWorld makes the account as it is at the beginning: keys, aliases and the log
// groups that were there before, some with a key.
func newWorld(p plan) *awsfake.World {
	w := awsfake.New(judge.Account)
	w.RecordChanges(true)
	w.KeepAnswers(true)
	for _, k := range keys {
		k.key.ID, k.key.Region = keyID(k.name), judge.Region
		w.AddKey(k.key)
		if k.alias != "" {
			w.AddAlias(judge.Account, judge.Region, k.alias, key(k.name))
		}
	}
	l := p.seed.draw("account")
	for _, name := range append(p.names(), "aws/spans") {
		if !l.chance(0.6) {
			continue
		}
		g := awsfake.LogGroup{Name: name, Tags: newTags(l, p.config.KeyTag)}
		if l.chance(0.3) && !p.slow {
			g.KMSKeyARN = oneOf(l, key("default-1"), key("team-1"), key("theirs-1"), key("strangers"), key("old"))
		}
		w.PutLogGroup(judge.Account, judge.Region, g)
	}
	w.HideNewLogGroups(p.hidden)
	w.SetLimits(p.limits)
	return w
}

// names lists the log groups that come and go in an episode. Some begin as others
// do, and one has the character that half of AWS's operations do not take.
func (p plan) names() (names []string) {
	for i := range p.groups {
		names = append(names, fmt.Sprintf("/app/%d", i))
	}
	for i := range 4 {
		names = append(names, fmt.Sprintf("/pay/%d", i), fmt.Sprintf("/build/%d", i))
	}
	return append(names, "/app/a#1", "/tmp/0", "/tmp/1")
}

// newTags makes tags: mostly none, or one that names a key, fit or not.
func newTags(l lot, keyTag string) map[string]string {
	tags := map[string]string{}
	if keyTag == "" {
		keyTag = "kms-key"
	}
	if l.chance(0.4) {
		tags[keyTag] = newKeyTag(l)
	}
	if l.chance(0.15) {
		tags["data-class"] = oneOf(l, "pci-1", "public")
	}
	if l.chance(0.07) {
		tags["kms-exempt"] = oneOf(l, "yes", "no")
	}
	return tags
}

// newKeyTag is what people write into the tag that names a key.
func newKeyTag(l lot) string {
	return oneOf(l, "alias/team-a", "alias/team-a", "alias/team-a", "alias/team-b", "alias/team-b", "alias/payments",
		awsfake.AliasARN(judge.Account, judge.Region, "alias/team-a"), key("team-3"), keyID("team-3"), key("theirs-1"),
		key("strangers"), "alias/old", "alias/closed", "alias/sign", "alias/nobody", "alias/aws/logs", "no key at all", "")
}
