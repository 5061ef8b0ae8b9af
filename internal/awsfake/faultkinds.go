package awsfake

import (
	"net/http"
)

// FaultKind is a way in which AWS, or the way to it, fails.
type FaultKind string

// Kinds of faults. Those with a number answer with that HTTP status, all other
// errors of a service with 400 (STS: 403 where it says so).
const (
	Conflict              FaultKind = "Conflict"              // OperationAbortedException
	ServiceUnavailable500 FaultKind = "ServiceUnavailable500" // ServiceUnavailableException
	ServiceUnavailable503 FaultKind = "ServiceUnavailable503" // ServiceUnavailableException
	ServiceUnavailable400 FaultKind = "ServiceUnavailable400" // ServiceUnavailableException
	Throttling400         FaultKind = "Throttling400"         // ThrottlingException, Rate exceeded
	Bare429               FaultKind = "Bare429"               // no body, no code
	InternalFailure500    FaultKind = "InternalFailure500"    // InternalFailure
	HTML500               FaultKind = "HTML500"               // a page instead of an answer
	BadGateway502         FaultKind = "BadGateway502"         // a page instead of an answer
	GatewayTimeout504     FaultKind = "GatewayTimeout504"     // a page instead of an answer
	RequestTimeout408     FaultKind = "RequestTimeout408"     // RequestTimeoutException
	AccessDeniedIAM       FaultKind = "AccessDeniedIAM"       // the caller's policies do not allow it
	AccessDeniedSCP       FaultKind = "AccessDeniedSCP"       // the organisation forbids it
	KeyNotAllowed         FaultKind = "KeyNotAllowed"         // AccessDeniedException about the key
	KeyNotFoundText       FaultKind = "KeyNotFoundText"       // InvalidParameterException about the key
	KeyNotValidated       FaultKind = "KeyNotValidated"       // the same in its older wording
	ReservedName          FaultKind = "ReservedName"          // InvalidParameterException about aws/ names
	NotFound              FaultKind = "NotFound"              // ResourceNotFoundException, KMS: NotFoundException
	InvalidParameter      FaultKind = "InvalidParameter"      // InvalidParameterException about nothing in particular
	ValidationError400    FaultKind = "ValidationError400"    // ValidationError
	ExpiredToken          FaultKind = "ExpiredToken"          // ExpiredTokenException
	UnrecognizedClient    FaultKind = "UnrecognizedClient"    // UnrecognizedClientException
	LimitExceeded         FaultKind = "LimitExceeded"         // LimitExceededException
	UnknownOperation      FaultKind = "UnknownOperation"      // UnknownOperationException, 404
	KMSInternal500        FaultKind = "KMSInternal500"        // KMSInternalException
	DependencyTimeout500  FaultKind = "DependencyTimeout500"  // DependencyTimeoutException
	StrangeText           FaultKind = "StrangeText"           // InvalidParameterException whose text holds control characters

	Hang             FaultKind = "Hang"             // no answer until the client gives up; nothing is done
	Reset            FaultKind = "Reset"            // the connection is reset; nothing is done
	Truncated        FaultKind = "Truncated"        // the work is done, half of the answer arrives
	Slow             FaultKind = "Slow"             // the usual answer, after Fault.Delay
	AppliedThenReset FaultKind = "AppliedThenReset" // the work is done, then the connection is reset
	AppliedThenHang  FaultKind = "AppliedThenHang"  // the work is done, but no answer comes
)

// effect is what a kind of fault does.
type effect struct {
	answer func(*request) *answer // the answer in place of the real one
	works  bool                   // the work is done all the same
	end    ending
}

