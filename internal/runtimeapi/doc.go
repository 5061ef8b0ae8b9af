// Package runtimeapi runs a Lambda binary outside Lambda: it starts the process,
// serves it the Lambda Runtime API on a local port, and hands it invocations.
//
// What the process sees is what it would see in Lambda with a custom runtime:
// the usual environment variables, one event per poll, a deadline, SIGKILL when
// the deadline passes, and a fresh process for the event after that.
package runtimeapi
