package stack

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"log-group-kms/internal/target"
)

// Parameters of the stack, as the template names them.
const (
	AlarmTopicARN = "AlarmTopicArn"

	createAlarms = "CreateAlarms"
	dryRun       = "DryRun"
	sweepMaxAge  = "SweepMaxAgeHours"

	// defaultSweepMaxAge is the template's.
	defaultSweepMaxAge = 3 * time.Hour
)

// SweepMaxAge is how old the last sweep may be before an alarm rings.
func (s *Stack) SweepMaxAge() time.Duration {
	hours, err := strconv.Atoi(s.Parameters[sweepMaxAge])
	if err != nil || hours < 1 {
		return defaultSweepMaxAge
	}
	return time.Duration(hours) * time.Hour
}

// WantsAlarms tells whether the stack was deployed with alarms.
func (s *Stack) WantsAlarms() bool { return s.Parameters[createAlarms] != "false" }

// AlarmTopic is the topic that the alarms are to tell; "" where there is none.
func (s *Stack) AlarmTopic() string { return s.Parameters[AlarmTopicARN] }

// IsDryRun tells whether the stack was deployed to set no keys.
func (s *Stack) IsDryRun() bool { return s.Parameters[dryRun] == "true" }

// Scope is the account and Region that the stack is in, by its ID.
func (s *Stack) Scope() (target.Scope, error) {
	id, err := arn.Parse(s.ID)
	if err != nil || !target.ValidAccount(id.AccountID) || !target.ValidRegion(id.Region) {
		return target.Scope{}, fmt.Errorf("AWS answers %q as the ID of stack %s, which names no account and Region", s.ID, s.Name)
	}
	return target.Scope{Partition: id.Partition, Account: id.AccountID, Region: id.Region}, nil
}
