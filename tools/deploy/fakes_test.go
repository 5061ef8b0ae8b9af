package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestMain plays sam and aws where the test binary is called by these names.
func TestMain(m *testing.M) {
	if play, ok := map[string]func(stage, []string) error{"sam": playSAM, "aws": playAWS}[filepath.Base(os.Args[0])]; ok {
		s := stage(os.Getenv("FAKES"))
		err := s.note(filepath.Base(os.Args[0]), os.Args[1:])
		if err == nil {
			err = play(s, os.Args[1:])
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(254)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// stage is a folder with the two programs, what they were asked, and what they
// answer.
type stage string

// newStage puts both programs on PATH, in place of all others.
func newStage(t *testing.T) stage {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := stage(t.TempDir())
	for _, program := range []string{"sam", "aws"} {
		if err := os.Symlink(self, filepath.Join(string(s), program)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("FAKES", string(s))
	t.Setenv("PATH", string(s))
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	s.put(t, "sam-version", "SAM CLI, version 1.170.0\n")
	return s
}

func (s stage) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(s), name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s stage) text(name string) string {
	text, err := os.ReadFile(filepath.Join(string(s), name))
	if err != nil {
		return ""
	}
	return string(text)
}

// call is one run of a program.
type call struct {
	Program string
	Args    []string
	Env     map[string]string
}

func (c call) String() string { return c.Program + " " + strings.Join(c.Args, " ") }

// after gives the argument that follows another.
func (c call) after(flag string) string {
	for i, arg := range c.Args[:len(c.Args)-1] {
		if arg == flag {
			return c.Args[i+1]
		}
	}
	return ""
}

func (s stage) note(program string, args []string) error {
	c := call{program, args, make(map[string]string)}
	for _, name := range []string{"RULES_FILE", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		c.Env[name] = os.Getenv(name)
	}
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(string(s), "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = log.Write(append(line, '\n'))
	return err
}

// calls gives the runs of both programs so far whose words begin with prefix.
func (s stage) calls(t *testing.T, prefix string) (found []call) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(s.text("calls")))
	for {
		var c call
		if err := decoder.Decode(&c); err == io.EOF {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(c.String(), prefix) {
			found = append(found, c)
		}
	}
}

// asSAM reads a value as the SAM CLI does, which unquotes it once for the file
// and once more for the option.
func asSAM(value string) string {
	for range 2 {
		if n := len(value); n > 0 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
			value = value[min(1, n-1):max(n-1, 0)]
		}
		value = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(value, `\ `, " "), `\"`, `"`), `\'`, "'")
	}
	return value
}

// overridesOf reads the parameters that a call of sam was given.
func overridesOf(args []string) (map[string]string, error) {
	c := call{Args: args}
	file, ok := strings.CutPrefix(c.after("--parameter-overrides"), "file://")
	if !ok {
		return nil, fmt.Errorf("the parameters do not come as a file: %q", args)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if i := bytes.IndexFunc(text, func(r rune) bool { return r > '~' }); i >= 0 {
		return nil, fmt.Errorf("%s is not ASCII, so SAM's reading of it depends on the machine", file)
	}
	values := make(map[string]string)
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	for name, value := range values {
		values[name] = asSAM(value)
	}
	return values, nil
}

// playSAM deploys by writing the stack down. The files sam-fails and sam-declined
// say which command is to fail, and that the user says no.
func playSAM(s stage, args []string) error {
	switch {
	case args[0] == "--version":
		fmt.Print(s.text("sam-version"))
		return nil
	case s.text("sam-fails") == args[0]:
		return fmt.Errorf("sam %s: it was to fail", args[0])
	case args[0] != "deploy" || s.text("sam-declined") != "":
		return nil
	}
	values, err := overridesOf(args)
	if err != nil {
		return err
	}
	deployed := stack{StackStatus: "CREATE_COMPLETE"}
	for name, value := range values {
		deployed.Parameters = append(deployed.Parameters, struct{ ParameterKey, ParameterValue string }{name, value})
	}
	deployed.Outputs = append(deployed.Outputs, struct{ OutputKey, OutputValue string }{"SweepFunctionName", "sweep-function"})
	text, err := json.Marshal(map[string]any{"Stacks": []stack{deployed}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(s), "stack"), text, 0o600)
}

// playAWS answers from files: stack, check, and sweep with sweep.CURSOR for the
// calls that go on.
func playAWS(s stage, args []string) error {
	c := call{Args: args}
	switch strings.Join(args[:2], " ") {
	case "configure get":
		fmt.Print(s.text("region"))
		return nil
	case "cloudformation describe-stacks":
		if text := s.text("stack"); text != "" {
			fmt.Print(text)
			return nil
		}
		if text := s.text("refusal"); text != "" {
			return fmt.Errorf("%s", text)
		}
		return fmt.Errorf("An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id %s does not exist", c.after("--stack-name"))
	case "lambda invoke":
		payload, err := os.ReadFile(strings.TrimPrefix(c.after("--payload"), "fileb://"))
		if err != nil {
			return err
		}
		var command struct {
			Action, Cursor string
			DryRun         bool
		}
		if err := json.Unmarshal(payload, &command); err != nil {
			return err
		}
		if command.Action == "sweep" && !command.DryRun {
			return fmt.Errorf("this sweep would write: %s", payload)
		}
		answer := s.text(strings.TrimSuffix(command.Action+"."+command.Cursor, "."))
		if err := os.WriteFile(args[8], []byte(answer), 0o600); err != nil {
			return err
		}
		if strings.Contains(answer, `"errorType"`) && !strings.Contains(answer, `"action"`) {
			fmt.Println(`{"StatusCode":200,"FunctionError":"Unhandled"}`)
			return nil
		}
		fmt.Println(`{"StatusCode":200}`)
		return nil
	}
	return fmt.Errorf("aws %q is not played", args)
}
