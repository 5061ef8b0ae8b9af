// Package config reads the configuration: environment variables and the rules.
// It is strict, because a setting with a typo that quietly means "off" leaves log
// groups open, and it reports every fault at once.
package config

import (
	"fmt"
	"strings"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// Config is the whole configuration. It does not change after Load.
type Config struct {
	Policy           policy.Policy
	RulesSource      string           // where the rules stand: RULES, or the file's name; empty: there are none
	Account          string           // the function's own account; empty: the function's ARN tells
	MemberRole       string           // name of the role to assume in other accounts, with its path; empty: none
	MemberExternalID string           // sent when it is assumed; empty: none
	MemberAccounts   []policy.Pattern // other accounts that the function acts for; nil: all
	DryRun           bool
	AssociateRate    float64 // requests a second for one account and Region; 0: no limit
	DescribeRate     float64 // the same
	MetricsNamespace string

	// Variables holds this program's own variables as they were set, without the empty
	// ones that mean the same as none. Rules from a file stand in it as RULES, so
	// that it is a whole configuration by itself.
	Variables map[string]string
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
	MemberExternalID  = "MEMBER_EXTERNAL_ID"
	MemberAccounts    = "MEMBER_ACCOUNTS"
	DryRun            = "DRY_RUN"
	AssociateRate     = "ASSOCIATE_RATE"
	DescribeRate      = "DESCRIBE_RATE"
	MetricsNamespace  = "METRICS_NAMESPACE"
)

// The SDK's own variables that are checked here, so that their faults are listed
// with the others.
const (
	accountID   = "AWS_ACCOUNT_ID"
	region      = "AWS_REGION"
	maxAttempts = "AWS_MAX_ATTEMPTS"
)

// Variables lists this program's own variables.
func Variables() []string {
	return []string{
		DefaultKMSKey, KMSKeyTag, TagAllowedKeys, Rules, RulesFile, Exclude, ExistingKey, QueryResultKMSKey,
		MemberRole, MemberExternalID, MemberAccounts, DryRun, AssociateRate, DescribeRate, MetricsNamespace,
	}
}

// Load reads the configuration by lookup (os.LookupEnv) and readFile (ReadFile, or
// that of Packaged). Its error is of type Faults.
func Load(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Config, error) {
	l := &loader{lookup: lookup, readFile: readFile, known: make(map[string]bool)}
	c := Config{
		Policy: policy.Policy{
			KeyTag:      l.keyTag(),
			Allowed:     l.allowed(),
			Rules:       l.rules(),
			Default:     l.key(DefaultKMSKey),
			QueryResult: l.key(QueryResultKMSKey),
			Exclude:     l.patterns(Exclude, logGroupPattern),
			Existing:    l.existing(),
		},
		RulesSource:      l.rulesSource,
		MemberRole:       l.role(MemberRole),
		MemberExternalID: l.matching(MemberExternalID, "", externalID),
		MemberAccounts:   l.patterns(MemberAccounts, accountPattern),
		DryRun:           l.flag(DryRun),
		AssociateRate:    l.rate(AssociateRate, 4),
		DescribeRate:     l.rate(DescribeRate, 8),
		MetricsNamespace: l.namespace(),
		Account:          l.account(),
	}
	l.sdk()
	if len(l.faults) > 0 {
		return Config{}, l.all()
	}
	c.Variables = l.asSet()
	return c, nil
}

// loader gathers values and faults.
type loader struct {
	lookup   func(name string) (string, bool)
	readFile func(name string) ([]byte, error)

	rulesSource string
	rulesText   string

	faults Faults
	known  map[string]bool // the faults, to list each once
	more   int             // faults beyond mostFaults
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

// mostFaults is more than anybody reads. A file of another kind, taken for rules,
// has a fault in each line.
const mostFaults = 1000

func (l *loader) fault(where, format string, args ...any) {
	text := failure.Clean(where + ": " + fmt.Sprintf(format, args...))
	switch {
	case l.known[text]:
	case len(l.faults) == mostFaults:
		l.more++
	default:
		l.known[text] = true
		l.faults = append(l.faults, text)
	}
}

func (l *loader) all() Faults {
	if l.more > 0 {
		return append(l.faults, fmt.Sprintf("and %d more faults", l.more))
	}
	return l.faults
}

// asSet gives the variables as they were set. An empty one is the same as none,
// except that it switches tags off.
func (l *loader) asSet() map[string]string {
	text := make(map[string]string)
	for _, name := range Variables() {
		if value, set := l.lookup(name); set && (value != "" || name == KMSKeyTag) && name != RulesFile {
			text[name] = value
		}
	}
	if l.rulesText != "" {
		text[Rules] = l.rulesText
	}
	return text
}
