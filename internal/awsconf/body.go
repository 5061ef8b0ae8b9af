package awsconf

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// doer is the SDK's HTTP client.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// wholeBody sends each request's body in one piece with its head. The SDK's own
// reader is none that net/http knows to be in memory: then it sends the head first
// and, where the answer comes quickly, reads the body again after the SDK has
// closed it. That closes the connection while the answer is being read, and a
// request that AWS has obeyed is sent a second time.
type wholeBody struct{ client doer }

// Do sends the request.
func (w wholeBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("reading the request's body: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return w.client.Do(r)
}
