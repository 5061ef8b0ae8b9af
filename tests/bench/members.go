package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

const memberRole = "log-group-kms-member"

var memberRegions = []string{"eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2"}

// organisation is a World of many accounts, and a watch on every write: a log group's
// name says whose it is, so a key, an account or a Region that got mixed up shows.
type organisation struct {
	world    *awsfake.World
	accounts []string

	mu     sync.Mutex
	writes int
	mixed  []string // writes that are somebody else's
}

func newOrganisation(accounts, rounds int) *organisation {
	o := &organisation{world: awsfake.New(golden.Account)}
	o.world.RecordCalls(false)
	for i := range accounts {
		id := fmt.Sprintf("%012d", 200_000_000_000+i)
		o.accounts = append(o.accounts, id)
		o.world.PutRole(awsfake.Role{ARN: awsfake.RoleARN(id, golden.Region, memberRole), Trust: awsfake.Trust("", golden.Account)})
		for _, region := range memberRegions {
			key := o.world.AddKey(awsfake.Key{Account: id, Region: region})
			o.world.AddAlias(id, region, "alias/log-group-kms", key)
			for round := range rounds {
				o.world.PutLogGroup(id, region, awsfake.LogGroup{Name: memberGroup(id, region, round)})
			}
		}
	}
	o.world.OnCall(o.watch)
	return o
}

func memberGroup(account, region string, round int) string {
	return fmt.Sprintf("/%s/%s/%d", account, region, round)
}

// watch holds each write against the log group that it is about.
func (o *organisation) watch(call awsfake.Call) {
	if call.Operation != "AssociateKmsKey" {
		return
	}
	key, _ := call.Request["kmsKeyId"].(string)
	prefix := fmt.Sprintf("/%s/%s/", call.Account, call.Region)
	wantKey := fmt.Sprintf("arn:aws:kms:%s:%s:key/", call.Region, call.Account)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	if call.ErrorCode != "" || !strings.HasPrefix(call.Resource, prefix) || !strings.HasPrefix(key, wantKey) {
		o.mixed = append(o.mixed, fmt.Sprintf("%s of %s, %s under %s (%s)", call.Resource, call.Account, call.Region, key, call.ErrorCode))
	}
}

// event is what EventBridge forwards of a member's new log group.
func (o *organisation) event(account, region string, round int) (string, error) {
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "64fbda4e-5992-2224-6f33-3c8efe447fbb", "detail-type": "AWS API Call via CloudTrail",
		"source": "aws.logs", "account": account, "region": region, "time": time.Now().UTC().Format(time.RFC3339), "resources": []string{},
		"detail": map[string]any{
			"eventSource": "logs.amazonaws.com", "eventName": "CreateLogGroup", "awsRegion": region, "recipientAccountId": account,
			"eventTime":         time.Now().UTC().Format(time.RFC3339),
			"requestParameters": map[string]string{"logGroupName": memberGroup(account, region, round)},
		},
	})
	if err != nil {
		return "", fmt.Errorf("encoding an event: %w", err)
	}
	return string(text), nil
}

// calls is the number of requests so far, but for those of roles.
func (o *organisation) calls() (n int) {
	for _, operation := range []string{"DescribeLogGroups", "DescribeKey", "AssociateKmsKey", "ListTagsForResource", "GetCallerIdentity"} {
		n += o.world.CountCalls(operation)
	}
	return n
}

// measureMembers serves the events of very many accounts and Regions, no two in a row of
// the same account.
func measureMembers(ctx context.Context, options options) ([]row, error) {
	accounts, rounds := 1000, 3
	if options.quick {
		accounts, rounds = 100, 2
	}
	o := newOrganisation(accounts, rounds)
	p, err := launch(ctx, options.function, o.world, append(unlimited, "MEMBER_ROLE="+memberRole)...)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var early int64 // memory once as many clients are held as ever are
	var perRound []int
	var took time.Duration
	served := 0
	for round := range rounds {
		before := o.calls()
		for _, region := range memberRegions {
			for _, account := range o.accounts {
				event, err := o.event(account, region, round)
				if err != nil {
					return nil, err
				}
				answer, err := p.invoke(ctx, event)
				if err != nil {
					return nil, err
				}
				if took += answer.Took; served == 2*min(accounts, 200) {
					early = p.PeakRSS()
				}
				served++
			}
		}
		perRound = append(perRound, o.calls()-before)
	}
	if len(o.mixed) > 0 || o.writes != served {
		return nil, fmt.Errorf("%d writes for %d events of %d accounts; %d of them somebody else's: %.3q", o.writes, served, accounts, len(o.mixed), o.mixed)
	}
	scopes := accounts * len(memberRegions)
	roles := o.world.CountCalls("AssumeRole")
	if took > time.Hour-5*time.Minute {
		return nil, errors.New("the events took so long that roles had to be assumed again; nothing can be said of that")
	}
	if early == 0 {
		early = p.PeakRSS()
	}
	perEvent := float64(perRound[rounds-1]) / float64(scopes)
	onceEach, grown := ratio(roles, accounts), ratio(p.PeakRSS(), early)
	return []row{
		{fmt.Sprintf("%d accounts x %d Regions, %d events", accounts, len(memberRegions), served), milliseconds(took / time.Duration(served)), "", "", goal{"every write its event's", true}},
		{"  AWS calls per event, the last of each", fmt.Sprintf("%.2f", perEvent), "3", in(perEvent / 3), atMost(perEvent, 3, "")},
		{"  AssumeRole in less than an hour", fmt.Sprint(roles), fmt.Sprint(accounts), in(onceEach), atMost(onceEach, 1, "")},
		{"  peak memory, in the end and early", kib(p.PeakRSS() * 1024), kib(early * 1024), in(grown), atMost(grown, 1.25, "")},
	}, nil
}
