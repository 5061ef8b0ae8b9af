// Package config reads the configuration: environment variables and the rules.
// It is strict, because a setting with a typo that quietly means "off" leaves log
// groups open, and it reports every fault at once.
package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"log-group-kms/internal/policy"
)

// Config is the whole configuration. It does not change after Load.
type Config struct {
	Policy           policy.Policy
	MemberRole       string // name of the role to assume in other accounts; empty: none
	DryRun           bool
	AssociateRate    float64 // requests a second for one account and Region; 0: no limit
	DescribeRate     float64 // the same
	MetricsNamespace string
}

// The variables.
const (
	DefaultKMSKey     = "DEFAULT_KMS_KEY"
	KMSKeyTag         = "KMS_KEY_TAG"
	TagAllowedKeys    = "TAG_ALLOWED_KEYS"
	Rules             = "RULES"
	RulesFile         = "RULES_FILE"
	Exclude           = "EXCLUDE"
	ExistingKey       = "EXISTING_KEY"
	QueryResultKMSKey = "QUERY_RESULT_KMS_KEY"
	MemberRole        = "MEMBER_ROLE"
	DryRun            = "DRY_RUN"
	AssociateRate     = "ASSOCIATE_RATE"
	DescribeRate      = "DESCRIBE_RATE"
	MetricsNamespace  = "METRICS_NAMESPACE"

	maxAttempts = "AWS_MAX_ATTEMPTS" // the SDK's own; checked here so that its fault is listed with the others
)

// Variables lists this program's own variables.
func Variables() []string {
	return []string{
		DefaultKMSKey, KMSKeyTag, TagAllowedKeys, Rules, RulesFile, Exclude, ExistingKey, QueryResultKMSKey,
		MemberRole, DryRun, AssociateRate, DescribeRate, MetricsNamespace,
	}
}

// Faults are all that is wrong with the configuration.
type Faults []string

// Error lists the faults, one a line.
func (f Faults) Error() string {
	word := "faults"
	if len(f) == 1 {
		word = "fault"
	}
	return fmt.Sprintf("the configuration has %d %s:\n- %s", len(f), word, strings.Join(f, "\n- "))
}

// loader gathers values and faults.
type loader struct {
	lookup   func(name string) (string, bool)
	readFile func(name string) ([]byte, error)
	faults   Faults
}

// Load reads the configuration by lookup (os.LookupEnv) and readFile
// (os.ReadFile). Its error is of type Faults.
func Load(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Config, error) {
	l := &loader{lookup: lookup, readFile: readFile}
	c := Config{
		Policy: policy.Policy{
			KeyTag:      l.keyTag(),
			Allowed:     l.allowed(),
			Rules:       l.rules(),
			Default:     l.key(DefaultKMSKey),
			QueryResult: l.key(QueryResultKMSKey),
			Exclude:     l.exclude(),
			Existing:    l.existing(),
		},
		MemberRole:       l.matching(MemberRole, "", roleName),
		DryRun:           l.flag(DryRun),
		AssociateRate:    l.rate(AssociateRate, 4),
		DescribeRate:     l.rate(DescribeRate, 8),
		MetricsNamespace: l.matching(MetricsNamespace, "LogGroupKms", namespaceName),
	}
	if strings.TrimSpace(c.MetricsNamespace) == "" {
		l.fault(MetricsNamespace, "a namespace is not blank")
	}
	if strings.HasPrefix(c.MetricsNamespace, "AWS/") || strings.HasPrefix(c.MetricsNamespace, ":") {
		l.fault(MetricsNamespace, "a namespace does not begin with a colon, nor with AWS/, which is AWS's own")
	}
	l.attempts()
	if len(l.faults) > 0 {
		return Config{}, l.faults
	}
	return c, nil
}

func (l *loader) fault(where, format string, args ...any) {
	if text := where + ": " + fmt.Sprintf(format, args...); !slices.Contains(l.faults, text) {
		l.faults = append(l.faults, text)
	}
}

// text gives a variable's value; empty is the same as none.
func (l *loader) text(name, fallback string) string {
	if value, _ := l.lookup(name); value != "" {
		return value
	}
	return fallback
}

// form is what a name or a pattern may hold. Forms are functions rather than
// regular expressions, whose compilation alone would cost a third of a cold start.
type form struct {
	most int // bytes; 0: no limit
	size int // bytes of a pattern without wildcards; 0: any number
	kind func(rune) bool
	want string // completes "it is not ..." or "can match nothing: ..."
}

func (f form) fits(text string) bool {
	return text != "" && (f.most == 0 || len(text) <= f.most) &&
		!strings.ContainsFunc(text, func(r rune) bool { return !f.kind(r) })
}

// letters is a kind of characters: ASCII letters, digits and the given others.
func letters(others string) func(rune) bool {
	return func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r)
	}
}

func inTagName(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
}

var (
	roleName      = form{most: 64, kind: letters("_+=,.@-"), want: "an IAM role's name (not its ARN): up to 64 of a-z A-Z 0-9 _ + = , . @ -"}
	namespaceName = form{most: 255, kind: letters(".-_/#: "), want: "a CloudWatch namespace: up to 255 of a-z A-Z 0-9 . - _ / # : and space"}
	tagName       = form{kind: inTagName, want: "a tag's name: 1 to 128 letters, digits, spaces and _ . : / = + - @"}
)

func isTagName(text string) bool { return tagName.fits(text) && utf8.RuneCountInString(text) <= 128 }

func (l *loader) matching(name, fallback string, f form) string {
	value := l.text(name, fallback)
	if value != "" && !f.fits(value) {
		l.fault(name, "%q is not %s", value, f.want)
	}
	return value
}

// keyTag is the one variable for which empty and unset differ: empty switches
// tags off.
func (l *loader) keyTag() string {
	value, set := l.lookup(KMSKeyTag)
	if !set {
		return "kms-key"
	}
	if value != "" && !isTagName(value) {
		l.fault(KMSKeyTag, "%q is not %s", value, tagName.want)
	}
	return value
}

func (l *loader) existing() policy.Existing {
	value := policy.Existing(l.text(ExistingKey, string(policy.Keep)))
	switch value {
	case policy.Keep, policy.Repair, policy.Replace:
	default:
		l.fault(ExistingKey, "%q is none of keep, repair and replace", value)
	}
	return value
}

func (l *loader) flag(name string) bool {
	value := l.text(name, "false")
	if value != "true" && value != "false" {
		l.fault(name, "%q is neither true nor false", value)
	}
	return value == "true"
}

// minRate is the slowest pace: one request in 100 seconds. Anything below never
// gets a turn within an invocation.
const minRate = 0.01

func (l *loader) rate(name string, fallback float64) float64 {
	value := l.text(name, "")
	if value == "" {
		return fallback
	}
	rate, err := strconv.ParseFloat(value, 64)
	if err != nil || rate < 0 || rate > 0 && rate < minRate || math.IsNaN(rate) || math.IsInf(rate, 0) {
		l.fault(name, "%q is not a number of requests a second, such as 4 (at least %v), or 0 for no limit", value, minRate)
		return fallback
	}
	return rate
}

func (l *loader) attempts() {
	value := l.text(maxAttempts, "")
	if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 0) {
		l.fault(maxAttempts, "%q is not a number of attempts; 0 is the SDK's word for its default", value)
	}
}
