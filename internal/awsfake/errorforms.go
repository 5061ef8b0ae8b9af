package awsfake

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"slices"
)

// Errors that depend on the protocol: what the JSON services call an exception has
// another name, or another status, in the others.
var (
	queryForms = map[string]apiError{
		"AccessDeniedException":               {status: http.StatusForbidden, code: "AccessDenied"},
		"ExpiredTokenException":               {status: http.StatusForbidden, code: "ExpiredToken"},
		"UnrecognizedClientException":         {status: http.StatusForbidden, code: "InvalidClientTokenId"},
		"ThrottlingException":                 {code: "Throttling"},
		"MissingAuthenticationTokenException": {code: "MissingAuthenticationToken"},
		"QueueDoesNotExist":                   {code: "AWS.SimpleQueueService.NonExistentQueue"},
	}
	restForms = map[string]apiError{
		"AccessDeniedException":       {status: http.StatusForbidden},
		"ExpiredTokenException":       {status: http.StatusForbidden},
		"UnrecognizedClientException": {status: http.StatusForbidden},
		"ThrottlingException":         {status: http.StatusTooManyRequests, code: "TooManyRequestsException"},
	}
)

// form returns an error as a protocol has it.
func (p protocol) form(e *apiError) *apiError {
	form := *e
	differs, known := queryForms[e.code], false
	switch p {
	case query:
		_, known = queryForms[e.code]
	case restJSON:
		differs, known = restForms[e.code]
	}
	if known {
		if differs.code != "" {
			form.code = differs.code
		}
		if differs.status != 0 {
			form.status = differs.status
		}
	}
	return &form
}

// queryCompatible are the services that used to speak the query protocol: their
// errors carry the code of then in a header, and clients go by that.
var queryCompatible = []string{"monitoring", "sqs"}

// fail makes the answer that carries an error.
func (r *request) fail(err error) *answer {
	e := r.speaks.form(asAPIError(err))
	a := &answer{status: e.status, requestID: r.id, failure: e, contentType: r.speaks.contentType(), more: http.Header{}}
	if r.speaks == query {
		a.body = r.xmlError(e)
		return a
	}
	if slices.Contains(queryCompatible, r.service) {
		a.more.Set("X-Amzn-Query-Error", query.form(e).code+";"+blame(e))
	}
	said := map[string]any{"__type": e.code}
	if e.message != "" {
		said["message"] = e.message
	}
	switch r.speaks {
	case restJSON:
		a.more.Set("X-Amzn-Errortype", e.code)
		delete(said, "__type")
	case rpcCBOR:
		a.more.Set("Smithy-Protocol", "rpc-v2-cbor")
		a.body, _ = appendCBOR(nil, said) // texts always have a form
		return a
	}
	a.body, _ = json.Marshal(said) // texts always marshal
	return a
}

// blame says whose fault an error is.
func blame(e *apiError) string {
	if e.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// xmlError is the body of an error answer in the query protocol.
func (r *request) xmlError(e *apiError) []byte {
	type detail struct{ Type, Code, Message string }
	var b bytes.Buffer
	_ = xml.NewEncoder(&b).Encode(struct { // strings always marshal
		XMLName   xml.Name
		Error     detail
		RequestID string `xml:"RequestId"`
	}{
		XMLName: xml.Name{Space: "https://" + r.service + ".amazonaws.com/doc/" + r.api + "/", Local: "ErrorResponse"},
		Error:   detail{blame(e), e.code, e.message}, RequestID: r.id,
	})
	return b.Bytes()
}
