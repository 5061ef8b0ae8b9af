package main

import (
	"os"
	"path/filepath"
	"testing"
)

const root = "../.." // of this repository

// small is a template with one of each kind of constraint.
const small = `
Parameters:
  CreateKey: {Type: String, Default: 'true', AllowedValues: ['true', 'false']}
  DefaultKmsKey: {Type: String, Default: alias/log-group-kms, AllowedPattern: '^(|alias/[a-z-]+)$', ConstraintDescription: must be an alias.}
  OwnLogsKmsKeyArn: {Type: String, Default: ''}
  KmsKeyTag: {Type: String, Default: kms-key, MaxLength: 8}
  Rules: {Type: String, Default: '', MaxLength: 5000}
  RulesFile: {Type: String, Default: ''}
  Exclude: {Type: String, Default: ''}
  DryRun: {Type: String, Default: 'false', AllowedValues: ['true', 'false']}
  AssociateRate: {Type: Number, Default: 3, MinValue: 0, MaxValue: 100}
  SweepSchedule: {Type: String, Default: rate(1 hour)}
  SweepWindowMinutes: {Type: String, Default: '15'}
  SweepMaxAgeHours: {Type: String, Default: '3'}
  LogRetentionDays: {Type: Number, Default: 90, AllowedValues: [30, 90]}
  MetricsNamespace: {Type: String, Default: LogGroupKms, MinLength: 2, AllowedPattern: '^(?!AWS/|:)[a-zA-Z/ ]+$'}
  Architecture: {Type: String, Default: arm64, AllowedValues: [arm64, x86_64]}
Rules:
  OwnLogsHaveAKey:
    RuleCondition: !Equals [!Ref CreateKey, 'false']
    Assertions:
      - Assert: !Not [!Equals [!Ref OwnLogsKmsKeyArn, '']]
        AssertDescription: OwnLogsKmsKeyArn must be given.
  OnePlace:
    Assertions:
      - Assert: !Or [!Equals [!Ref Rules, ''], !Equals [!Ref RulesFile, '']]
        AssertDescription: Give Rules or RulesFile.
  OnlyAWSKnows:
    Assertions:
      - Assert: !Contains [[eu-west-1], !Ref AWS::Region]
        AssertDescription: This must be left to CloudFormation.
Globals:
  Function:
    Environment:
      Variables: {DEFAULT_KMS_KEY: !Ref DefaultKmsKey, RULES: !Ref Rules, RULES_FILE: !Ref RulesFile, EXCLUDE: !Ref Exclude}
Resources:
  Event:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables: {ASSOCIATE_RATE: !Ref AssociateRate, DRY_RUN: !Ref DryRun}
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables: {METRICS_NAMESPACE: !Ref MetricsNamespace, QUEUE: !GetAtt Queue.Arn}
  Queue: {Type: AWS::SQS::Queue}
`

// repository makes a folder with the small template and one deployment, "prod".
func repository(t *testing.T, parameters string) string {
	t.Helper()
	code, err := os.ReadFile(filepath.Join(root, "scripts/code.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return files(t, map[string]string{"template.yaml": small, "scripts/code.yaml": string(code), "parameters/prod": parameters, "rules.yaml": "rules: []\n"})
}

func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range texts {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
