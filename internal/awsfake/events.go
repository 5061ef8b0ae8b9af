package awsfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// hooks are those who listen to CloudTrail, and what they have yet to hear.
type hooks struct {
	listeners  []*func([]byte)
	queue      [][]byte
	delivering bool
}

// recorded lists the operations that leave a CloudTrail record.
var recorded = map[string]bool{
	"AssociateKmsKey":    true,
	"CreateLogGroup":     true,
	"DeleteLogGroup":     true,
	"DisassociateKmsKey": true,
	"PutRetentionPolicy": true,
	"TagLogGroup":        true,
	"TagResource":        true,
	"UntagLogGroup":      true,
	"UntagResource":      true,
}

// largestParameters is the size above which CloudTrail leaves them out.
const largestParameters = 100 << 10

// envelope is an event as EventBridge hands it to its targets.
type envelope struct {
	Version    string      `json:"version"`
	ID         string      `json:"id"`
	DetailType string      `json:"detail-type"`
	Source     string      `json:"source"`
	Account    string      `json:"account"`
	Time       string      `json:"time"`
	Region     string      `json:"region"`
	Resources  []string    `json:"resources"`
	Detail     trailRecord `json:"detail"`
}

// trailRecord is a CloudTrail record.
type trailRecord struct {
	EventVersion       string         `json:"eventVersion"`
	UserIdentity       map[string]any `json:"userIdentity"`
	EventTime          string         `json:"eventTime"`
	EventSource        string         `json:"eventSource"`
	EventName          string         `json:"eventName"`
	AwsRegion          string         `json:"awsRegion"`
	SourceIPAddress    string         `json:"sourceIPAddress"`
	UserAgent          string         `json:"userAgent"`
	ErrorCode          string         `json:"errorCode,omitempty"`
	ErrorMessage       string         `json:"errorMessage,omitempty"`
	RequestParameters  map[string]any `json:"requestParameters"`
	ResponseElements   map[string]any `json:"responseElements"`
	RequestID          string         `json:"requestID"`
	EventID            string         `json:"eventID"`
	ReadOnly           bool           `json:"readOnly"`
	EventType          string         `json:"eventType"`
	APIVersion         string         `json:"apiVersion"`
	ManagementEvent    bool           `json:"managementEvent"`
	RecipientAccountID string         `json:"recipientAccountId"`
	EventCategory      string         `json:"eventCategory"`
	TLSDetails         tlsDetails     `json:"tlsDetails"`
}

type tlsDetails struct {
	TLSVersion               string `json:"tlsVersion"`
	CipherSuite              string `json:"cipherSuite"`
	ClientProvidedHostHeader string `json:"clientProvidedHostHeader"`
}

// OnEvent has a function called with the EventBridge event of every writing call
// to CloudWatch Logs, failed ones included: one after the other, in the order of
// the calls, outside all locks, and before the call is answered (where calls run
// side by side, an event may be delivered by another call a little later).
func (w *World) OnEvent(hear func(event []byte)) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	listener := &hear
	w.hooks.listeners = append(w.hooks.listeners, listener)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.hooks.listeners = slices.DeleteFunc(w.hooks.listeners, func(l *func([]byte)) bool { return l == listener })
	}
}

// recordEvent queues the event of a call, if it makes one. Calls that never came
// as far as a verdict (5xx, no answer) leave none.
func (w *World) recordEvent(r *request, a *answer) {
	if len(w.hooks.listeners) == 0 && !w.history.on || !r.known || r.service != "logs" || !recorded[r.operation] {
		return
	}
	done := a.requestID != "" && a.failure == nil && a.contentType == jsonType
	refused := a.failure != nil && a.failure.status < http.StatusInternalServerError
	if !done && !refused {
		return
	}
	e := r.event(a.failure)
	if w.history.on {
		w.remember(r.scope, r.at, e.Detail)
	}
	if len(w.hooks.listeners) == 0 {
		return
	}
	event, err := json.Marshal(e)
	if err != nil {
		w.unexpected = append(w.unexpected, "an event that cannot be written: "+err.Error())
		return
	}
	w.hooks.queue = append(w.hooks.queue, event)
}

// event makes the event of a request.
func (r *request) event(failure *apiError) envelope {
	at := r.at.UTC().Truncate(time.Second).Format(time.RFC3339)
	record := trailRecord{
		EventVersion: "1.11", UserIdentity: r.caller.record(r.region), EventTime: at,
		EventSource: "logs.amazonaws.com", EventName: r.operation, AwsRegion: r.region,
		SourceIPAddress: r.message.remote, UserAgent: r.message.header.Get("User-Agent"),
		RequestParameters: r.parameters(), RequestID: r.id, EventID: newUUID(),
		EventType: "AwsApiCall", APIVersion: "20140328", ManagementEvent: true,
		RecipientAccountID: r.account, EventCategory: "Management",
		TLSDetails: tlsDetails{"TLSv1.3", "TLS_AES_128_GCM_SHA256", r.message.host},
	}
	if record.SourceIPAddress == "" {
		record.SourceIPAddress = "192.0.2.1" // an address of the range kept for examples
	}
	if failure != nil {
		record.ErrorCode, record.ErrorMessage = failure.code, failure.message
	}
	if record.ErrorCode == "AccessDeniedException" { // CloudTrail's word for it, and it hides the input
		record.ErrorCode, record.RequestParameters = "AccessDenied", nil
	}
	return envelope{
		Version: "0", ID: newUUID(), DetailType: "AWS API Call via CloudTrail", Source: "aws.logs",
		Account: r.account, Time: at, Region: r.region, Resources: []string{}, Detail: record,
	}
}

// parameters is the input as CloudTrail keeps it.
func (r *request) parameters() map[string]any {
	if len(r.message.body) > largestParameters {
		return nil
	}
	in := r.input()
	for name, value := range in {
		if value == nil {
			delete(in, name)
		}
	}
	return in
}

// record is the caller as CloudTrail shows it.
func (id identity) record(region string) map[string]any {
	if id.roleARN == "" {
		return map[string]any{
			"type": "IAMUser", "principalId": id.principalID(), "arn": id.arn(region),
			"accountId": id.account, "accessKeyId": id.accessKey, "userName": id.user,
		}
	}
	return map[string]any{
		"type": "AssumedRole", "principalId": id.principalID() + ":" + id.session, "arn": id.arn(region),
		"accountId": id.account, "accessKeyId": id.accessKey,
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{
				"type": "Role", "principalId": id.principalID(), "arn": id.roleARN,
				"accountId": id.account, "userName": roleName(id.roleARN),
			},
			"attributes": map[string]any{
				"creationDate": id.issued.UTC().Format(time.RFC3339), "mfaAuthenticated": "false",
			},
		},
	}
}

// deliver hands out queued events. Only one goroutine at a time does so, which
// keeps them in order, also when a listener makes calls of its own.
func (w *World) deliver() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hooks.delivering {
		return
	}
	w.hooks.delivering = true
	defer func() { w.hooks.delivering = false }()
	for len(w.hooks.queue) > 0 {
		event := w.hooks.queue[0]
		w.hooks.queue = w.hooks.queue[1:]
		for _, l := range slices.Clone(w.hooks.listeners) {
			w.hear(*l, event)
		}
	}
}

// hear calls a listener outside the lock, which is held again afterwards.
func (w *World) hear(listener func([]byte), event []byte) {
	w.mu.Unlock()
	defer w.mu.Lock()
	listener(event)
}
