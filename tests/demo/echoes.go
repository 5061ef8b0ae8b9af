package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

const associate = "AssociateKmsKey"

// handBack gives the function the events that its own requests caused. Were it
// to act on them, it would go on for ever.
func (d *demo) handBack(ctx context.Context, s *stage, scenes []scene) error {
	writes := s.world.CountCalls(associate)
	events := s.take()
	set, refused := 0, 0
	for _, event := range events {
		var record struct {
			Detail struct {
				ErrorCode         string
				RequestParameters struct{ LogGroupName, ResourceIdentifier string }
			}
		}
		if err := json.Unmarshal(event, &record); err != nil {
			return fmt.Errorf("reading an event of the function's own request: %w", err)
		}
		name := record.Detail.RequestParameters.LogGroupName
		want := result{outcome: "unchanged", why: "existing-key-kept", key: keyIn(scenes, name), calls: 1}
		if record.Detail.ErrorCode != "" {
			want = result{outcome: "skipped", why: "failed-call"}
			refused++
		} else {
			set++
		}
		r, err := s.give(ctx, event)
		if err != nil {
			return err
		}
		d.checks.expect("the event of the function's own request for "+name, want.expected(), r.expected())
	}
	wantSet, wantRefused := 0, 0
	for _, scene := range scenes {
		wantRefused += scene.conflicts
		if scene.want.outcome == "associated" {
			wantSet++
		}
	}
	counts := func(set, refused, writes, more int) string {
		return fmt.Sprintf("%d accepted, %d refused; in answer to their events %d requests, %d events", set, refused, writes, more)
	}
	writes = s.world.CountCalls(associate) - writes
	more := len(s.take())
	d.checks.expect("the function's own requests to set a key", counts(wantSet, wantRefused, 0, 0), counts(set, refused, writes, more))
	if writes+more == 0 {
		d.tell("The function's own %s requests are recorded like any others, so their events come back to it: the %d that "+
			"set a key end in \"unchanged\", the %d that met a conflict in \"skipped\" (failed-call). It answers none of them with "+
			"another request, so it never chases itself.", associate, set, refused)
	}
	return nil
}

func keyIn(scenes []scene, logGroup string) string {
	i := slices.IndexFunc(scenes, func(s scene) bool { return s.logGroup == logGroup })
	if i < 0 {
		return ""
	}
	return scenes[i].keyIs
}
