package awsfake

import (
	"context"
	"net/http"
	"strings"
)

var (
	lambdaOperations = map[string]operation{
		"GetFunctionConfiguration": (*World).getFunctionConfiguration,
		"Invoke":                   (*World).invoke,
	}
	lambdaRoutes = []route{
		{http.MethodPost, "/2015-03-31/functions/{FunctionName}/invocations", "Invoke"},
		{http.MethodGet, "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"},
	}
)

// Function is a Lambda function.
type Function struct {
	Name        string
	Role        string // ARN
	LogGroup    string // /aws/lambda/NAME if empty
	Environment map[string]string
	// Answer does the function's work. It is called outside all locks, and from
	// several goroutines when requests run side by side, so it may be a real function
	// that calls this World. An error means that Lambda itself is in trouble.
	Answer func(ctx context.Context, payload []byte) (Invoked, error)
}

// Invoked is what became of an invocation.
type Invoked struct {
	Payload []byte // the answer, or the error's document
	Failed  bool   // the payload is an error's document
}

// FunctionARN returns the ARN of a Lambda function.
func FunctionARN(account, region, name string) string {
	return "arn:" + Partition(region) + ":lambda:" + region + ":" + account + ":function:" + name
}

func (f Function) deploy(w *World, s scope) (kind, physicalID string) {
	put(w.deployed.functions, s, f.Name, f)
	return "AWS::Lambda::Function", f.Name
}

// findFunction finds the function that a path names: by name, by ARN, or by part of
// the ARN.
func (w *World) findFunction(r *request) (Function, error) {
	written := r.parts["FunctionName"]
	name := written[strings.LastIndexByte(written, ':')+1:]
	f, known := w.deployed.functions[r.scope][name]
	arn := FunctionARN(r.account, r.region, name)
	if !known || !strings.HasSuffix(arn, ":"+written) && written != arn && written != r.account+":function:"+name {
		return Function{}, &apiError{http.StatusNotFound, "ResourceNotFoundException", "Function not found: " + arn}
	}
	return f, nil
}

func (w *World) getFunctionConfiguration(r *request) (any, error) {
	f, err := w.findFunction(r)
	if err != nil {
		return nil, err
	}
	logGroup := f.LogGroup
	if logGroup == "" {
		logGroup = "/aws/lambda/" + f.Name
	}
	return map[string]any{
		"FunctionName": f.Name, "FunctionArn": FunctionARN(r.account, r.region, f.Name), "Role": f.Role,
		"Runtime": "provided.al2023", "Handler": "bootstrap", "Version": "$LATEST", "State": "Active", "LastUpdateStatus": "Successful",
		"Environment":   map[string]any{"Variables": f.Environment},
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "LogGroup": logGroup},
	}, nil
}

// invoke hands an event to a function. As in AWS, a function that fails is a
// success of this call, with a header that says so.
func (w *World) invoke(r *request) (any, error) {
	f, err := w.findFunction(r)
	if err != nil {
		return nil, err
	}
	payload := r.message.body
	switch kind := r.message.header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
	case "DryRun":
		return written{status: http.StatusNoContent}, nil
	default:
		return nil, fail("InvalidParameterValueException", "the invocation type %s is not part of this local AWS", kind)
	}
	if f.Answer == nil {
		return nil, &apiError{http.StatusBadGateway, "ServiceException", "the function " + f.Name + " of this local AWS answers nothing"}
	}
	return later(func(ctx context.Context) (any, error) {
		invoked, err := f.Answer(ctx, payload)
		if err != nil {
			return nil, &apiError{http.StatusBadGateway, "ServiceException", err.Error()}
		}
		head := http.Header{"X-Amz-Executed-Version": {"$LATEST"}}
		if invoked.Failed {
			head.Set("X-Amz-Function-Error", "Unhandled")
		}
		return written{http.StatusOK, head, invoked.Payload}, nil
	}), nil
}
