package main

import (
	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

const absent = "(not there)"

// keysOf returns the names of the keys that the scenes' log groups have.
func keysOf(w *awsfake.World, scenes []scene) []string {
	var keys []string
	for _, scene := range scenes {
		group, ok := w.LogGroup(golden.Account, golden.Region, scene.logGroup)
		if !ok {
			keys = append(keys, absent)
			continue
		}
		keys = append(keys, orNone(keyName(group.KMSKeyARN)))
	}
	return keys
}

// compare shows the state of the account before and after the function's work.
func (d *demo) compare(scenes []scene, before, after []string) {
	d.page.say("The log groups before the function saw the events, and after:")
	var rows [][]string
	for i, scene := range scenes {
		want := orNone(scene.keyIs)
		if scene.refused != "" {
			want = before[i]
		}
		d.checks.expect("the key of "+scene.logGroup+" in the end", want, after[i])
		rows = append(rows, []string{scene.logGroup, before[i], after[i]})
	}
	d.page.table([]string{"log group", "key before", "key after"}, rows)
	d.tell("What is still without a key: what is excluded, what failed (Lambda tries that twice more and then parks the event " +
		"in a queue), and /app/orders, which is older than the function. The sweep of part 3 is for such log groups.")
}
