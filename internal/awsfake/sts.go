package awsfake

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"time"
)

var stsOperations = map[string]operation{
	"AssumeRole":        (*World).assumeRole,
	"GetCallerIdentity": (*World).getCallerIdentity,
}

var (
	sessionNamePattern = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalIDPattern  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
)

type stsMetadata struct {
	RequestID string `xml:"RequestId"`
}

type assumeRoleResponse struct {
	XMLName xml.Name    `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	UserID  string      `xml:"AssumeRoleResult>AssumedRoleUser>AssumedRoleId"`
	UserARN string      `xml:"AssumeRoleResult>AssumedRoleUser>Arn"`
	Key     string      `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	Secret  string      `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	Token   string      `xml:"AssumeRoleResult>Credentials>SessionToken"`
	Expires string      `xml:"AssumeRoleResult>Credentials>Expiration"`
	Meta    stsMetadata `xml:"ResponseMetadata"`
}

func (w *World) assumeRole(r *request) (any, error) {
	role, session := r.form.Get("RoleArn"), r.form.Get("RoleSessionName")
	if a, ok := parseARN(role); !ok || a.service != "iam" || len(role) < 20 {
		return nil, fail("ValidationError", "%s is invalid", role)
	}
	if !sessionNamePattern.MatchString(session) {
		return nil, fail("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", session)
	}
	seconds := 3600
	if text := r.form.Get("DurationSeconds"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 900 || seconds > 43200 {
			return nil, fail("ValidationError", "1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200", text)
		}
	}
	if r.caller.roleARN != "" && seconds > 3600 {
		return nil, fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if id := r.form.Get("ExternalId"); r.form.Has("ExternalId") && (len(id) < 2 || len(id) > 1224 || !externalIDPattern.MatchString(id)) {
		return nil, fail("ValidationError", "1 validation error detected: Value '%s' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*", id)
	}
	record := w.roles[role]
	if record == nil || !record.trusts(r) {
		return nil, r.accessDenied("sts:AssumeRole", role, "")
	}
	id, secret := w.assume(record, session, time.Duration(seconds)*time.Second)
	return assumeRoleResponse{
		UserID: id.principalID() + ":" + session, UserARN: id.arn(r.region),
		Key: id.accessKey, Secret: secret, Token: id.token, Expires: id.expires.UTC().Format(time.RFC3339),
		Meta: stsMetadata{r.id},
	}, nil
}

type getCallerIdentityResponse struct {
	XMLName xml.Name    `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Arn     string      `xml:"GetCallerIdentityResult>Arn"`
	UserID  string      `xml:"GetCallerIdentityResult>UserId"`
	Account string      `xml:"GetCallerIdentityResult>Account"`
	Meta    stsMetadata `xml:"ResponseMetadata"`
}

func (w *World) getCallerIdentity(r *request) (any, error) {
	id := r.caller.principalID()
	if r.caller.roleARN != "" {
		id += ":" + r.caller.session
	}
	return getCallerIdentityResponse{Arn: r.caller.arn(r.region), UserID: id, Account: r.account, Meta: stsMetadata{r.id}}, nil
}