// effects holds every kind's effect.
var effects = map[FaultKind]effect{
	Conflict:              answering(400, "OperationAbortedException", "A conflicting operation is currently in progress against this resource. Please try again."),
	ServiceUnavailable500: answering(500, "ServiceUnavailableException", "The service cannot complete the request."),
	ServiceUnavailable503: answering(503, "ServiceUnavailableException", "The service cannot complete the request."),
	ServiceUnavailable400: answering(400, "ServiceUnavailableException", "The service cannot complete the request."),
	Throttling400:         answering(400, "ThrottlingException", "Rate exceeded"),
	Bare429:               {answer: func(r *request) *answer { return &answer{status: 429, requestID: r.id} }},
	InternalFailure500:    answering(500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."),
	HTML500:               page(500),
	BadGateway502:         page(502),
	GatewayTimeout504:     page(504),
	RequestTimeout408:     answering(408, "RequestTimeoutException", "The request timed out."),
	AccessDeniedIAM:       denying("because no identity-based policy allows the {action} action"),
	AccessDeniedSCP:       denying("with an explicit deny in a service control policy"),
	KeyNotAllowed:         {answer: func(r *request) *answer { return r.fail(keyNotAllowed(r.contextARN())) }},
	KeyNotFoundText:       {answer: func(r *request) *answer { return r.fail(keyNotFound(r.name())) }},
	KeyNotValidated:       {answer: func(r *request) *answer { return r.fail(errKeyNotValidated) }},
	ReservedName:          {answer: func(r *request) *answer { return r.fail(errReservedName) }},
	NotFound:              {answer: func(r *request) *answer { return r.fail(r.notFound()) }},
	InvalidParameter:      answering(400, "InvalidParameterException", "A parameter is specified incorrectly."),
	ValidationError400:    answering(400, "ValidationError", "The input fails to satisfy the constraints specified by an AWS service."),
	ExpiredToken:          {answer: func(r *request) *answer { return r.fail(errExpiredToken) }},
	UnrecognizedClient:    {answer: func(r *request) *answer { return r.fail(errUnrecognizedClient) }},
	LimitExceeded:         answering(400, "LimitExceededException", "Resource limit exceeded."),
	UnknownOperation:      {answer: func(r *request) *answer { return r.fail(errUnknownOperation) }},
	KMSInternal500:        answering(500, "KMSInternalException", "An internal exception occurred. The request can be retried."),
	DependencyTimeout500:  answering(500, "DependencyTimeoutException", "The system timed out while trying to fulfill the request. The request can be retried."),
	StrangeText:           answering(400, "InvalidParameterException", "A parameter\u007f is\x00 specified\x1b[31m\r\n\tincorrectly\u0085\u009b31m."),

	Hang:             {end: hung},
	Reset:            {end: broken},
	Truncated:        {works: true, end: truncated},
	Slow:             {works: true},
	AppliedThenReset: {works: true, end: broken},
	AppliedThenHang:  {works: true, end: hung},
}

func answering(status int, code, message string) effect {
	return effect{answer: func(r *request) *answer { return r.fail(&apiError{status, code, message}) }}
}

func denying(because string) effect {
	return effect{answer: func(r *request) *answer {
		return r.fail(r.accessDenied(r.action(), r.iamResource(), because))
	}}
}

// page is what a proxy in front of the service says.
func page(status int) effect {
	return effect{answer: func(*request) *answer {
		title := http.StatusText(status)
		return &answer{status: status, contentType: "text/html",
			body: []byte("<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n")}
	}}
}

// name is the main resource of the request, or nothing.
func (r *request) name() string {
	if len(r.names) == 0 {
		return ""
	}
	return r.names[0]
}

// contextARN is the ARN that CloudWatch Logs shows to KMS for the request.
func (r *request) contextARN() string {
	if _, isARN := parseARN(r.name()); isARN {
		return r.name()
	}
	return LogGroupARN(r.account, r.region, r.name())
}

// notFound is the service's answer for a resource that does not exist.
func (r *request) notFound() error {
	if r.service == "kms" {
		return fail("NotFoundException", "Key '%s' does not exist", r.name())
	}
	return errNoLogGroup
}
