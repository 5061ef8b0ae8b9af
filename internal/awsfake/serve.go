package awsfake

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"time"
)

// ending is how the connection fares once the answer is decided.
type ending int

const (
	finished  ending = iota // the whole answer is sent
	hung                    // nothing is sent until the client gives up
	broken                  // the connection is reset, nothing is sent
	truncated               // half of the body is sent, then the connection ends
)

// answer is what goes back to the client.
type answer struct {
	status      int
	contentType string
	body        []byte
	requestID   string
	failure     *apiError // what the body says, when it is an error of the service
	end         ending

	// For the record: what struck, and, where the operation was performed, when
	// that was, whether it did its work, and how many changes there were then.
	fault   FaultKind
	done    time.Time
	applied bool
	changes int
}

// serve answers one message. An error means that there is no answer: the
// context's, when the client gave up first.
func (w *World) serve(ctx context.Context, m *message) (*answer, error) {
	r, err := w.read(m)
	if err != nil {
		a := r.fail(err)
		w.finish(r, a, a.failure.code)
		return a, nil
	}
	f, struck := w.strike(r)
	if struck && f.Delay > 0 {
		if err := wait(ctx, f.Delay); err != nil {
			w.finish(r, &answer{fault: f.Kind}, string(f.Kind))
			return nil, err
		}
	}
	a, code := w.outcome(r, f, struck)
	w.finish(r, a, code)
	if a.end == hung {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return a, nil
}

// outcome is the answer to a request: the fault's, if one struck, or the real
// one. The code is what the call's record shows.
func (w *World) outcome(r *request, f Fault, struck bool) (a *answer, code string) {
	effect := effects[f.Kind]
	switch {
	case struck && effect.answer != nil:
		a = effect.answer(r)
	case struck && !effect.works:
		a = &answer{}
	default:
		a = w.perform(r)
	}
	if a.failure != nil {
		code = a.failure.code
	}
	if struck {
		a.end, a.fault = effect.end, f.Kind
	}
	if a.end == hung || a.end == broken {
		a.status, code = 0, string(f.Kind)
	}
	return a, code
}

// perform does the work of a request and makes the answer.
func (w *World) perform(r *request) (a *answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acting = r
	defer func() {
		w.acting = nil
		a.done, a.applied, a.changes = time.Now(), a.failure == nil, len(w.changes.list)
	}()
	if err := w.admit(r); err != nil {
		return r.fail(err)
	}
	result, err := services[r.service].operations[r.operation](w, r)
	if err != nil {
		if asAPIError(err).code == "SerializationException" {
			w.unexpected = append(w.unexpected, r.operation+" with a body that does not parse: "+err.Error())
		}
		return r.fail(err)
	}
	return r.succeed(result)
}

// admit lets a request through to its operation, or says why it may not.
func (w *World) admit(r *request) error {
	if w.exceedsLimit(r) {
		return errThrottled
	}
	return w.refuse(r, r.service+":"+r.operation)
}

// succeed makes the answer that carries an operation's result.
func (r *request) succeed(result any) *answer {
	a := &answer{status: http.StatusOK, contentType: jsonType, requestID: r.id}
	var err error
	switch {
	case result == nil:
	case r.service == "sts":
		a.contentType = "text/xml"
		a.body, err = xml.Marshal(result)
	default:
		a.body, err = json.Marshal(result)
	}
	if err != nil {
		return r.fail(err)
	}
	return a
}

// fail makes the answer that carries an error.
func (r *request) fail(err error) *answer {
	e := asAPIError(err)
	a := &answer{status: e.status, requestID: r.id, failure: e}
	if r.service == "sts" {
		a.failure = stsForm(e)
		a.status, a.contentType, a.body = a.failure.status, "text/xml", stsError(r, a.failure)
		return a
	}
	a.contentType = jsonType
	a.body, _ = json.Marshal(struct { // two strings always marshal
		Type    string `json:"__type"`
		Message string `json:"message,omitempty"`
	}{e.code, e.message})
	return a
}

// finish records the call and tells those who listen, outside the lock.
func (w *World) finish(r *request, a *answer, code string) {
	w.mu.Lock()
	call, listeners := w.record(r, a, code)
	w.recordEvent(r, a)
	w.mu.Unlock()
	for _, hear := range listeners {
		hear(call)
	}
	w.deliver()
}

// wait lets time pass, or returns the context's error if that ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
