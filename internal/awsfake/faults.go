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

// InjectEach has a function asked about each request that no injected Fault
// struck: it says what strikes, if anything. It sees the call as it came, and of
// the Fault only Kind and Delay count. It is called outside all locks, and from
// several goroutines when requests run side by side.
func (w *World) InjectEach(choose func(Call) (Fault, bool)) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	chooser := &choose
	w.choosers = append(w.choosers, chooser)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.choosers = slices.DeleteFunc(w.choosers, func(c *func(Call) (Fault, bool)) bool { return c == chooser })
	}
}

// strike returns the fault that hits this request, if any.
func (w *World) strike(r *request) (Fault, bool) {
	f, choosers, struck := w.injected(r)
	if struck {
		return f, true
	}
	for _, choose := range choosers {
		if f, struck := (*choose)(r.call()); struck {
			return f, true
		}
	}
	return Fault{}, false
}

// injected returns the injected Fault that hits this request, if any, and those
// to be asked if there is none.
func (w *World) injected(r *request) (Fault, []*func(Call) (Fault, bool), bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if f.strikes(r) {
			return f.Fault, nil, true
		}
	}
	return Fault{}, slices.Clone(w.choosers), false
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
