package judge

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
)

// facts is what AWS told one copy of the function, and what that copy asked AWS
// to do, each in the order in which AWS did it.
type facts struct {
	states map[string][]stateRead // by log group
	tags   map[string][]call      // successful reads, by log group
	keys   map[string][]keyRead   // by the ARN that was asked, and by that of the key it turned out to mean
	writes []call                 // AssociateKmsKey requests about log groups
	calls  []call
}

type call = awsfake.Call

// stateRead is an answer of DescribeLogGroups that shows a log group.
type stateRead struct {
	call
	key string
}

// keyRead is an answer of DescribeKey. Trouble that may pass is none.
type keyRead struct {
	call
	arn     string // empty: KMS refused
	enabled bool
}

// delivered says whether the answer to a call can have reached its caller whole.
func delivered(c call) bool { return c.Status == 200 && c.Fault != awsfake.Truncated }

// learned sorts the calls by copy.
func learned(calls []call, copies map[string]Copy) map[string]*facts {
	all := map[string]*facts{}
	for key := range copies {
		all[key] = &facts{states: map[string][]stateRead{}, tags: map[string][]call{}, keys: map[string][]keyRead{}}
	}
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b call) int { return a.Done.Compare(b.Done) })
	for _, c := range calls {
		if f := all[c.Caller]; f != nil {
			f.add(c)
		}
	}
	return all
}

func (f *facts) add(c call) {
	f.calls = append(f.calls, c)
	switch c.Operation {
	case "DescribeLogGroups":
		for _, g := range GroupsShown(c) {
			f.states[g.LogGroupName] = append(f.states[g.LogGroupName], stateRead{c, g.KmsKeyID})
		}
	case "ListTagsForResource", "ListTagsLogGroup":
		if delivered(c) {
			f.tags[c.Resource] = append(f.tags[c.Resource], c)
		}
	case "DescribeKey":
		reference, _ := c.Request["KeyId"].(string)
		if r, told := readKey(c); told {
			reference = canonical(reference)
			f.keys[reference] = append(f.keys[reference], r)
			if r.arn != "" && r.arn != reference { // it tells of the key itself as well
				f.keys[r.arn] = append(f.keys[r.arn], r)
			}
		}
	case "AssociateKmsKey":
		if c.Request["logGroupName"] != nil {
			f.writes = append(f.writes, c)
		}
	}
}

// ShownGroup is a log group in an answer of DescribeLogGroups.
type ShownGroup struct{ LogGroupName, KmsKeyID string }

// GroupsShown lists the log groups in an answer of DescribeLogGroups.
func GroupsShown(c awsfake.Call) []ShownGroup {
	var page struct{ LogGroups []ShownGroup }
	if !delivered(c) || json.Unmarshal(c.Answer, &page) != nil {
		return nil
	}
	return page.LogGroups
}

func readKey(c call) (r keyRead, told bool) {
	r.call = c
	if refusal(c) {
		return r, true
	}
	var answer struct {
		KeyMetadata struct{ Arn, KeyState string }
	}
	if !delivered(c) || json.Unmarshal(c.Answer, &answer) != nil {
		return r, false
	}
	r.arn, r.enabled = answer.KeyMetadata.Arn, answer.KeyMetadata.KeyState == awsfake.Enabled
	return r, true
}

// passing are the codes of trouble that may pass by itself.
var passing = []string{"ThrottlingException", "OperationAbortedException", "ServiceUnavailableException", "RequestTimeoutException", "LimitExceededException"}

// refusal says that AWS answered a final no.
func refusal(c call) bool {
	return c.Status >= 400 && c.Status < 500 && c.ErrorCode != "" && !slices.Contains(passing, c.ErrorCode)
}

// conflict says that AWS answered that somebody else is changing the log group.
func conflict(c call) bool { return c.Status != 0 && c.ErrorCode == "OperationAbortedException" }

// keyOf is the key that a write sets.
func keyOf(c call) string {
	key, _ := c.Request["kmsKeyId"].(string)
	return key
}

// slack is what may pass between a program's look at its clock and the arrival
// of the request at AWS, on a machine with more to do than it has processors.
const slack = 500 * time.Millisecond

// moment is when a copy acted: when AWS got the request, and when the copy says
// that it signed it.
type moment struct {
	copy       string
	at, signed time.Time
}

func momentOf(c call) moment { return moment{c.Caller, c.At, c.Signed} }

// surelyOlder says whether what AWS told at one time was older than a bound when
// a copy acted upon it. It never says so because the machine was slow: from the
// age it takes off what the machine was late with anything meanwhile, and the
// slack. A copy that was frozen meanwhile may have been so after it had signed:
// there, its own word counts, the time of the signature. That lies up to two
// seconds too early: it is cut to the second, and the SDK corrects its clock by
// AWS's Date header, which is cut as well.
func (t *trial) surelyOlder(told time.Time, m moment, bound time.Duration) bool {
	age := m.at.Sub(told) - 2*t.worstLateness(told, m.at)
	for _, trouble := range t.Troubles {
		if trouble.Copy == m.copy && trouble.Kind == "frozen" && trouble.From.Before(m.at) && trouble.To.After(told) {
			age = min(age, m.signed.Sub(told))
		}
	}
	return age > bound+slack
}

func (t *trial) worstLateness(from, to time.Time) (worst time.Duration) {
	for _, l := range t.Lateness {
		// What ended after the time may have begun within it.
		if l.At.After(from) && l.At.Add(-l.By).Before(to) {
			worst = max(worst, l.By)
		}
	}
	return worst
}

// about says that a call is about a log group by name.
func about(c call, group string) bool {
	return c.Resource == group || strings.HasSuffix(c.Resource, ":log-group:"+group)
}
