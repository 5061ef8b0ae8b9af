package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"log-group-kms/tests/golden"
)

// patience is for one command of the SAM CLI; a function that does not answer
// costs its own timeout first.
const patience = 3 * time.Minute

// x86 makes SAM run the function as x86-64, whose containers need no emulation
// on most machines. The template's own default is arm64.
const x86 = "Architecture=x86_64"

// stage is what the parts have in common.
type stage struct {
	bin, image, host, readme string

	cases    []golden.Case
	commands []string // the README's
	folder   string   // for this run's files
	sts      string   // where SAM asks who it is
}

// answerSAM serves SAM's own question who it is, which would otherwise go to
// AWS and cost seconds. It is kept apart from what functions ask.
func (s *stage) answerSAM() (stop func(), err error) {
	s.sts, stop, err = s.serve(golden.NewWorld())
	return stop, err
}

// addressOf returns where containers reach this machine.
func addressOf(bridge string) (string, error) {
	network, err := net.InterfaceByName(bridge)
	if err != nil {
		return "", fmt.Errorf("%s, the bridge of Docker's containers, is not an interface of this machine, so they could not reach the local AWS: %w. "+
			"This needs Docker's engine on this very machine; Docker Desktop keeps its own in a virtual machine", bridge, err)
	}
	addresses, err := network.Addrs()
	if err != nil {
		return "", fmt.Errorf("reading the addresses of %s: %w", bridge, err)
	}
	for _, address := range addresses {
		if a, ok := address.(*net.IPNet); ok && a.IP.To4() != nil {
			return a.IP.String(), nil
		}
	}
	return "", fmt.Errorf("%s, the bridge of Docker's containers, has no address", bridge)
}

// serve starts a local AWS that containers reach.
func (s *stage) serve(handler http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(s.host, "0"))
	if err != nil {
		return "", nil, fmt.Errorf("starting a local AWS: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // always ends with an error: that it was closed
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// environment leaves out what would reach the function or change what SAM does:
// variables of the template are overridden by those of the same name here.
func environment(all []string, more ...string) []string {
	kept := slices.DeleteFunc(slices.Clone(all), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !slices.Contains([]string{"PATH", "HOME", "TMPDIR", "LANG"}, name) &&
			!slices.ContainsFunc([]string{"GO", "DOCKER_", "XDG_"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	})
	return append(kept, more...)
}

// command prepares a command of its own process group, which ends with ctx. It
// is asked to first, so that SAM can remove its containers.
func (s *stage) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environment(os.Environ(),
		"SAM_CLI_TELEMETRY=0", "SAM_SKIP_PULL_IMAGE=1",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// sam prepares a command of the SAM CLI.
func (s *stage) sam(ctx context.Context, args ...string) *exec.Cmd {
	cmd := s.command(ctx, filepath.Join(s.bin, "sam"), args...)
	cmd.Env = append(cmd.Env, "AWS_REGION="+golden.Region, "AWS_DEFAULT_REGION="+golden.Region,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_ENDPOINT_URL="+s.sts, "AWS_MAX_ATTEMPTS=1")
	return cmd
}

// finish runs a command to its end. The error holds what it said on standard
// error.
func finish(cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out.Bytes(), said.Bytes())
	}
	return out.Bytes(), said.Bytes(), nil
}

// variables writes a file for --env-vars: the golden settings with AWS at url,
// and what more says.
func (s *stage) variables(name, url string, more map[string]string) (file string, err error) {
	settings := golden.Settings()
	settings["AWS_ENDPOINT_URL"] = url
	for name, value := range more {
		settings[name] = value
	}
	text, err := json.Marshal(map[string]any{"Parameters": settings})
	if err != nil {
		return "", fmt.Errorf("encoding the function's variables: %w", err)
	}
	return s.write("env-"+name, text)
}

func (s *stage) write(name string, text []byte) (file string, err error) {
	file = filepath.Join(s.folder, name)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return "", fmt.Errorf("writing for SAM: %w", err)
	}
	return file, nil
}

// function is the logical ID of the function that a golden event is for.
func function(event string) string {
	if strings.HasPrefix(event, "command-sweep") {
		return "SweepFunction"
	}
	return "EventFunction"
}
