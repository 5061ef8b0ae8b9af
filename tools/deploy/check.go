package main

import "slices"

// plan is a deployment whose parameters have been checked.
type plan struct {
	root       string // of the repository
	deployment string
	values     map[string]string
	names      []string // of template.yaml's parameters
	code       []string // of those that only the packaged template has
}

// options say what is to be deployed where; they come from make's variables.
type options struct {
	root       string
	deployment string // name of a file in parameters/
	parameters string // Name=value …, beside the file
	stack      string
	region     string
	confirm    bool
	more       string // flags for sam deploy
}

// check reads and checks all parameters. Its error lists every fault.
func check(o options) (*plan, error) {
	t, err := readTemplate(o.root)
	if err != nil {
		return nil, err
	}
	inFile, found, err := readDeployment(o.root, o.deployment)
	if err != nil {
		return nil, err
	}
	inline, more := parseInline(o.parameters)
	found.join(more)
	settings := merged(inFile, inline)
	values, more := t.values(settings)
	found.join(more)
	refused := make(map[string]bool) // parameters whose value has a fault already
	for _, name := range slices.Concat(t.names, t.code) {
		value, ok := values[name]
		if !ok {
			continue
		}
		if wrong := t.parameters[name].violation(value); wrong != "" {
			where := settings[name].where
			if where == "" {
				where = "template.yaml"
			}
			found.add("%s: %s=%s: %s", where, name, value, wrong)
			refused[name] = true
		}
	}
	found.join(t.broken(values))
	found.join(t.misconfigured(o.root, values, refused))
	found.join(t.tooLarge(values))
	if err := found.asError("the parameters of deployment " + o.deployment); err != nil {
		return nil, err
	}
	return &plan{root: o.root, deployment: o.deployment, values: values, names: t.names, code: t.code}, nil
}
