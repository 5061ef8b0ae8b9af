package awsfake

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

var cloudWatchOperations = map[string]operation{
	"DescribeAlarmHistory": (*World).describeAlarmHistory,
	"DescribeAlarms":       (*World).describeAlarms,
	"SetAlarmState":        (*World).setAlarmState,
}

// States of an alarm.
const (
	AlarmOK           = "OK"
	AlarmRings        = "ALARM"
	AlarmInsufficient = "INSUFFICIENT_DATA"
)

// Alarm is a CloudWatch alarm. Nothing evaluates it: [World.SetAlarmState] says
// when it rings.
type Alarm struct {
	Name        string
	Description string
	Composite   bool
	State       string // INSUFFICIENT_DATA if empty
	Since       time.Time
	Silent      bool     // its actions are switched off
	Actions     []string // ARNs of what it tells when it rings
	OKActions   []string
}

// alarmRecord is an alarm as the World keeps it, with its history, the newest last.
type alarmRecord struct {
	Alarm
	history []alarmEvent
}

// alarmEvent is an entry of an alarm's history.
type alarmEvent struct {
	at                  time.Time
	kind, summary, data string
}

func (a Alarm) deploy(w *World, s scope) (kind, physicalID string) {
	a.State = cmp.Or(a.State, AlarmInsufficient)
	if a.Since.IsZero() {
		a.Since = time.Now()
	}
	put(w.deployed.alarms, s, a.Name, &alarmRecord{Alarm: a})
	if a.Composite {
		return "AWS::CloudWatch::CompositeAlarm", a.Name
	}
	return "AWS::CloudWatch::Alarm", a.Name
}

// PutAlarm makes or replaces an alarm from outside.
func (w *World) PutAlarm(account, region string, a Alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a.deploy(w, scope{cmp.Or(account, w.account), region})
}

// DeleteAlarm removes an alarm from outside.
func (w *World) DeleteAlarm(account, region, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.deployed.alarms[scope{cmp.Or(account, w.account), region}], name)
}

// SetAlarmState puts an alarm into a state, with the entries in its history that
// this leaves, and takes the state's actions. An alarm that is in that state already
// stays as it is.
func (w *World) SetAlarmState(account, region, name, state string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.deployed.alarms[scope{cmp.Or(account, w.account), region}][name]; a != nil {
		w.changeAlarm(a, state, "set from outside")
	}
}

// SetTopicTrouble says why messages of alarms to a topic fail; empty: they do not.
func (w *World) SetTopicTrouble(topicARN, trouble string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deployed.trouble[topicARN] = trouble
}

func (w *World) changeAlarm(a *alarmRecord, state, reason string) {
	if a.State == state {
		return
	}
	now := time.Now()
	a.history = append(a.history, alarmEvent{now, "StateUpdate", "Alarm updated from " + a.State + " to " + state, reason})
	a.State, a.Since = state, now
	if a.Silent {
		return
	}
	actions := map[string][]string{AlarmRings: a.Actions, AlarmOK: a.OKActions}[state]
	for _, action := range actions {
		a.history = append(a.history, w.tell(action))
	}
}

// tell takes one action of an alarm, and returns what the alarm's history says of it.
func (w *World) tell(action string) alarmEvent {
	summary, outcome := "Successfully executed action "+action, "Succeeded"
	data := map[string]any{"notificationResource": action}
	if trouble := w.deployed.trouble[action]; trouble != "" {
		summary, outcome = "Failed to execute action "+action+`. Received error: "`+trouble+`"`, "Failed"
		data["error"] = trouble
	}
	data["actionState"] = outcome
	text, _ := json.Marshal(data) // texts always marshal
	return alarmEvent{time.Now(), "Action", summary, string(text)}
}

type describeAlarmsRequest struct {
	AlarmNames                  []string
	AlarmNamePrefix, StateValue string
	AlarmTypes                  []string
	MaxRecords                  int
	NextToken                   string
}

// isOf says whether an alarm is of one of the types that are asked for. Composite
// alarms must be asked for.
func (a *alarmRecord) isOf(types []string) bool {
	if a.Composite {
		return slices.Contains(types, "CompositeAlarm")
	}
	return len(types) == 0 || slices.Contains(types, "MetricAlarm")
}

// chooses says whether an alarm is asked for.
func (in describeAlarmsRequest) chooses(a *alarmRecord) bool {
	return a.isOf(in.AlarmTypes) && (len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.Name)) &&
		strings.HasPrefix(a.Name, in.AlarmNamePrefix) && (in.StateValue == "" || a.State == in.StateValue)
}

func (w *World) describeAlarms(r *request) (any, error) {
	in, err := decode[describeAlarmsRequest](r)
	if err != nil {
		return nil, err
	}
	if len(in.AlarmNames) > 100 || len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "" || in.MaxRecords < 0 || in.MaxRecords > 100 {
		return nil, fail("ValidationError", "At most 100 AlarmNames, none of them with AlarmNamePrefix, and at most 100 MaxRecords.")
	}
	var found []*alarmRecord
	for _, name := range slices.Sorted(maps.Keys(w.deployed.alarms[r.scope])) {
		if a := w.deployed.alarms[r.scope][name]; in.chooses(a) {
			found = append(found, a)
		}
	}
	page, next, err := paged(found, in.NextToken, cmp.Or(in.MaxRecords, 50))
	if err != nil {
		return nil, fail("InvalidNextToken", "The next token is invalid")
	}
	metric, composite := []map[string]any{}, []map[string]any{}
	for _, a := range page {
		if a.Composite {
			composite = append(composite, a.described(r.scope))
		} else {
			metric = append(metric, a.described(r.scope))
		}
	}
	out := map[string]any{"MetricAlarms": metric, "CompositeAlarms": composite}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func (a *alarmRecord) described(s scope) map[string]any {
	return map[string]any{
		"AlarmName": a.Name, "AlarmDescription": a.Description, "StateValue": a.State, "StateReason": "",
		"AlarmArn":              "arn:" + Partition(s.region) + ":cloudwatch:" + s.region + ":" + s.account + ":alarm:" + a.Name,
		"StateUpdatedTimestamp": instant(a.Since), "StateTransitionedTimestamp": instant(a.Since),
		"ActionsEnabled": !a.Silent, "AlarmActions": list(a.Actions), "OKActions": list(a.OKActions),
	}
}

// list is a list as answers have it, also where it is empty.
func list(items []string) []string { return append([]string{}, items...) }

func (w *World) setAlarmState(r *request) (any, error) {
	in, err := decode[struct{ AlarmName, StateValue, StateReason string }](r)
	if err != nil {
		return nil, err
	}
	a := w.deployed.alarms[r.scope][in.AlarmName]
	if a == nil {
		return nil, fail("ResourceNotFound", "There is no alarm with the name '%s'", in.AlarmName)
	}
	w.changeAlarm(a, in.StateValue, in.StateReason)
	return map[string]any{}, nil
}
