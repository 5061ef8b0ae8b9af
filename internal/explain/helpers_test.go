package explain

import (
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var home = target.Scope{Partition: "aws", Account: account, Region: region}

// setup is an Explainer with real SDK clients over a World that holds the default key
// under alias/logs, and others under alias/rule, alias/tagged and alias/other.
type setup struct {
	*testing.T
	world     *awsfake.World
	keys      map[string]string // ARNs, by the alias's last part
	explainer *Explainer
}

func newSetup(t *testing.T, change func(*policy.Policy)) *setup {
	t.Helper()
	s := &setup{T: t, world: accounttest.NewWorld(t, account), keys: map[string]string{"": ""}}
	for _, name := range []string{"logs", "rule", "tagged", "other"} {
		s.keys[name] = s.world.AddKey(awsfake.Key{Region: region})
		s.world.AddAlias("", region, "alias/"+name, s.keys[name])
	}
	s.explainer = New(newPolicy(change), "rules.yaml", &accounttest.Accounts{HTTP: s.world.Client()})
	t.Cleanup(func() {
		if got := s.world.CountCalls("AssociateKmsKey"); got > 0 {
			t.Errorf("got %d writes, want none", got)
		}
	})
	return s
}

func newPolicy(change func(*policy.Policy)) *policy.Policy {
	p := &policy.Policy{
		KeyTag: "kms-key", Allowed: policy.Allowed{"arn:*:kms:{region}:{account}:key/*"}, Default: "alias/logs", Existing: policy.Keep,
		Exclude: []policy.Pattern{"/tmp/*"},
		Rules: []policy.Rule{
			{Name: "builds", Line: 2, LogGroups: []policy.Pattern{"/build/*"}, Skip: true},
			{Name: "pci", Line: 5, LogGroups: []policy.Pattern{"/pay/*"}, Tags: map[string]policy.Pattern{"data-class": "pci*"}, Key: "alias/rule"},
		},
	}
	if change != nil {
		change(p)
	}
	return p
}

// group adds a log group; tags come in pairs.
func (s *setup) group(name, keyARN string, tags ...string) {
	g := awsfake.LogGroup{Name: name, KMSKeyARN: keyARN, Tags: map[string]string{}}
	for pair := range slices.Chunk(tags, 2) {
		g.Tags[pair[0]] = pair[1]
	}
	s.world.PutLogGroup("", region, g)
}

// results gives the steps' results in their order, with the rule that each is about.
func results(steps []Step) string {
	var list []string
	for _, step := range steps {
		text := string(step.Result)
		if step.Rule != "" {
			text += "(" + step.Rule + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}
