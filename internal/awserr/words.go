package awserr

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// answer is AWS's answer in AWS's own words, without the SDK's account of how it
// came by it.
type answer struct {
	text string
	err  error
}

func (a *answer) Error() string { return a.text }
func (a *answer) Unwrap() error { return a.err }

// innermost is what the network said, without the accounts of those who passed it
// on.
func innermost(err error) string {
	if send, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		err = send.Err
	}
	if call, ok := errors.AsType[*url.Error](err); ok {
		err = call.Err
	}
	return err.Error()
}

// noMessage is what the SDK puts in where AWS sent no message.
const noMessage = "UnknownError"

// explain says what AWS answered: code, message, HTTP status and request ID, the
// things that AWS Support asks for.
func explain(err error) error {
	var text string
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		text = api.ErrorCode()
		if said := api.ErrorMessage(); said != "" && said != noMessage {
			text += ": " + said
		}
	}
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	switch {
	case !IsAnswer(err):
		return &answer{"no answer: " + innermost(err), err}
	case !ok || response.HTTPStatusCode() == 0:
		return &answer{text, err}
	}
	switch unread, ok := errors.AsType[*smithy.DeserializationError](err); {
	case text != "":
	case ok && isSuccess(response.HTTPStatusCode()):
		text = fmt.Sprintf("with success, but the answer cannot be read: %v", unread.Err)
	default:
		text = "something that is not AWS's form of error"
	}
	text += fmt.Sprintf(" [HTTP %d", response.HTTPStatusCode())
	if request, ok := errors.AsType[interface {
		error
		ServiceRequestID() string
	}](err); ok && request.ServiceRequestID() != "" {
		text += ", request " + request.ServiceRequestID()
	}
	return &answer{text + "]", err}
}

func isSuccess(status int) bool { return 200 <= status && status <= 299 }
