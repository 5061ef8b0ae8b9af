package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
)

// AWS's own texts.
const (
	textKeyRefused = "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:eu-west-2:111122223333:log-group:/app'"
	textIAM        = "User: arn:aws:sts::111122223333:assumed-role/f/f is not authorized to perform: logs:AssociateKmsKey on resource: arn:aws:logs:eu-west-1:111122223333:log-group:/app:log-stream: because no identity-based policy allows the logs:AssociateKmsKey action"
	textSCP        = "User: arn:aws:sts::111122223333:assumed-role/f/f is not authorized to perform: logs:AssociateKmsKey on resource: arn:aws:logs:eu-west-1:111122223333:log-group:/app:log-stream: with an explicit deny in a service control policy"
	textCallerKey  = "User: arn:aws:sts::111122223333:assumed-role/f/f is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:eu-west-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90 because no resource-based policy allows the kms:DescribeKey action"
	textReserved   = "Log groups starting with AWS/ are reserved for AWS."
)

func TestTypeOfLogsAnswers(t *testing.T) {
	code := func(err smithy.APIError) string { return err.ErrorCode() }
	for _, test := range []struct {
		status  int
		code    string
		message string
		want    failure.Type
	}{
		// The model of AssociateKmsKey, DescribeLogGroups and the tag calls.
		{400, code(&logstypes.InvalidParameterException{}), "A parameter is specified incorrectly.", failure.Unexpected},
		{400, code(&logstypes.ResourceNotFoundException{}), "The specified log group does not exist.", failure.Unexpected},
		{400, code(&logstypes.OperationAbortedException{}), "A conflicting operation is currently in progress against this resource. Please try again.", failure.Conflict},
		{500, code(&logstypes.ServiceUnavailableException{}), "The service cannot complete the request.", failure.Unavailable},
		{503, code(&logstypes.ServiceUnavailableException{}), "The service cannot complete the request.", failure.Unavailable},
		{400, code(&logstypes.ServiceUnavailableException{}), "The service cannot complete the request.", failure.Unavailable},

		// InvalidParameterException is about the key in these texts only.
		{400, code(&logstypes.InvalidParameterException{}), "The specified KMS Key Id could not be found. '/aws/network-firewall/alerts'", failure.KeyUnusable},
		{400, code(&logstypes.InvalidParameterException{}), "Unable to validate if specified KMS key is valid", failure.KeyUnusable},
		{400, code(&logstypes.InvalidParameterException{}), textReserved, failure.Unexpected},
		{400, code(&logstypes.InvalidParameterException{}), "The specified nextToken is invalid.", failure.Unexpected},

		// AccessDeniedException is about the key in one text, about the caller
		// in all others.
		{400, code(&logstypes.AccessDeniedException{}), textKeyRefused, failure.KeyUnusable},
		{400, code(&logstypes.AccessDeniedException{}), textIAM, failure.AccessDenied},
		{400, code(&logstypes.AccessDeniedException{}), textSCP, failure.AccessDenied},
		{400, code(&logstypes.AccessDeniedException{}), textCallerKey, failure.AccessDenied},
		{400, code(&logstypes.AccessDeniedException{}), "User with accountId: 111122223333 is not authorized to perform CreateLogGroup with Tags", failure.AccessDenied},
		{400, code(&logstypes.AccessDeniedException{}), "", failure.AccessDenied},
		// Should one text speak of both, the caller's right comes first.
		{400, code(&logstypes.AccessDeniedException{}), textCallerKey + ". " + textKeyRefused, failure.AccessDenied},

		// Other types of the SDK.
		{400, code(&logstypes.ThrottlingException{}), "Rate exceeded", failure.Throttled},
		{400, code(&logstypes.UnrecognizedClientException{}), "The security token included in the request is invalid.", failure.Unexpected},
		{400, code(&logstypes.LimitExceededException{}), "Resource limit exceeded.", failure.Unexpected},
		{400, code(&logstypes.ValidationException{}), "", failure.Unexpected},
		{400, code(&logstypes.ResourceAlreadyExistsException{}), "The specified log group already exists", failure.Unexpected},
		{400, code(&logstypes.InvalidOperationException{}), "", failure.Unexpected},
		{500, code(&logstypes.InternalServerException{}), "", failure.Unavailable},

		// Codes that are in no model.
		{400, "Throttling", "Rate exceeded", failure.Throttled},
		{400, "TooManyRequestsException", "", failure.Throttled},
		{400, "RequestLimitExceeded", "", failure.Throttled},
		{400, "RequestThrottledException", "", failure.Throttled},
		{503, "SlowDown", "", failure.Throttled},
		{403, "AccessDenied", textIAM, failure.AccessDenied},
		{400, "ExpiredTokenException", "The security token included in the request is expired", failure.Unexpected},
		{400, "InvalidSignatureException", "", failure.Unexpected},
		{400, "ValidationError", "", failure.Unexpected},
		{400, "SerializationException", "", failure.Unexpected},
		{404, "UnknownOperationException", "", failure.Unexpected},
		{408, "RequestTimeoutException", "", failure.Unavailable},
		{400, "RequestTimeoutException", "", failure.Unavailable},
		{500, "InternalFailure", "", failure.Unavailable},
		{503, "ServiceUnavailable", "", failure.Unavailable},
		{500, "SomethingNew", "", failure.Unavailable},
		{400, "SomethingNew", "", failure.Unexpected},
		{429, "SomethingNew", "", failure.Throttled},
	} {
		t.Run(fmt.Sprintf("%s %d %.40s", test.code, test.status, test.message), func(t *testing.T) {
			err := coded(test.status, test.code, test.message).fromLogs(t)
			if got := awserr.TypeOf(err); got != test.want {
				t.Errorf("got %s, want %s: %v", got, test.want, err)
			}
			if got := awserr.Code(err); got != test.code {
				t.Errorf("got code %q, want %q", got, test.code)
			}
		})
	}
}

