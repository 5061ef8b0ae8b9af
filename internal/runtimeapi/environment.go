package runtimeapi

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// environment returns the variables of the process: the given ones, and those of
// Lambda's that are not among them. The address of the Runtime API is always set.
func environment(o Options, address string) []string {
	given := map[string]bool{}
	var env []string
	for _, variable := range o.Env {
		name, _, _ := strings.Cut(variable, "=")
		if name != "AWS_LAMBDA_RUNTIME_API" {
			given[name] = true
			env = append(env, variable)
		}
	}
	name := o.FunctionARN[strings.LastIndex(o.FunctionARN, ":")+1:]
	root, err := filepath.Abs(filepath.Dir(o.Binary))
	if err != nil {
		root = filepath.Dir(o.Binary)
	}
	for _, lambda := range [][2]string{
		{"_HANDLER", filepath.Base(o.Binary)},
		{"AWS_REGION", regionOf(o.FunctionARN)},
		{"AWS_LAMBDA_FUNCTION_NAME", name},
		{"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
		{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
		{"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
		{"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + name},
		{"AWS_LAMBDA_LOG_STREAM_NAME", time.Now().UTC().Format("2006/01/02") + "/[$LATEST]" + hex(16)},
		{"LAMBDA_TASK_ROOT", root},
		{"TZ", ":UTC"},
	} {
		if !given[lambda[0]] {
			env = append(env, lambda[0]+"="+lambda[1])
		}
	}
	return append(env, "AWS_LAMBDA_RUNTIME_API="+address)
}

// defaultARN makes up the function's ARN, in the Region that the environment
// names.
func defaultARN(env []string) string {
	region := ""
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, "AWS_REGION="); ok {
			region = value
		}
	}
	region = cmp.Or(region, "us-east-1")
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":lambda:" + region + ":123456789012:function:log-group-kms"
}

func regionOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}

// newID makes a request ID.
func newID() string {
	h := hex(16)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// traceID makes a tracing header that asks for no trace.
func traceID(t time.Time) string {
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", t.Unix(), hex(12), hex(8))
}

// hex returns n random bytes in hexadecimal.
func hex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, see crypto/rand
	return fmt.Sprintf("%x", b)
}
