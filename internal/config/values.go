package config

import (
	"strconv"
	"strings"
	"unicode"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// text gives a variable's value; empty is the same as none. A control character is
// always a mistake, and would go on into log lines and requests.
func (l *loader) text(name, fallback string) string {
	value, _ := l.lookup(name)
	if strings.ContainsFunc(value, unicode.IsControl) {
		l.fault(name, "%q has a control character, such as the end of a line", value)
		return fallback
	}
	if value == "" {
		return fallback
	}
	return value
}

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
	if _, set := l.lookup(KMSKeyTag); !set {
		return "kms-key"
	}
	return l.matching(KMSKeyTag, "", tagName)
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

func (l *loader) namespace() string {
	name := l.matching(MetricsNamespace, "LogGroupKms", namespaceName)
	if strings.TrimSpace(name) == "" {
		l.fault(MetricsNamespace, "a namespace is not blank")
	}
	if strings.HasPrefix(name, "AWS/") || strings.HasPrefix(name, ":") {
		l.fault(MetricsNamespace, "a namespace does not begin with a colon, nor with AWS/, which is AWS's own")
	}
	return name
}

// The slowest pace is one request in 100 seconds: anything below never gets a turn
// within an invocation. The fastest is a hundred times what AWS allows.
const (
	minRate = 0.01
	maxRate = 1000
)

// rate takes plain decimal numbers only. What else Go reads as a number ("1e-400",
// "0x1p4", "1_000", "-0", "NaN") nobody writes who means a rate.
func (l *loader) rate(name string, fallback float64) float64 {
	value := l.text(name, "")
	if value == "" {
		return fallback
	}
	whole, fraction, dotted := strings.Cut(value, ".")
	plain := isNumber(whole) && (!dotted || isNumber(fraction))
	none := strings.Trim(value, "0.") == ""
	rate, err := strconv.ParseFloat(value, 64)
	if err != nil || !plain || rate > maxRate || rate < minRate && !none {
		l.fault(name, "%q is not a number of requests a second, such as 4 or 0.5 (at least %v, at most %v), or 0 for no limit", value, minRate, maxRate)
		return fallback
	}
	return rate
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// account reads the function's own account. Everything of another account is left
// alone or needs a role, so a wrong one would make the whole program idle.
func (l *loader) account() string {
	value := l.text(accountID, "")
	if value != "" && !target.ValidAccount(value) {
		l.fault(accountID, "%q is not an account ID; it has 12 digits", value)
	}
	return value
}

// sdk checks those of the SDK's variables that it reads by itself.
func (l *loader) sdk() {
	if value := l.text(region, ""); value != "" && !target.ValidRegion(value) {
		l.fault(region, "%q is not a Region's name, such as eu-west-1", value)
	}
	value := l.text(maxAttempts, "")
	if _, err := strconv.Atoi(value); value != "" && (err != nil || !isNumber(value)) {
		l.fault(maxAttempts, "%q is not a number of attempts; 0 is the SDK's word for its default", value)
	}
}
