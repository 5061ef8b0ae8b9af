// Package awserr says which failure an error of AWS is, and with it whether the call is
// repeated (failure.Type.MayPass), and keeps AWS's last word where a deadline would
// lose it.
package awserr

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"log-group-kms/internal/failure"
)

// types says which failure a code is. The keys come from the SDK's types where
// it has one, so that a misspelt code does not compile.
var types = map[string]failure.Type{
	(&logstypes.OperationAbortedException{}).ErrorCode():   failure.Conflict,
	(&logstypes.ServiceUnavailableException{}).ErrorCode(): failure.Unavailable,
	(&logstypes.AccessDeniedException{}).ErrorCode():       failure.AccessDenied,
	(&logstypes.ThrottlingException{}).ErrorCode():         failure.Throttled,
	(&kmstypes.DependencyTimeoutException{}).ErrorCode():   failure.Unavailable,
	(&kmstypes.KMSInternalException{}).ErrorCode():         failure.Unavailable,
	(&kmstypes.NotFoundException{}).ErrorCode():            failure.KeyUnusable,
	(&kmstypes.InvalidArnException{}).ErrorCode():          failure.KeyUnusable,

	// Codes that no API model lists, though services answer them.
	"AccessDenied":              failure.AccessDenied, // STS, over its query protocol
	"AuthorizationError":        failure.AccessDenied,
	"InternalFailure":           failure.Unavailable,
	"InternalServerError":       failure.Unavailable,
	"InternalServerException":   failure.Unavailable,
	"RequestTimeout":            failure.Unavailable,
	"RequestTimeoutException":   failure.Unavailable,
	"ServiceUnavailable":        failure.Unavailable,
	"ServiceUnavailableError":   failure.Unavailable,
	"OperationAborted":          failure.Conflict,
	"RequestThrottledException": failure.Throttled,
	"LimitExceededException":    failure.Unexpected, // a quota in CloudWatch Logs, though the SDK repeats it like a throttle
}

// Texts that decide where one code has two meanings
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
// does not list them; users' reports do).
const (
	textKeyRefused   = "specified KMS key does not exist"           // AccessDeniedException: the key or its policy, not the caller
	textKeyNotFound  = "KMS Key Id could not be found"              // InvalidParameterException
	textKeyUnchecked = "Unable to validate if specified KMS key is" // InvalidParameterException, older wording
	textReserved     = "are reserved for AWS"                       // InvalidParameterException: names that begin with aws/
	textNotAllowed   = "is not allowed to be used with"             // AccessDeniedException, second half of textKeyRefused
	textCaller       = "is not authorized to perform"               // AccessDeniedException: the caller
)

// Code gives the code of AWS's answer in err's chain; "" where there is none.
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

func message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorMessage()
	}
	return ""
}

func status(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// TypeOf classifies the error of an AWS call: by AWS's code, then by the HTTP
// status, then by what the network said.
func TypeOf(err error) failure.Type {
	if f, ok := errors.AsType[*failure.Error](err); ok {
		return f.Type
	}
	code := Code(err)
	kind, known := types[code]
	switch {
	case known && kind == failure.AccessDenied && isKeyText(message(err)):
		return failure.KeyUnusable
	case known:
		return kind
	case code == invalidParameter && isKeyText(message(err)):
		return failure.KeyUnusable
	case isThrottle(code) || status(err) == http.StatusTooManyRequests:
		return failure.Throttled
	case status(err) >= http.StatusInternalServerError || status(err) == http.StatusRequestTimeout:
		return failure.Unavailable
	case code == "" && isBrokenConnection(err):
		return failure.Unavailable
	}
	return failure.Unexpected
}

func isThrottle(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok
}

// isKeyText tells whether the text is about the key. The caller's denial is
// looked for first: it may quote a key's ARN.
func isKeyText(text string) bool {
	if strings.Contains(text, textCaller) {
		return false
	}
	for _, about := range []string{textKeyRefused, textNotAllowed, textKeyNotFound, textKeyUnchecked} {
		if strings.Contains(text, about) {
			return true
		}
	}
	return false
}

// isBrokenConnection tells whether the request or its answer got lost.
func isBrokenConnection(err error) bool {
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return true
	}
	// A *net.OpError is what reading an answer ends with when the connection goes.
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	if network, ok := errors.AsType[net.Error](err); ok && network.Timeout() {
		return true
	}
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

var (
	invalidParameter = (&logstypes.InvalidParameterException{}).ErrorCode()
	resourceNotFound = (&logstypes.ResourceNotFoundException{}).ErrorCode()
)

// IsNotFound tells whether CloudWatch Logs does not know the resource.
func IsNotFound(err error) bool { return Code(err) == resourceNotFound }

// IsReservedName tells whether AWS keeps the log group's name for itself.
func IsReservedName(err error) bool {
	return Code(err) == invalidParameter && strings.Contains(message(err), textReserved)
}

// IsKeyDenied tells whether the caller may not use or describe the key, while it
// may make the call itself.
func IsKeyDenied(err error) bool {
	return TypeOf(err) == failure.AccessDenied && strings.Contains(message(err), textCaller+": kms:")
}

// IsCredentialsRejected tells whether AWS does not accept the credentials as such,
// whatever they may do.
func IsCredentialsRejected(err error) bool {
	switch Code(err) {
	case "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken":
		return true
	}
	return false
}

// IsInvalidParameter tells whether CloudWatch Logs refuses a parameter without
// saying which.
func IsInvalidParameter(err error) bool { return Code(err) == invalidParameter }

// IsInvalidKeyReference tells whether KMS refuses the form of a key reference.
func IsInvalidKeyReference(err error) bool { return Code(err) == "ValidationException" }
