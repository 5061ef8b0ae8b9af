package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// deployment is how the function is deployed by default.
type deployment struct {
	copies, batch               int           // for events
	timeout, visibility         time.Duration // of a call; until a failed event comes again
	associateRate, describeRate float64       // of each copy, the sweep's too
}

// settings are the rates as a process gets them.
func (d deployment) settings() []string {
	return []string{
		"ASSOCIATE_RATE=" + strconv.FormatFloat(d.associateRate, 'g', -1, 64),
		"DESCRIBE_RATE=" + strconv.FormatFloat(d.describeRate, 'g', -1, 64),
	}
}

// readTemplate takes the deployment from the template, so that what is measured is
// what is deployed.
func readTemplate(file string) (deployment, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return deployment{}, fmt.Errorf("reading the template: %w", err)
	}
	var template struct {
		Parameters map[string]struct {
			Default yaml.Node `yaml:"Default"`
		} `yaml:"Parameters"`
		Resources map[string]struct {
			Properties map[string]yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return deployment{}, fmt.Errorf("reading the template: %w", err)
	}
	var faults []error
	number := func(what string, node yaml.Node) float64 {
		value, err := strconv.ParseFloat(node.Value, 64)
		if err != nil || value <= 0 {
			faults = append(faults, fmt.Errorf("%s: got %s as %q, want a number above 0", file, what, node.Value))
		}
		return value
	}
	parameter := func(name string) float64 { return number(name, template.Parameters[name].Default) }
	property := func(resource, name string) float64 {
		return number(resource+"."+name, template.Resources[resource].Properties[name])
	}
	return deployment{
		copies:        int(parameter("EventConcurrency")),
		batch:         int(property("EventSource", "BatchSize")),
		timeout:       time.Duration(property("EventFunction", "Timeout")) * time.Second,
		visibility:    time.Duration(property("EventQueue", "VisibilityTimeout")) * time.Second,
		associateRate: parameter("AssociateRate"),
		describeRate:  parameter("DescribeRate"),
	}, errors.Join(faults...)
}
