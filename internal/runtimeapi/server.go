package runtimeapi

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// version is the path that all of the Runtime API lies under.
const version = "/2018-06-01/runtime/"

// largestPayload is Lambda's limit for a response, and a little for luck.
const largestPayload = 6<<20 + 1<<10

// api serves the Runtime API to one process.
func (f *Function) api(p *process) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+version+"invocation/next", func(w http.ResponseWriter, r *http.Request) { f.serveNext(w, r, p) })
	mux.HandleFunc("POST "+version+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		f.serveAnswer(w, r, p, func(body []byte) Answer { return Answer{Payload: body} })
	})
	mux.HandleFunc("POST "+version+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		f.serveAnswer(w, r, p, func(body []byte) Answer { return failed(r, body) })
	})
	mux.HandleFunc("POST "+version+"init/error", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestPayload))
		if err != nil {
			refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
			return
		}
		f.mu.Lock()
		p.initError = string(body)
		f.mu.Unlock()
		accept(w)
	})
	return mux
}

// serveNext hands out the next event. The first request says that the process is
// ready.
func (f *Function) serveNext(w http.ResponseWriter, r *http.Request, p *process) {
	f.mu.Lock()
	if !p.polled {
		p.polled, p.startedIn = true, time.Since(p.started)
		close(p.ready)
	}
	f.mu.Unlock()
	call, err := f.next(r.Context(), p)
	if err != nil {
		return // the process is gone, or about to be
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", call.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(call.handed.Add(call.timeout).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", f.options.FunctionARN)
	h.Set("Lambda-Runtime-Trace-Id", traceID(call.handed))
	_, _ = w.Write(call.payload) // a process that is gone is noticed elsewhere
}

// serveAnswer takes the answer to an event that is in flight.
func (f *Function) serveAnswer(w http.ResponseWriter, r *http.Request, p *process, read func(body []byte) Answer) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestPayload))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", err.Error())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	call := p.inFlight[r.PathValue("id")]
	if call == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	p.settle(call, read(body))
	accept(w)
}

// failed reads an error document.
func failed(r *http.Request, body []byte) Answer {
	var document struct{ ErrorType, ErrorMessage string }
	_ = json.Unmarshal(body, &document) // Lambda takes any body; then only the header counts
	return Answer{
		Payload:      body,
		ErrorType:    cmp.Or(document.ErrorType, r.Header.Get("Lambda-Runtime-Function-Error-Type"), "Unknown"),
		ErrorMessage: document.ErrorMessage,
	}
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`) // a process that is gone is noticed elsewhere
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message}) // as above
}
