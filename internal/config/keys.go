package config

import (
	"slices"
	"strings"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// sample stands in for a log group's account and Region where a text with
// placeholders is checked.
var sample = target.Scope{Partition: "aws", Account: "111122223333", Region: "us-east-1"}

// key reads a variable that holds a key.
func (l *loader) key(name string) policy.KeyTemplate {
	return l.keyAt(name, l.text(name, ""))
}

// keyAt checks a key that stands somewhere in the configuration.
func (l *loader) keyAt(where, text string) policy.KeyTemplate {
	template := policy.KeyTemplate(text)
	if text == "" || !l.placeholders(where, text) {
		return template
	}
	key := template.In(sample)
	switch err := key.Err(); {
	case err != nil:
		l.fault(where, "%q is not a key: %v", text, err)
	case key.IsAWSManaged():
		l.fault(where, "%q is a key of AWS's own; CloudWatch Logs takes customer-managed keys only", text)
	}
	return template
}

// placeholders complains of braces that stand for nothing.
func (l *loader) placeholders(where, text string) bool {
	rest := strings.NewReplacer("{account}", "", "{region}", "", "{partition}", "").Replace(text)
	if strings.ContainsAny(rest, "{}") {
		l.fault(where, "%q has braces; only {account}, {region} and {partition} can stand there", text)
		return false
	}
	return true
}

const defaultAllowed = "arn:*:kms:{region}:{account}:key/*"

func (l *loader) allowed() policy.Allowed {
	var allowed policy.Allowed
	for _, text := range split(l.text(TagAllowedKeys, defaultAllowed)) {
		switch {
		case text == "":
			l.fault(TagAllowedKeys, "it has an empty pattern; look for a comma too many")
		case !l.placeholders(TagAllowedKeys, text):
		case !canMatchKey(sample.Expand(text)):
			l.fault(TagAllowedKeys, "%q can match neither the ARN of a customer's key (arn:PARTITION:kms:REGION:ACCOUNT:key/ID) nor its alias name (alias/NAME)", text)
		}
		allowed = append(allowed, policy.Pattern(text))
	}
	return allowed
}

// keyARNs are the ARNs that DescribeKey can give: of keys with a UUID for an ID,
// and of multi-Region keys.
func keyARNs() []language {
	before := language{literal("arn:aws"), run(lower+"-", 0, 20), literal(":kms:"), regionName, literal(":"), run(digits, 12, 12)}
	return []language{
		append(slices.Clone(before), literal(":key/"), run(policy.UUIDCharacters, 32, 36)),
		append(slices.Clone(before), literal(":key/"+policy.MRKPrefix), run(policy.UUIDCharacters, 32, 36)),
	}
}

// canMatchKey tells whether a pattern of TAG_ALLOWED_KEYS can let a key in. One
// that cannot would quietly refuse every tag.
func canMatchKey(text string) bool {
	if strings.HasPrefix(text, policy.AliasPrefix) {
		return text != policy.AliasPrefix && fixed(text) <= policy.MaxAlias && consistsOf(text, letters("/_-*?")) && !strings.HasPrefix(text, policy.AWSAliasPrefix)
	}
	return slices.ContainsFunc(keyARNs(), func(l language) bool { return l.canMatch(text) })
}
