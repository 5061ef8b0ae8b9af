package awsfake

import (
	"io"
	"net"
	"net/http"
	"strconv"
)

// maxBody is more than the largest request of these services.
const maxBody = 2 << 20

// ServeHTTP answers one request to any of the services; the X-Amz-Target header,
// or the form of the body, says to which.
func (w *World) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, req.Body, maxBody))
	if err != nil {
		http.Error(rw, "cannot read the request: "+err.Error(), http.StatusBadRequest)
		return
	}
	a, err := w.serve(req.Context(), newMessage(req, body))
	if err != nil {
		breakOff(rw) // the client has gone
		return
	}
	if a.end == broken {
		breakOff(rw)
		return
	}
	for name, values := range a.header() {
		rw.Header()[name] = values
	}
	if a.end != truncated {
		rw.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		rw.WriteHeader(a.status)
		_, _ = rw.Write(a.body) // a client that has gone needs no answer
		return
	}
	promised, half := a.halved()
	rw.Header().Set("Content-Length", strconv.Itoa(promised))
	rw.WriteHeader(a.status)
	_, _ = rw.Write(half)
	_ = http.NewResponseController(rw).Flush()
	panic(http.ErrAbortHandler) // net/http's own way to end a connection early
}

// newMessage takes from a request what the services look at.
func newMessage(req *http.Request, body []byte) *message {
	m := &message{method: req.Method, host: req.Host, header: req.Header, body: body, path: req.URL.Path}
	if m.path == "" {
		m.path = "/"
	}
	if host, _, err := net.SplitHostPort(req.RemoteAddr); err == nil {
		m.remote = host
	}
	if m.host == "" {
		m.host = req.URL.Host
	}
	return m
}

// header returns what the answer's head says, Date and Content-Length aside.
func (a *answer) header() http.Header {
	h := a.more.Clone()
	if h == nil {
		h = http.Header{}
	}
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	if a.requestID != "" {
		h.Set("X-Amzn-Requestid", a.requestID)
	}
	return h
}

// halved returns the length that a truncated answer announces, and the part of
// it that arrives.
func (a *answer) halved() (promised int, half []byte) {
	if len(a.body) == 0 {
		return len("{}"), []byte("{")
	}
	return len(a.body), a.body[:len(a.body)/2]
}

// breakOff ends the connection without an answer, with a TCP reset where the
// connection can be had.
func breakOff(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection early
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst the client sees an orderly end
	}
	_ = conn.Close()
}
