package awsfake

import (
	"context"
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
	more        http.Header // beside what header says
	failure     *apiError   // what the body says, when it is an error of the service
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
	a, code := w.outcome(ctx, r, f, struck)
	w.finish(r, a, code)
	if a.end == hung {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return a, nil
}

// outcome is the answer to a request: the fault's, if one struck, or the real
// one. The code is what the call's record shows.
func (w *World) outcome(ctx context.Context, r *request, f Fault, struck bool) (a *answer, code string) {
	effect := effects[f.Kind]
	switch {
	case struck && effect.answer != nil:
		a = effect.answer(r)
	case struck && !effect.works:
		a = &answer{}
	default:
		a = w.perform(ctx, r)
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

// later is the part of an operation's work that is done outside the lock, since it
// calls other programs, which may call the World.
type later func(context.Context) (any, error)

// perform does the work of a request and makes the answer.
func (w *World) perform(ctx context.Context, r *request) *answer {
	result, done, err := w.act(r)
	if work, ok := result.(later); ok && err == nil {
		result, err = work(ctx)
	}
	a := r.succeed(result)
	if err != nil {
		a = r.fail(err)
	}
	a.done, a.applied, a.changes = done.at, a.failure == nil, done.changes
	return a
}

// performed says when an operation was, and how many changes there were then.
type performed struct {
	at      time.Time
	changes int
}

// act does an operation's work, as far as it is done under the lock.
func (w *World) act(r *request) (result any, done performed, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acting = r
	defer func() {
		w.acting = nil
		done = performed{time.Now(), len(w.changes.list)}
	}()
	if err := w.admit(r); err != nil {
		return nil, done, err
	}
	result, err = services[r.service].operations[r.operation](w, r)
	if err != nil && asAPIError(err).code == "SerializationException" {
		w.unexpected = append(w.unexpected, r.operation+" with a body that does not parse: "+err.Error())
	}
	return result, done, err
}

// admit lets a request through to its operation, or says why it may not.
func (w *World) admit(r *request) error {
	if w.exceedsLimit(r) {
		return errThrottled
	}
	return w.refuse(r, r.action())
}

// succeed makes the answer that carries an operation's result.
func (r *request) succeed(result any) *answer {
	a := &answer{status: http.StatusOK, requestID: r.id}
	if err := r.write(a, result); err != nil {
		return r.fail(err)
	}
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