func TestTypeOfKMSAnswers(t *testing.T) {
	for _, test := range []struct {
		status  int
		code    string
		message string
		want    failure.Type
	}{
		{400, (&kmstypes.NotFoundException{}).ErrorCode(), "Alias arn:aws:kms:eu-west-1:111122223333:alias/logs is not found.", failure.KeyUnusable},
		{400, (&kmstypes.InvalidArnException{}).ErrorCode(), "Invalid arn eu-west-1", failure.KeyUnusable},
		{500, (&kmstypes.DependencyTimeoutException{}).ErrorCode(), "", failure.Unavailable},
		{500, (&kmstypes.KMSInternalException{}).ErrorCode(), "", failure.Unavailable},
		{400, "AccessDeniedException", textCallerKey, failure.AccessDenied},
		{400, "ThrottlingException", "Rate exceeded", failure.Throttled},
		{400, "ValidationException", "1 validation error detected", failure.Unexpected},
		{400, "ExpiredTokenException", "", failure.Unexpected},
	} {
		t.Run(test.code, func(t *testing.T) {
			err := coded(test.status, test.code, test.message).fromKMS(t)
			if got := awserr.TypeOf(err); got != test.want {
				t.Errorf("got %s, want %s: %v", got, test.want, err)
			}
			if got, want := awserr.IsInvalidKeyReference(err), test.code == "ValidationException"; got != want {
				t.Errorf("IsInvalidKeyReference: got %t, want %t", got, want)
			}
		})
	}
}

// What a proxy or a broken network answers has no code of AWS's.
func TestTypeOfForeignAnswers(t *testing.T) {
	const page = "<html><body><h1>trouble</h1></body></html>"
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for name, test := range map[string]struct {
		reply reply
		want  failure.Type
	}{
		"429 without body":   {reply{status: 429}, failure.Throttled},
		"408 without body":   {reply{status: 408}, failure.Unavailable},
		"500 HTML":           {reply{status: 500, body: page}, failure.Unavailable},
		"502 HTML":           {reply{status: 502, body: page}, failure.Unavailable},
		"503 HTML":           {reply{status: 503, body: page}, failure.Unavailable},
		"504 HTML":           {reply{status: 504, body: page}, failure.Unavailable},
		"500 empty object":   {reply{status: 500, body: "{}"}, failure.Unavailable},
		"404 HTML":           {reply{status: 404, body: page}, failure.Unexpected},
		"200 HTML":           {reply{status: 200, body: page}, failure.Unexpected},
		"200 cut off":        {reply{status: 200, body: `{"logGr`, cut: true}, failure.Unavailable},
		"connection reset":   {reply{err: reset}, failure.Unavailable},
		"connection refused": {reply{err: refused}, failure.Unavailable},
		"connection ended":   {reply{err: io.EOF}, failure.Unavailable},
		"socket timeout":     {reply{err: os.ErrDeadlineExceeded}, failure.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := awserr.TypeOf(test.reply.fromListing(t)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestTypeOfOtherErrors(t *testing.T) {
	conflict := &failure.Error{Type: failure.Conflict, Err: io.EOF}
	for name, test := range map[string]struct {
		err  error
		want failure.Type
	}{
		"a failure keeps its type": {fmt.Errorf("around: %w", conflict), failure.Conflict},
		"the end of a context":     {context.DeadlineExceeded, failure.Unavailable},
		"anything else":            {errors.New("no credentials"), failure.Unexpected},
	} {
		t.Run(name, func(t *testing.T) {
			if got := awserr.TypeOf(test.err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestPredicates(t *testing.T) {
	type truths struct{ notFound, reserved, invalid bool }
	invalid := (&logstypes.InvalidParameterException{}).ErrorCode()
	for name, test := range map[string]struct {
		reply reply
		want  truths
	}{
		"no such log group": {coded(400, (&logstypes.ResourceNotFoundException{}).ErrorCode(), "The specified log group does not exist."), truths{notFound: true}},
		"reserved name":     {coded(400, invalid, textReserved), truths{reserved: true, invalid: true}},
		"bad parameter":     {coded(400, invalid, "A parameter is specified incorrectly."), truths{invalid: true}},
		"denied":            {coded(400, "AccessDeniedException", textIAM), truths{}},
		"a proxy's 404":     {reply{status: 404, body: "not here"}, truths{}},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("around: %w", test.reply.fromLogs(t))
			got := truths{awserr.IsNotFound(err), awserr.IsReservedName(err), awserr.IsInvalidParameter(err)}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
	if awserr.IsNotFound(nil) || awserr.IsReservedName(nil) || awserr.IsInvalidParameter(nil) {
		t.Error("no error is taken for one")
	}
}
