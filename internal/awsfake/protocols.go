package awsfake

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// protocol is how requests to a service are written, and its answers.
type protocol int

const (
	json11   protocol = iota // JSON; X-Amz-Target names the operation
	json10                   // the same with another content type
	query                    // a form that names the operation; the answer is XML
	restJSON                 // method and path name the operation
	rpcCBOR                  // the path names the operation; json10 as well
)

// service is one of AWS's services, as far as it is here.
type service struct {
	speaks protocol
	// name is what requests call the service: the beginning of X-Amz-Target up to
	// its dot, or the API's version in the query protocol.
	name       string
	operations map[string]operation
	routes     []route // restJSON only
}

// services lists what each service understands, by the name it signs with.
var services = map[string]service{
	"account":        {speaks: restJSON, operations: accountOperations, routes: accountRoutes},
	"cloudformation": {speaks: query, name: "2010-05-15", operations: cloudFormationOperations},
	"cloudtrail":     {speaks: json11, name: "CloudTrail_20131101", operations: cloudTrailOperations},
	"events":         {speaks: json11, name: "AWSEvents", operations: eventsOperations},
	"kms":            {speaks: json11, name: "TrentService", operations: kmsOperations},
	"lambda":         {speaks: restJSON, operations: lambdaOperations, routes: lambdaRoutes},
	"logs":           {speaks: json11, name: "Logs_20140328", operations: logsOperations},
	"monitoring":     {speaks: rpcCBOR, name: "GraniteServiceVersion20100801", operations: cloudWatchOperations},
	"sqs":            {speaks: json10, name: "AmazonSQS", operations: sqsOperations},
	"states":         {speaks: json10, name: "AWSStepFunctions", operations: statesOperations},
	"sts":            {speaks: query, name: "2011-06-15", operations: stsOperations},
}

// route is a method and path that name an operation. In the path, {NAME} stands
// for one part of it.
type route struct{ method, path, operation string }

// match returns the parts of the path that the route's {NAME}s stand for.
func (t route) match(method, path string) (parts map[string]string, ok bool) {
	want, got := strings.Split(t.path, "/"), strings.Split(path, "/")
	if method != t.method || len(want) != len(got) {
		return nil, false
	}
	parts = map[string]string{}
	for i, w := range want {
		if name, isPart := strings.CutPrefix(w, "{"); isPart {
			if got[i] == "" {
				return nil, false
			}
			parts[strings.TrimSuffix(name, "}")] = got[i]
		} else if w != got[i] {
			return nil, false
		}
	}
	return parts, true
}

// address finds out which service and operation a message is for, as far as it
// says so, and in which protocol it speaks.
func (r *request) address(m *message) {
	target := strings.Split(m.header.Get("X-Amz-Target"), ".")
	form := m.form()
	for name, s := range services {
		switch {
		case len(target) > 1: // some clients put a Java package before the service's name
			if target[len(target)-2] == s.name && s.speaks != query {
				r.addressed(name, s, target[len(target)-1])
				r.routed = name == "sqs" && m.method == http.MethodPost // SQS also answers at the URLs of its queues
				if s.speaks == rpcCBOR {
					r.speaks = json10
				}
			}
		case form != nil:
			if s.speaks == query && form.Get("Version") == s.name {
				r.addressed(name, s, form.Get("Action"))
				r.form = form
			}
		case s.speaks == rpcCBOR && m.header.Get("Smithy-Protocol") == "rpc-v2-cbor":
			if op, found := strings.CutPrefix(m.path, "/service/"+s.name+"/operation/"); found {
				r.addressed(name, s, op)
				r.routed = true
			}
		default:
			for _, t := range s.routes {
				if parts, ok := t.match(m.method, m.path); ok {
					r.addressed(name, s, t.operation)
					r.parts, r.routed = parts, true
				}
			}
		}
	}
}

func (r *request) addressed(name string, s service, operation string) {
	r.service, r.operation, r.speaks, r.api = name, operation, s.speaks, s.name
}

// form returns the fields of a request in the query protocol; nil for others.
func (m *message) form() url.Values {
	if !strings.HasPrefix(m.header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	form, err := url.ParseQuery(string(m.body))
	if err != nil {
		return nil
	}
	return form
}

// translate makes JSON of a body in CBOR, so that operations read one form.
func (r *request) translate() error {
	if r.speaks != rpcCBOR || len(r.message.body) == 0 {
		return nil
	}
	value, err := decodeCBOR(r.message.body)
	if err != nil {
		return err
	}
	whole := *r.message
	if whole.body, err = json.Marshal(value); err != nil {
		return err
	}
	r.message = &whole
	return nil
}

// actions are the IAM actions whose names differ from their operations'.
var actions = map[string]string{
	"lambda:Invoke": "lambda:InvokeFunction",
}

// action is the IAM action that the request needs.
func (r *request) action() string {
	action := r.service + ":" + r.operation
	if named, ok := actions[action]; ok {
		return named
	}
	if r.service == "monitoring" {
		return "cloudwatch:" + r.operation
	}
	return action
}

// written is an answer that an operation has written itself.
type written struct {
	status int
	header http.Header
	body   []byte
}

// write puts an operation's result into the answer in the form of the protocol.
func (r *request) write(a *answer, result any) (err error) {
	a.contentType = r.speaks.contentType()
	switch own, isOwn := result.(written); {
	case isOwn:
		a.status, a.body, a.more = own.status, own.body, own.header
	case result == nil:
	case r.speaks == query:
		a.body, err = xml.Marshal(result)
	case r.speaks == rpcCBOR:
		a.more = http.Header{"Smithy-Protocol": {"rpc-v2-cbor"}}
		a.body, err = appendCBOR(nil, result)
	default:
		a.body, err = json.Marshal(result)
	}
	return err
}

func (p protocol) contentType() string {
	switch p {
	case json10:
		return "application/x-amz-json-1.0"
	case query:
		return "text/xml"
	case restJSON:
		return "application/json"
	case rpcCBOR:
		return "application/cbor"
	}
	return jsonType
}
