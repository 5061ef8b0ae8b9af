package main

import (
	"context"
	"fmt"

	"log-group-kms/tests/golden"
)

// showEvents has log groups created, and hands the events of that to the
// function.
func (d *demo) showEvents(ctx context.Context, scenes []scene) error {
	s, err := d.setUp(ctx, golden.NewWorld())
	if err != nil {
		return err
	}
	defer s.close()
	s.listen()

	created, err := d.createAll(ctx, s, scenes)
	if err != nil {
		return err
	}
	before := keysOf(s.world, scenes)
	if err := d.handOver(ctx, s, scenes, created); err != nil {
		return err
	}
	if err := d.handBack(ctx, s, scenes); err != nil {
		return err
	}
	d.compare(scenes, before, keysOf(s.world, scenes))
	return d.page.err
}

// createAll creates the log groups and returns the event of each creation.
func (d *demo) createAll(ctx context.Context, s *stage, scenes []scene) ([][]byte, error) {
	d.page.say("An account at work: these log groups are created, each through the AWS API.")
	who := newEngineer(s)
	var rows [][]string
	var created [][]byte
	for _, scene := range scenes {
		refused, err := who.create(ctx, scene)
		if err != nil {
			return nil, err
		}
		events := s.take()
		if len(events) != 1 {
			return nil, fmt.Errorf("creating log group %s: %d events, want 1", scene.logGroup, len(events))
		}
		created = append(created, events[0])
		rows = append(rows, []string{scene.logGroup, scene.about})
		d.checks.expect("AWS's answer to the creation of "+scene.logGroup, orNone(scene.refused), orNone(refused))
	}
	d.page.table([]string{"log group", "how it is created"}, rows)
	return created, nil
}

// handOver gives the function the events of the creations.
func (d *demo) handOver(ctx context.Context, s *stage, scenes []scene, created [][]byte) error {
	d.page.say("CloudTrail records each of these calls, EventBridge hands the records to the function, and this is what it " +
		"makes of them. (In AWS the function's rule leaves out the records of failed calls; here it gets them all.) \"calls\" " +
		"counts the function's requests to AWS.")
	var rows [][]string
	var messages []string
	for i, scene := range scenes {
		r, err := s.give(ctx, created[i])
		if err != nil {
			return err
		}
		d.checks.expect("the event of "+scene.logGroup, scene.want.expected(), r.expected())
		rows = append(rows, []string{
			scene.logGroup, r.outcome, r.why, orDash(r.key), fmt.Sprintf("%5d", r.calls),
		})
		if r.message != "" {
			messages = append(messages, r.why+" for "+scene.logGroup+": "+r.message)
		}
	}
	d.page.table([]string{"log group", "outcome", "why", "key", "calls"}, rows)
	for _, message := range messages {
		d.page.indented(message)
	}
	return nil
}
