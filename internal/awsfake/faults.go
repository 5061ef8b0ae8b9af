package awsfake

import (
	"slices"
	"time"
)

// Fault is trouble to answer with instead of doing what was asked. Empty fields
// match everything.
type Fault struct {
	Service   string // logs, kms or sts
	Operation string // such as AssociateKmsKey
	// Resource is a log group's name (requests that give its ARN match as
	// well), or a key, alias or role as the request writes it.
	Resource string
	Times    int // how often it strikes; 0: until it is removed
	Every    int // strikes each nth matching request; 0 and 1: each
	Kind     FaultKind
	Delay    time.Duration // time that passes before the answer, whatever its kind
}

// fault is an injected Fault with its counters.
type fault struct {
	Fault
	seen, struck int
}

// Inject orders trouble. Where several faults match a request, the one injected
// first strikes. The returned function takes the fault away again.
func (w *World) Inject(f Fault) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	injected := &fault{Fault: f}
	w.faults = append(w.faults, injected)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.faults = slices.DeleteFunc(w.faults, func(f *fault) bool { return f == injected })
	}
}

// strike returns the fault that hits this request, if any.
func (w *World) strike(r *request) (Fault, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if f.strikes(r) {
			return f.Fault, true
		}
	}
	return Fault{}, false
}

// strikes counts a matching request and says whether the fault hits it.
func (f *fault) strikes(r *request) bool {
	if f.Service != "" && f.Service != r.service ||
		f.Operation != "" && f.Operation != r.operation ||
		f.Resource != "" && !slices.Contains(r.names, f.Resource) ||
		f.Times > 0 && f.struck >= f.Times {
		return false
	}
	f.seen++
	if f.Every > 1 && f.seen%f.Every != 0 {
		return false
	}
	f.struck++
	return true
}
