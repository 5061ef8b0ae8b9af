package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"log-group-kms/tests/soak/judge"
)

// plan is what the seed fixes of an episode beforehand.
type plan struct {
	seed     seed
	index    int
	config   judge.Config
	attempts string // AWS_MAX_ATTEMPTS
	writes   string // ASSOCIATE_RATE
	reads    string // DESCRIBE_RATE
	limits   bool   // AWS's own limits are in force
	hidden   time.Duration
	faults   float64 // share of the function's requests that go wrong
	pace     time.Duration
	traffic  time.Duration
	copies   int // of the function for events
	sweepers int // of the function for sweeps
	groups   int // names of log groups under /app
	// slow episodes have sweeps that take more than a minute in one call, and rates
	// to fit; they come late, in long runs only.
	slow bool
}

// firstSlow is the index of the first slow episode. A short run does not get
// there.
const firstSlow = 9

// newPlan draws an episode. All settings but EXISTING_KEY are drawn; that takes
// turns.
func newPlan(of seed, index int) plan {
	l := of.draw("plan", index)
	p := plan{
		seed: seed(l.Uint64()), index: index,
		attempts: oneOf(l, "1", "2", "3", "8"),
		writes:   oneOf(l, "1.5", "3", "4", "0"),
		reads:    oneOf(l, "8", "8", "0"),
		limits:   l.chance(0.5),
		hidden:   oneOf(l, 0, 0, 300*time.Millisecond, 1500*time.Millisecond),
		faults:   oneOf(l, 0.02, 0.06, 0.12, 0.25),
		pace:     l.between(70*time.Millisecond, 160*time.Millisecond),
		traffic:  17 * time.Second, copies: 3, sweepers: 1, groups: 24,
	}
	p.config = newConfig(l, []string{"keep", "replace", "repair"}[index%3])
	if l.chance(0.3) {
		p.sweepers = 2
	}
	if index >= firstSlow && index%6 == 3 {
		p.slow, p.traffic, p.groups, p.pace = true, 100*time.Second, 120, 500*time.Millisecond
		p.writes, p.limits, p.sweepers, p.faults = "1", false, 1, 0.03
	}
	return p
}

func newConfig(l lot, existing string) judge.Config {
	c := judge.Config{
		Existing: existing,
		KeyTag:   oneOf(l, "kms-key", "kms-key", "kms-key", "kms-key", "log-encryption", ""),
		Allowed: oneOf(l, ownKeys, ownKeys, []string{"alias/team-*"}, []string{"alias/team-a", "alias/team-b", key("theirs-1")},
			append([]string{"alias/old"}, ownKeys...)),
		Default: oneOf(l, "alias/default", "alias/default", "alias/default", "alias/default",
			"arn:{partition}:kms:{region}:{account}:alias/default", key("default-1"), keyID("default-1"), ""),
		QueryResult: oneOf(l, "", "alias/default"),
		Exclude:     []string{"/tmp/*"},
	}
	for _, rule := range []judge.Rule{
		{Name: "builds", LogGroups: []string{"/build/*"}, Skip: true},
		{Name: "exempt", Tags: map[string]string{"kms-exempt": "y*"}, Skip: true},
		{Name: "payments", LogGroups: []string{"/pay/*"}, Key: "alias/payments"},
		{Name: "pci", Tags: map[string]string{"data-class": "pci*"}, Key: "arn:{partition}:kms:{region}:{account}:alias/payments"},
	} {
		if l.chance(0.6) {
			c.Rules = append(c.Rules, rule)
		}
	}
	return c
}

// ownKeys is the default of TAG_ALLOWED_KEYS.
var ownKeys = []string{"arn:*:kms:{region}:{account}:key/*"}

// env is the function's environment for a copy with an access key.
func (p plan) env(endpoint, accessKey string) []string {
	env := []string{
		"AWS_REGION=" + judge.Region,
		"AWS_ACCESS_KEY_ID=" + accessKey,
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_ENDPOINT_URL=" + endpoint,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_LAMBDA_LOG_LEVEL=DEBUG", // in a sweep, the lines of what is left alone are at this level
		"AWS_MAX_ATTEMPTS=" + p.attempts,
		"ASSOCIATE_RATE=" + p.writes,
		"DESCRIBE_RATE=" + p.reads,
		"EXISTING_KEY=" + p.config.Existing,
		"KMS_KEY_TAG=" + p.config.KeyTag,
		"TAG_ALLOWED_KEYS=" + strings.Join(p.config.Allowed, ","),
		"EXCLUDE=" + strings.Join(p.config.Exclude, ","),
		"DEFAULT_KMS_KEY=" + p.config.Default,
		"QUERY_RESULT_KMS_KEY=" + p.config.QueryResult,
	}
	if len(p.config.Rules) > 0 {
		env = append(env, "RULES="+rulesText(p.config.Rules))
	}
	return env
}

// rulesText writes rules as JSON.
func rulesText(rules []judge.Rule) string {
	type rule struct {
		Name      string            `json:"name"`
		LogGroups []string          `json:"logGroups,omitempty"`
		Tags      map[string]string `json:"tags,omitempty"`
		Key       string            `json:"key,omitempty"`
		Skip      bool              `json:"skip,omitempty"`
	}
	var list []rule
	for _, r := range rules {
		list = append(list, rule(r))
	}
	text, _ := json.Marshal(map[string]any{"rules": list}) // strings and flags always marshal
	return string(text)
}

// String describes the plan in one line.
func (p plan) String() string {
	var rules []string
	for _, r := range p.config.Rules {
		rules = append(rules, r.Name)
	}
	return fmt.Sprintf("%s, tag %s, allowed %s, default %s, rules %s, %s attempts, rates %s and %s, limits %s, %.0f %% faults",
		p.config.Existing, orNone(p.config.KeyTag), strings.Join(p.config.Allowed, "+"), orNone(p.config.Default),
		orNone(strings.Join(rules, "+")), p.attempts, p.writes, p.reads, strconv.FormatBool(p.limits), 100*p.faults)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
