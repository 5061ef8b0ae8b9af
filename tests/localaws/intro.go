package main

import (
	"io"
	"net"
	"strconv"
	"text/template"

	"log-group-kms/tests/golden"
)

var introduction = template.Must(template.New("").Parse(
	`Local AWS for account {{.Account}} on {{.URL}}; stop it with Ctrl-C.
{{if .Empty}}The account is empty: no keys, no log groups.{{else -}}
The account has the keys and log groups that events/*.json speak of, in {{.Region}}.{{end}}
{{- if .Stack}}
The stack {{.Stack}} is deployed in it. Its function is the real one: log groups that are made get their key.{{end}}
{{- if .Limits}}
AWS's request limits are on.{{end}}

Talk to it with the AWS CLI; any credentials will do:
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION={{.Region}} AWS_DEFAULT_REGION={{.Region}} AWS_ENDPOINT_URL={{.URL}}
  aws logs describe-log-groups
{{- if .Stack}}
  aws logs create-log-group --log-group-name /app/mine
  make sweep STACK={{.Stack}}{{end}}
Point a function in a container at it:
{{- if .Loopback}}
  start this program with -addr 0.0.0.0:{{.Port}} (make local-aws ADDRESS=0.0.0.0:{{.Port}})
  or, for Docker's bridge alone, with -addr 172.17.0.1:{{.Port}}; then
{{- end}}
  AWS_ENDPOINT_URL=http://{{.Bridge}}:{{.Port}}
What was called, and to start over:
  curl {{.URL}}/_local/calls
  curl -X POST {{.URL}}/_local/reset

Calls:
`))

// introduce says what is served, and how to talk to it.
func introduce(w io.Writer, at *net.TCPAddr, o options) error {
	bridge, stack := at.IP.String(), golden.StackName
	if o.empty || o.undeployed {
		stack = ""
	}
	if at.IP.IsUnspecified() || at.IP.IsLoopback() {
		bridge = "172.17.0.1" // Docker's default
	}
	port := strconv.Itoa(at.Port)
	return introduction.Execute(w, map[string]any{
		"Account": golden.Account, "Region": golden.Region, "URL": localURL(at), "Stack": stack,
		"Bridge": bridge, "Port": port, "Loopback": at.IP.IsLoopback(), "Empty": o.empty, "Limits": o.limits,
	})
}

// localURL is where programs of this machine find what is served.
func localURL(at *net.TCPAddr) string {
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(at.Port))
}
