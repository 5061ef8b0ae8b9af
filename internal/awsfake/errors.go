package awsfake

import (
	"errors"
	"fmt"
	"net/http"
)

// apiError is an error answer of a service.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// fail makes the usual error answer, one with status 400.
func fail(code, format string, args ...any) error {
	return &apiError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// invalid is CloudWatch Logs' answer to bad input.
func invalid(format string, args ...any) error {
	return fail("InvalidParameterException", format, args...)
}

// violates is the answer to a value outside the constraints of the API model.
func violates(value, member, constraint string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, constraint)
}

// missing is the answer to a required member that was left out.
func missing(member string) error {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// Answers that several places give. They are never changed.
var (
	errNoLogGroup         = fail("ResourceNotFoundException", "The specified log group does not exist.")
	errLogGroupExists     = fail("ResourceAlreadyExistsException", "The specified log group already exists")
	errReservedName       = invalid("Log groups starting with AWS/ are reserved for AWS.")
	errKeyNotValidated    = invalid("Unable to validate if specified KMS key is valid")
	errBadPageToken       = invalid("The specified nextToken is invalid.")
	errThrottled          = fail("ThrottlingException", "Rate exceeded")
	errExpiredToken       = fail("ExpiredTokenException", "The security token included in the request is expired")
	errUnrecognizedClient = fail("UnrecognizedClientException", "The security token included in the request is invalid.")
	errUnknownOperation   = &apiError{http.StatusNotFound, "UnknownOperationException", ""}
)

// keyNotAllowed is the answer for a key that is missing or that does not admit
// the service for this resource; AWS does not say which.
func keyNotAllowed(resourceARN string) error {
	return fail("AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used with Arn '%s'", resourceARN)
}

// keyNotFound is the answer for a key that is not given as an ARN. What it
// quotes is the log group, not the key.
func keyNotFound(logGroup string) error {
	return invalid("The specified KMS Key Id could not be found. '%s'", logGroup)
}

// asAPIError returns the error answer in err; any other error is the stand-in's
// own fault and shows as InternalFailure.
func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{http.StatusInternalServerError, "InternalFailure", err.Error()}
}
