package awsfake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const jsonType = "application/x-amz-json-1.1"

// message is an HTTP request as it came, from a socket or from memory.
type message struct {
	method, path, host, remote string
	header                     http.Header
	body                       []byte
}

// request is a message that has been understood.
type request struct {
	scope     // account of the caller, Region of the request
	service   string
	operation string
	caller    identity
	known     bool // the caller is who it says
	id        string
	at        time.Time
	names     []string // resources it names, the main one first
	speaks    protocol
	api       string            // what the protocol calls the service
	form      url.Values        // of the query protocol
	parts     map[string]string // of the path
	routed    bool              // the path said which operation is meant
	message   *message
}

// operation answers one kind of request; World.mu is held meanwhile. A nil
// result is an empty body.
type operation func(*World, *request) (any, error)

var credentialPattern = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/ ]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request,`)

// read finds out who asks what of which service. It returns a request in every
// case, as far as it got, for the answer and the record.
func (w *World) read(m *message) (*request, error) {
	r := &request{id: newUUID(), at: time.Now(), message: m}
	r.address(m)

	authorization := m.header.Get("Authorization")
	if authorization == "" {
		w.strange("%s %s without a signature", m.method, m.path)
		return r, &apiError{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	credential := credentialPattern.FindStringSubmatch(authorization)
	if credential == nil {
		w.strange("an Authorization header that is not AWS Signature Version 4")
		return r, fail("IncompleteSignatureException", "Authorization header requires 'Credential' parameter.")
	}
	r.region = credential[3]
	scopeService := credential[4]
	if r.service == "" {
		r.service = scopeService
	}
	if scopeService != r.service {
		w.strange("a request to %s signed for %s", r.service, scopeService)
		return r, &apiError{http.StatusForbidden, "InvalidSignatureException", "Credential should be scoped to correct service: '" + r.service + "'."}
	}
	service, known := services[r.service]
	if !known || !r.routed && (m.method != http.MethodPost || m.path != "/") || service.operations[r.operation] == nil {
		w.strange("%s %s: service %q, operation %q, target %q", m.method, m.path, r.service, r.operation, m.header.Get("X-Amz-Target"))
		return r, errUnknownOperation
	}
	if err := r.translate(); err != nil {
		w.strange("%s %s with a body that does not parse: %v", r.service, r.operation, err)
		return r, fail("SerializationException", "%s", err)
	}
	r.names = r.resources()

	w.mu.Lock()
	defer w.mu.Unlock()
	var err error
	r.caller, err = w.identify(credential[1], m.header.Get("X-Amz-Security-Token"))
	r.account, r.known = r.caller.account, err == nil
	if err == nil && w.closed[r.scope] {
		err = errUnrecognizedClient
	}
	return r, err
}

// strange notes a request that no real client would make.
func (w *World) strange(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unexpected = append(w.unexpected, fmt.Sprintf(format, args...))
}

// resources lists the names that the request says it is about: for CloudWatch
// Logs the log group (an ARN also gives its name), for KMS the key as written.
func (r *request) resources() []string {
	if r.form != nil {
		return nonEmpty(r.form.Get("RoleArn"), r.form.Get("StackName"))
	}
	if len(r.parts) > 0 {
		return nonEmpty(r.parts["FunctionName"])
	}
	var in struct {
		LogGroupName, ResourceIdentifier, ResourceArn, LogGroupNamePrefix string
		LogGroupIdentifiers                                               []string
		AliasName, KeyID, KmsKeyID, TargetKeyID                           string

		Name, TrailName, Rule, StateMachineArn, ExecutionArn, QueueURL, AlarmName string
		AlarmNames                                                                []string
	}
	_ = json.Unmarshal(r.message.body, &in) // the operation complains about what does not fit
	names := nonEmpty(in.LogGroupName)
	for _, s := range append([]string{in.ResourceIdentifier, in.ResourceArn}, in.LogGroupIdentifiers...) {
		if a, ok := parseARN(s); ok && a.service == "logs" {
			if name, ok := strings.CutPrefix(a.resource, "log-group:"); ok {
				names = append(names, strings.TrimSuffix(name, ":*"))
			}
		}
		names = append(names, nonEmpty(s)...)
	}
	names = append(names, nonEmpty(in.LogGroupNamePrefix, in.AliasName, in.KeyID, in.TargetKeyID, in.KmsKeyID)...)
	names = append(names, nonEmpty(in.Name, in.TrailName, in.Rule, in.StateMachineArn, in.ExecutionArn, in.QueueURL, in.AlarmName)...)
	return append(names, in.AlarmNames...)
}

func nonEmpty(list ...string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// decode reads the body of a JSON request.
func decode[T any](r *request) (T, error) {
	var in T
	if err := json.Unmarshal(r.message.body, &in); err != nil {
		return in, fail("SerializationException", "%s", err)
	}
	return in, nil
}

// signed is the time of the signature, or zero where there is none.
func (r *request) signed() time.Time {
	at, _ := time.Parse("20060102T150405Z", r.message.header.Get("X-Amz-Date")) // zero if it is not a time
	return at
}

// input is the request as it was sent, for records.
func (r *request) input() map[string]any {
	in := map[string]any{}
	if r.form != nil {
		for name, values := range r.form {
			in[name] = strings.Join(values, ",")
		}
		return in
	}
	d := json.NewDecoder(bytes.NewReader(r.message.body))
	d.UseNumber()
	if d.Decode(&in) != nil {
		return nil
	}
	return in
}
