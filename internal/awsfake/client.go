package awsfake

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Client serves requests in memory, without sockets. It fits the HTTPClient
// option of the SDK's clients. Inside a testing/synctest bubble it blocks only
// in ways that let the fake clock move.
type Client struct {
	world   *World
	timeout time.Duration
}

// Client returns a client of this World.
func (w *World) Client() *Client { return &Client{world: w} }

// WithTimeout returns a client that gives up on a request after a time, with the
// error that an [http.Client] with that Timeout returns.
func (c *Client) WithTimeout(d time.Duration) *Client { return &Client{world: c.world, timeout: d} }

// Do answers the request. As with a real connection, it returns the context's
// error when that ends first, and a connection reset as a *net.OpError.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close() // nothing can be lost by it
		if err != nil {
			return nil, err
		}
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	a, err := c.world.serve(ctx, newMessage(req, body))
	if err != nil {
		if req.Context().Err() == nil { // it is our own time that is up
			err = &url.Error{Op: "Post", URL: req.URL.String(), Err: timeoutError{err}}
		}
		return nil, err
	}
	if a.end == broken {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	length, content := len(a.body), io.Reader(bytes.NewReader(a.body))
	if a.end == truncated {
		promised, half := a.halved()
		length, content = promised, io.MultiReader(bytes.NewReader(half), brokenReader{})
	}
	header := a.header()
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("Content-Length", strconv.Itoa(length))
	return &http.Response{
		Status:        strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(content),
		ContentLength: int64(length),
		Request:       req,
	}, nil
}

// timeoutError is the end of a client's patience.
type timeoutError struct{ error }

func (e timeoutError) Error() string {
	return e.error.Error() + " (Client.Timeout exceeded while awaiting headers)"
}

func (e timeoutError) Unwrap() error { return e.error }

// Timeout says that it is one, as net.Error wants it.
func (timeoutError) Timeout() bool { return true }

// Temporary says that another attempt may fare better.
func (timeoutError) Temporary() bool { return true }

// brokenReader is the end of a body whose connection was lost.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
