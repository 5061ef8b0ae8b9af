package awsfake

import (
	"slices"
	"time"
)

// Call is one request that was answered, or that deliberately was not.
type Call struct {
	At        time.Time // when it came
	Service   string    // logs, kms, sts
	Operation string
	Account   string // the caller's
	Region    string
	Resource  string         // log group, key, alias or role that it was about
	ErrorCode string         // empty on success; the kind of fault where no answer was sent
	Status    int            // 0 where no answer was sent
	Request   map[string]any // the input as sent; its numbers are of type json.Number

	Caller    string    // access key
	Signed    time.Time // when the caller says that it signed the request, in whole seconds
	RequestID string
	Done      time.Time // when the work was done, or the fault's answer made
	Fault     FaultKind // what struck; empty: nothing
	Applied   bool      // the work was done, whatever became of the answer
	Changes   int       // how many changes the World had seen by then; see [World.Changes]
	Answer    []byte    // the body as it was meant to be sent; see [World.KeepAnswers]
}

// callLog is the record of all requests.
type callLog struct {
	off       bool
	answers   bool // are kept
	calls     []Call
	counts    map[string]int
	listeners []*func(Call)
}

func newCallLog() callLog { return callLog{counts: map[string]int{}} }

// Calls returns the requests so far, in the order in which they were answered.
func (w *World) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls.calls)
}

// CallsFor returns the requests about one resource; see [Call.Resource].
func (w *World) CallsFor(resource string) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []Call
	for _, c := range w.calls.calls {
		if c.Resource == resource {
			found = append(found, c)
		}
	}
	return found
}

// CountCalls returns how many requests of an operation there were, whatever the
// answer, also while [World.RecordCalls] is off.
func (w *World) CountCalls(operation string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls.counts[operation]
}

// ResetCalls forgets all calls and counts.
func (w *World) ResetCalls() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls.calls = nil
	clear(w.calls.counts)
}

// RecordCalls switches the record of calls off, for runs with so many that it
// would fill the memory, or on again. The counts go on in either case.
func (w *World) RecordCalls(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls.off = !on
}

// KeepAnswers says whether [Call.Answer] is kept. It is off at first, since the
// answers of a sweep are large.
func (w *World) KeepAnswers(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls.answers = on
}

// OnCall has a function called after each request, before its answer goes out,
// so that a test can change the World in the middle of something. It is called
// outside all locks, and from several goroutines when requests run side by side.
func (w *World) OnCall(hear func(Call)) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	listener := &hear
	w.calls.listeners = append(w.calls.listeners, listener)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls.listeners = slices.DeleteFunc(w.calls.listeners, func(l *func(Call)) bool { return l == listener })
	}
}

// call is what is known of a request when it comes.
func (r *request) call() Call {
	return Call{
		At: r.at, Service: r.service, Operation: r.operation, Account: r.account, Region: r.region,
		Resource: r.name(), Request: r.input(), Caller: r.caller.accessKey, Signed: r.signed(), RequestID: r.id,
	}
}

// record notes a call and returns it with those who want to hear of it.
func (w *World) record(r *request, a *answer, code string) (Call, []func(Call)) {
	w.calls.counts[r.operation]++
	if w.calls.off && len(w.calls.listeners) == 0 {
		return Call{}, nil
	}
	c := r.call()
	c.ErrorCode, c.Status = code, a.status
	c.Fault, c.Done, c.Applied, c.Changes = a.fault, a.done, a.applied, a.changes
	if c.Done.IsZero() {
		c.Done, c.Changes = time.Now(), len(w.changes.list)
	}
	if w.calls.answers {
		c.Answer = a.body
	}
	if !w.calls.off {
		w.calls.calls = append(w.calls.calls, c)
	}
	var listeners []func(Call)
	for _, l := range w.calls.listeners {
		listeners = append(listeners, *l)
	}
	return c, listeners
}
