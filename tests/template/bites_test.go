package template

import (
	"strings"
	"testing"
)

// TestBites makes one mistake at a time in the template or the README; the check
// that is there for it must find it.
func TestBites(t *testing.T) {
	mistakes := []struct {
		name, check string
		file        func(*texts) *string
		old, new    string
	}{
		{"a variable nobody reads", "environment", inTemplate, "        EXCLUDE: !Ref Exclude\n", "        EXCLUDE: !Ref Exclude\n        EXCLUDED: !Ref Exclude\n"},
		{"a variable nobody sets", "environment", inTemplate, "        EXCLUDE: !Ref Exclude\n", ""},
		{"a variable of another name", "environment", inTemplate, "        ASSOCIATE_RATE: !Ref AssociateRate\n", "        ANOTHER_RATE: !Ref AssociateRate\n"},
		{"a variable that depends on a condition", "environment", inTemplate, "EXCLUDE: !Ref Exclude", "EXCLUDE: !If [HearsDrift, !Ref Exclude, '']"},
		{"a parameter without description", "parameters", inTemplate, "    Description: Processor of the functions. Build and deploy with the same value.\n", ""},
		{"a parameter that takes anything", "parameters", inTemplate, "    AllowedPattern: ^(|https?://.+)$\n", ""},
		{"a refusal without words", "parameters", inTemplate, "    ConstraintDescription: must be empty or begin with http:// or https://.\n", ""},
		{"a parameter in no group", "parameters", inTemplate, "          - AwsEndpointUrl\n", ""},
		{"a group of what is no parameter", "parameters", inTemplate, "          - AwsEndpointUrl\n", "          - AwsEndpointUrl\n          - AwsEndpoint\n"},
		{"a partition written out", "partitions", inTemplate, "arn:${AWS::Partition}:", "arn:aws:"},
		{"a statement without Sid", "statements", inTemplate, "- Sid: ReadTags\n            Effect: Allow", "- Effect: Allow"},
		{"a statement without a word", "statements", inTemplate, "              # The work itself.\n", "\n"},
		{"a partition written out for members", "partitions", inMember, "arn:${AWS::Partition}:", "arn:aws:"},
		{"a member's statement without a word", "statements", inMember, "              # What the rules are for. A bus that admits an organization takes events from roles of it only.\n", "\n"},
		{"a member's right that nobody explains", "reasons", inMember, "                  - logs:ListTagsLogGroup\n", "                  - logs:ListTagsLogGroup\n                  - logs:DeleteLogGroup\n"},
		{"logs for ever", "log groups", inTemplate, "      RetentionInDays: !Ref LogRetentionDays\n", ""},
		{"logs without key", "log groups", inTemplate, "      KmsKeyId: !If [HasOwnLogsKey, !Ref OwnLogsKmsKeyArn, !GetAtt Key.Arn]\n", ""},
		{"a queue in the clear", "queues", inTemplate, "      SqsManagedSseEnabled: true\n", ""},
		{"a value that the program refuses", "values", inTemplate, "AllowedValues: [keep, repair, replace]", "AllowedValues: [keep, repair, replace, remove]"},
		{"a default that the program refuses", "values", inTemplate, "Default: kms-key", "Default: kms*"},
		{"a parameter not described", "README parameters", inReadme, "`LogRetentionDays`", "`RetentionDays`"},
		{"a variable not described", "README variables", inReadme, "| `EXCLUDE` |", "| `EXCLUDED` |"},
		{"a variable of another parameter", "README variables", inReadme, "| `DRY_RUN` | `DryRun` |", "| `DRY_RUN` | `Exclude` |"},
		{"a parameter that there is not", "README names", inReadme, "`CreateKey=false` there", "`MakeKey=false` there"},
		{"another default in the template", "README defaults", inTemplate, "    Default: rate(1 hour)\n", "    Default: rate(2 hours)\n"},
		{"another default in the README", "README defaults", inReadme, "| `Architecture` | `arm64` |", "| `Architecture` | `x86_64` |"},
		{"an outcome too few", "README answers", inReadme, "| `gone` |", "| gone |"},
		{"a reason of another spelling", "README answers", inReadme, "`failed-call`", "`call-failed`"},
		{"a failure too few", "README failures", inReadme, "| `Conflict` |", "| Conflict |"},
		{"a metric that is none", "README metrics", inReadme, "`TagRejected`, `Attempts`", "`TagsRejected`, `Attempts`"},
		{"a right without a reason", "reasons", inReasons, "`logs:ListTagsForResource`, `logs:ListTagsLogGroup`", "`logs:ListTagsForResource`"},
		{"a reason without a right", "reasons", inTemplate, "                  - logs:PutLogEvents\n", ""},
		{"a right of a role that nobody explains", "reasons", inTemplate, "                Action: states:ListExecutions\n", "                Action: states:StopExecution\n"},
		{"a role that nobody explains", "reasons", inReasons, "`SweepStartRole`", "the role of rules"},
		{"a right in a rare mode only", "reasons", inTemplate, "                - ec2:DescribeSubnets\n", ""},
		{"a command that looks for no output", "outputs", inTemplate, "  EventQueueArn:\n", "  QueueArn:\n"},
		{"a link to no page", "links", inReadme, "(docs/many-accounts.md)", "(docs/accounts.md)"},
		{"a link to no heading", "links", inReadme, "(#rules)", "(#the-rules)"},
		{"a heading of another name", "links", inOperations, "## Members' events parked", "## Members' events"},
		{"a runbook of a member that is not written", "links", inMember, "#members-events-parked", "#members"},
		{"a Region for some tools", "Regions", inOperations, "export AWS_DEFAULT_REGION=", "export "},
		{"a reason left out", "reasons", inReasons, "| the sweep does not start |", "| |"},
		{"an alarm whose heading is gone", "runbook", inOperations, "## Sweep absent\n", "## No sweep\n"},
		{"an alarm that leads to another page", "runbook", inTemplate, "#tags-rejected", "#tags-refused"},
		{"a check whose heading is gone", "runbook", inOperations, "## Own logs\n", "## Own log groups\n"},
		{"a heading that is there twice", "runbook", inOperations, "## Dry run\n", "## Dry run\n\n## Dry run\n"},
		{"an errorType left out", "runbook's table", inOperations, "`Unavailable` |", "Unavailable |"},
		{"a check left out", "runbook's table", inOperations, "`alarms.told`, ", ""},
		{"an alarm left out", "runbook's table", inOperations, "| EventsLost |", "| LostEvents |"},
	}
	bitten := make(map[string]bool)
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			x := read(t)
			file := m.file(&x)
			if !strings.Contains(*file, m.old) {
				t.Fatalf("the text no longer holds %q, so the mistake cannot be made; make another", m.old)
			}
			*file = strings.Replace(*file, m.old, m.new, 1)
			if problems := checks[m.check](x); len(problems) == 0 {
				t.Errorf("the check %q found nothing", m.check)
			}
		})
		bitten[m.check] = true
	}
	for name := range checks {
		if !bitten[name] {
			t.Errorf("nothing shows that the check %q finds anything", name)
		}
	}
}

func inTemplate(x *texts) *string   { return &x.template }
func inOperations(x *texts) *string { return &x.operations }
func inMember(x *texts) *string     { return &x.member }
func inReadme(x *texts) *string     { return &x.readme }
func inReasons(x *texts) *string    { return &x.reasons }
