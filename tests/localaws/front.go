package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"log-group-kms/internal/awsfake"
)

// front stands before the local AWS. It passes AWS's requests on and answers
// those of scripts: what was called, and to start over.
type front struct {
	newWorld func() *awsfake.World
	report   func(awsfake.Call)
	local    *http.ServeMux

	mu    sync.RWMutex
	world *awsfake.World
}

func newFront(newWorld func() *awsfake.World, report func(awsfake.Call)) *front {
	f := &front{newWorld: newWorld, report: report, local: http.NewServeMux()}
	f.local.HandleFunc("GET /_local/calls", f.calls)
	f.local.HandleFunc("POST /_local/reset", f.reset)
	f.local.HandleFunc("/_local/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "there are GET /_local/calls and POST /_local/reset", http.StatusNotFound)
	})
	f.local.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { f.current().ServeHTTP(w, r) })
	f.startOver()
	return f
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.local.ServeHTTP(w, r) }

func (f *front) current() *awsfake.World {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.world
}

// startOver puts a new account in the place of the old one. Requests under way
// end in the old one.
func (f *front) startOver() {
	world := f.newWorld()
	world.OnCall(f.report)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world = world
}

func (f *front) reset(w http.ResponseWriter, _ *http.Request) {
	f.startOver()
	w.WriteHeader(http.StatusNoContent)
}

// seenCall is a call as scripts read it.
type seenCall struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Resource  string `json:"resource"`
	Status    int    `json:"status"`
	ErrorCode string `json:"errorCode"`
}

func seen(c awsfake.Call) seenCall {
	return seenCall{c.Service, c.Operation, c.Resource, c.Status, c.ErrorCode}
}

// calls answers with the calls since the start, or since the last reset.
func (f *front) calls(w http.ResponseWriter, _ *http.Request) {
	list := []seenCall{}
	for _, c := range f.current().Calls() {
		list = append(list, seen(c))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // a client that has gone needs no answer
}
