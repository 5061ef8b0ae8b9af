package template

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"log-group-kms/tools/cfn"
)

// free are the parameters that no pattern can check: the program does.
var free = []string{"Rules"}

// parametersExplainThemselves wants of each parameter a description, a default, a
// check with words for whoever fails it, and one place in the console's form.
func parametersExplainThemselves(d document) (problems []string) {
	grouped := make(map[string]int)
	for _, group := range listAt(d.root, "Metadata", "AWS::CloudFormation::Interface", "ParameterGroups") {
		for _, name := range listAt(group, "Parameters") {
			grouped[fmt.Sprint(name)]++
		}
	}
	parameters := objectAt(d.root, "Parameters")
	for name, p := range parameters {
		if len(textAt(p, "Description")) < 20 {
			problems = append(problems, name+" has no description worth the name")
		}
		if _, ok := at(p, "Default").(string); !ok {
			problems = append(problems, name+" has no default")
		}
		checked := at(p, "AllowedPattern") != nil || at(p, "AllowedValues") != nil || at(p, "MinValue") != nil && at(p, "MaxValue") != nil
		if !checked && !strings.Contains(strings.Join(free, " "), name) {
			problems = append(problems, name+" takes anything")
		}
		if checked && textAt(p, "ConstraintDescription") == "" {
			problems = append(problems, name+" has no words for a value that it refuses")
		}
		if grouped[name] != 1 {
			problems = append(problems, fmt.Sprintf("%s is %d times in the parameter groups, want once", name, grouped[name]))
		}
		delete(grouped, name)
	}
	for name := range grouped {
		problems = append(problems, "the parameter groups have "+name+", which is no parameter")
	}
	return problems
}

func noPartitionWrittenOut(x texts) (problems []string) {
	for file, text := range map[string]string{"template.yaml": x.template, "deploy/member.yaml": x.member} {
		for i, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "arn:aws:") || strings.Contains(line, "arn:aws-") {
				problems = append(problems, fmt.Sprintf("%s, line %d, writes a partition out: %s", file, i+1, strings.TrimSpace(line)))
			}
		}
	}
	return problems
}

// statementsSayWhy wants a Sid in each policy statement, and a comment above it.
func statementsSayWhy(x texts) (problems []string) {
	for file, text := range map[string]string{"template.yaml": x.template, "deploy/member.yaml": x.member} {
		d, err := parse(text)
		if err != nil {
			return []string{err.Error()}
		}
		for _, problem := range d.silentStatements() {
			problems = append(problems, file+": "+problem)
		}
	}
	return problems
}

func (d document) silentStatements() (problems []string) {
	count := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, inner := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "Statement" {
				statements := inner.Content
				if inner.Kind == yaml.MappingNode { // a bus's policy has one
					statements = []*yaml.Node{inner}
				}
				for _, statement := range statements {
					count++
					given := cfn.Value(statement)
					if branches := listAt(given, "Fn::If"); len(branches) == 3 {
						given = branches[1]
					}
					if textAt(given, "Sid") == "" {
						problems = append(problems, fmt.Sprintf("the statement in line %d has no Sid", statement.Line))
					}
					if above := d.lines[statement.Line-2]; !strings.HasPrefix(strings.TrimSpace(above), "# ") {
						problems = append(problems, fmt.Sprintf("the statement in line %d has no comment above it", statement.Line))
					}
				}
			}
			walk(inner)
		}
	}
	walk(d.node)
	if count < 10 {
		problems = append(problems, fmt.Sprintf("found %d statements, want at least 10; are they still looked for in the right place?", count))
	}
	return problems
}

func logGroupsAreKept(d document) (problems []string) {
	groups := d.resources("AWS::Logs::LogGroup")
	writers := append(d.resources("AWS::Serverless::Function"), d.resources("AWS::Serverless::StateMachine")...)
	if len(groups) != len(writers) {
		problems = append(problems, fmt.Sprintf("got the log groups %q for %q", groups, writers))
	}
	for _, name := range groups {
		for _, property := range []string{"KmsKeyId", "RetentionInDays"} {
			if at(d.root, "Resources", name, "Properties", property) == nil {
				problems = append(problems, fmt.Sprintf("log group %s has no %s", name, property))
			}
		}
	}
	return problems
}

func queuesAreEncrypted(d document) (problems []string) {
	queues := d.resources("AWS::SQS::Queue")
	if len(queues) == 0 {
		problems = append(problems, "there are no queues")
	}
	for _, name := range queues {
		properties := at(d.root, "Resources", name, "Properties")
		if textAt(properties, "SqsManagedSseEnabled") != "true" && at(properties, "KmsMasterKeyId") == nil {
			problems = append(problems, "queue "+name+" is not encrypted")
		}
	}
	return problems
}
