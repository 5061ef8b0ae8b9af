package awsfake

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const allow = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":"kms:Enc*","Resource":"*","Condition":CONDITION}]}`
	logs := access{service: "logs.eu-west-1.amazonaws.com", action: "kms:Encrypt", key: "arn:aws:kms:eu-west-1:111122223333:key/k",
		context: map[string]string{"kms:encryptioncontext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/app:1", "aws:sourceaccount": "111122223333"}}
	role := access{account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/r/s", action: "kms:DescribeKey", key: logs.key}
	on := func(condition string) string { return strings.Replace(allow, "CONDITION", condition, 1) }
	const contextKey = `"kms:EncryptionContext:aws:logs:arn"`
	tests := []struct {
		name   string
		policy string
		access access
		want   verdict
	}{
		{"no condition", on(`{}`), logs, allowed},
		{"ArnLike", on(`{"ArnLike":{` + contextKey + `:"arn:aws:logs:eu-west-1:111122223333:*"}}`), logs, allowed},
		{"ArnEquals knows wildcards", on(`{"ArnEquals":{` + contextKey + `:["x","arn:aws:logs:*:111122223333:log-group:*"]}}`), logs, allowed},
		{"star does not reach over a colon", on(`{"ArnLike":{` + contextKey + `:"arn:aws:logs:*:log-group:*"}}`), logs, silent},
		{"another account", on(`{"ArnLike":{` + contextKey + `:"arn:aws:logs:eu-west-1:444455556666:*"}}`), logs, silent},
		{"StringEquals", on(`{"StringEquals":{"aws:SourceAccount":"111122223333"}}`), logs, allowed},
		{"StringEquals knows no wildcards", on(`{"StringEquals":{"aws:SourceAccount":"1111*"}}`), logs, silent},
		{"StringLike", on(`{"StringLike":{"aws:SourceAccount":"1111*"}}`), logs, allowed},
		{"StringNotEquals", on(`{"StringNotEquals":{"aws:SourceAccount":"1"}}`), logs, allowed},
		{"all conditions count", on(`{"StringLike":{"aws:SourceAccount":"1*","aws:SourceArn":"*"}}`), logs, silent},
		{"if it exists", on(`{"ArnLikeIfExists":{"aws:SourceArn":"arn:x"}}`), logs, allowed},
		{"null", on(`{"Null":{"aws:SourceArn":"true"}}`), logs, allowed},
		{"unknown operator", on(`{"DateGreaterThan":{"aws:CurrentTime":"2020"}}`), logs, silent},
		{"another Region's service", strings.Replace(on(`{}`), "eu-west-1", "us-east-1", 1), logs, silent},
		{"another action", strings.Replace(on(`{}`), "Enc*", "Decrypt", 1), logs, silent},
		{"another key", strings.Replace(on(`{}`), `"Resource":"*"`, `"Resource":"arn:aws:kms:*:*:key/other"`, 1), logs, silent},
		{"not action", strings.Replace(on(`{}`), `"Action":"kms:Enc*"`, `"NotAction":["kms:Decrypt"]`, 1), logs, allowed},
		{"everybody", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}`, logs, allowed},
		{"AWS star is no service", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}}`, logs, silent},
		{"AWS star", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}}`, role, allowed},
		{"account", `{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":"kms:describekey"}}`, role, allowed},
		{"root of another account", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"*"}}`, role, silent},
		{"not principal", `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"444455556666"},"Action":"*"}}`, role, forbidden},
		{"deny wins", `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt"},{"Effect":"Allow","Principal":"*","Action":"*"}]}`, logs, forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, err := parsePolicy(tt.policy)
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.judge(tt.access); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{
		"", "{}", "[]", `{"Statement":[]}`, `{"Statement":[{}]}`,
		`{"Statement":{"Effect":"Maybe","Principal":"*","Action":"*"}}`,
		`{"Statement":{"Effect":"Allow","Action":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":3,"Action":"*"}}`,
	} {
		if _, err := parsePolicy(policy); err == nil {
			t.Errorf("got no error for %s", policy)
		}
	}
}

func TestWildcard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"a*b*c", "a--b-b--c", true},
		{"a*b*c", "a--b-b--", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*a", "ba", true},
		{"a**", "a", true},
		{strings.Repeat("a*", 50) + "b", strings.Repeat("a", 5000), false}, // quick all the same
	}
	for _, tt := range tests {
		if got := wildcard(tt.pattern, tt.s); got != tt.want {
			t.Errorf("%q against %q: got %t, want %t", tt.pattern, tt.s, got, tt.want)
		}
	}
}
