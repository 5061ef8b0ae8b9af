package main

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/soak/judge"
)

// peoplesKey is the access key of everybody but the function.
const peoplesKey = "AKIAOTHERPEOPLEEXMPL"

// people are all others in the account: they make log groups and delete them,
// change keys and tags, move aliases, and break keys and mend them. What AWS
// refuses them (a name that is taken, a limit) is their affair.
type people struct {
	plan  plan
	world *awsfake.World
	logs  *cloudwatchlogs.Client
	bus   *bus
	busy  sync.WaitGroup

	mu      sync.Mutex
	broken  map[string]bool // keys that wait to be mended
	asked   map[string]int  // reactions drawn so far
	resting bool
}

func newPeople(p plan, w *awsfake.World, b *bus) *people {
	w.AddAccessKey(peoplesKey, judge.Account, "somebody")
	return &people{
		plan: p, world: w, bus: b, broken: map[string]bool{}, asked: map[string]int{},
		logs: cloudwatchlogs.New(cloudwatchlogs.Options{
			BaseEndpoint: aws.String("http://aws.invalid"), Region: judge.Region, HTTPClient: w.Client(), Retryer: aws.NopRetryer{},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: peoplesKey, SecretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"}, nil
			}),
		}),
	}
}

// act is one thing that people do, and how often they do.
type act struct {
	weight int
	do     func(*people, context.Context, lot, string)
}

var acts = []act{
	{24, (*people).create}, {8, (*people).delete}, {14, (*people).tag}, {5, (*people).untag}, {12, (*people).associate},
	{8, (*people).disassociate}, {3, (*people).strip}, {6, (*people).move}, {3, (*people).breakKey}, {2, (*people).retain}, {4, (*people).command},
	{3, (*people).noise}, {1, (*people).forgetTokens},
}

// live acts until ctx ends.
func (p *people) live(ctx context.Context) {
	names := append(p.plan.names(), "aws/spans")
	for i := 0; ; i++ {
		l := p.plan.seed.draw("people", i)
		if !rest(ctx, l.between(p.plan.pace/2, p.plan.pace*3/2)) {
			return
		}
		a := weighed(l, acts, func(a act) int { return a.weight })
		a.do(p, ctx, l, oneOf(l, names...))
	}
}

// rest lets time pass, and says whether ctx is still on.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *people) create(ctx context.Context, l lot, name string) {
	in := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, Tags: newTags(l, p.plan.config.KeyTag)}
	if len(in.Tags) == 0 {
		in.Tags = nil
	}
	if l.chance(0.12) {
		in.KmsKeyId = aws.String(oneOf(l, key("theirs-1"), key("default-1")))
	}
	_, _ = p.logs.CreateLogGroup(ctx, in)
}

func (p *people) delete(ctx context.Context, _ lot, name string) {
	_, _ = p.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &name})
}

func (p *people) tag(ctx context.Context, l lot, name string) {
	tags := newTags(l, p.plan.config.KeyTag)
	if len(tags) == 0 {
		tags["owner"] = "somebody"
	}
	if l.chance(0.3) {
		//lint:ignore SA1019 the older call still works, and people use it
		_, _ = p.logs.TagLogGroup(ctx, &cloudwatchlogs.TagLogGroupInput{LogGroupName: &name, Tags: tags})
		return
	}
	_, _ = p.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: groupARN(name), Tags: tags})
}

func (p *people) untag(ctx context.Context, l lot, name string) {
	keys := []string{oneOf(l, orDefault(p.plan.config.KeyTag), orDefault(p.plan.config.KeyTag), "data-class", "kms-exempt")}
	_, _ = p.logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: groupARN(name), TagKeys: keys})
}

func orDefault(keyTag string) string {
	if keyTag == "" {
		return "kms-key"
	}
	return keyTag
}

func groupARN(name string) *string {
	return aws.String(awsfake.LogGroupARN(judge.Account, judge.Region, name))
}

func (p *people) associate(ctx context.Context, l lot, name string) {
	theirs := oneOf(l, key("theirs-1"), key("theirs-2"), key("strangers"), key("default-1"))
	_, _ = p.logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &name, KmsKeyId: &theirs})
}

func (p *people) disassociate(ctx context.Context, _ lot, name string) {
	_, _ = p.logs.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: &name})
}

// strip takes the keys of several log groups at once, as a deployment of code that
// knows nothing of keys does.
func (p *people) strip(ctx context.Context, l lot, _ string) {
	names := p.plan.names()
	for _, i := range l.Perm(len(names))[:12] {
		p.disassociate(ctx, l, names[i])
	}
}

func (p *people) retain(ctx context.Context, _ lot, name string) {
	_, _ = p.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: aws.Int32(30)})
}

// move is AWS's manual rotation: the alias means another key, and often the old
// one is retired soon.
func (p *people) move(ctx context.Context, l lot, _ string) {
	m := oneOf(l, moving...)
	to, from := m.one, m.other
	if l.chance(0.5) {
		to, from = from, to
	}
	p.mend(to)
	p.world.AddAlias(judge.Account, judge.Region, m.alias, key(to))
	if l.chance(0.5) {
		p.later(ctx, l.between(0, 2*time.Second), func() { p.spoil(from, awsfake.Disabled) })
	}
}

// breakKey makes a key unfit for a while.
func (p *people) breakKey(ctx context.Context, l lot, _ string) {
	name := oneOf(l, "default-1", "default-2", "team-1", "team-2", "team-3", "payments-1", "payments-2", "theirs-1")
	if l.chance(0.3) {
		p.world.SetKeyPolicy(key(name), awsfake.PolicyWithoutLogs)
		p.mu.Lock()
		p.broken[name] = true
		p.mu.Unlock()
	} else {
		p.spoil(name, oneOf(l, awsfake.Disabled, awsfake.PendingDeletion))
	}
	p.later(ctx, l.between(500*time.Millisecond, 3*time.Second), func() { p.mend(name) })
}

func (p *people) spoil(name, state string) {
	p.world.SetKeyState(key(name), state)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken[name] = true
}

func (p *people) mend(name string) {
	p.world.SetKeyState(key(name), awsfake.Enabled)
	p.world.SetKeyPolicy(key(name), awsfake.PolicyGood)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.broken, name)
}

// later does something after a time, unless ctx ends first.
func (p *people) later(ctx context.Context, d time.Duration, do func()) {
	p.busy.Go(func() {
		if rest(ctx, d) {
			do()
		}
	})
}

// command is an operator who asks the function itself.
func (p *people) command(_ context.Context, l lot, name string) {
	p.bus.command(name, l.chance(0.4))
}

// noise is what reaches the function and is not for it.
func (p *people) noise(_ context.Context, l lot, name string) { p.bus.noise(l, name) }

func (p *people) forgetTokens(context.Context, lot, string) { p.world.InvalidateTokens() }

// react is somebody who gets in the way of the function: when it has looked at a
// log group without a key and not yet heard the answer, or met a conflict, that
// is the moment at which another hand is at work.
func (p *people) react(ctx context.Context, c awsfake.Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resting {
		return
	}
	p.asked[c.Operation+c.Resource]++
	l := p.plan.seed.draw("reaction", c.Operation, c.Resource, p.asked[c.Operation+c.Resource])
	if c.Operation == "AssociateKmsKey" && c.ErrorCode == "OperationAbortedException" && l.chance(0.3) {
		p.associate(ctx, l, c.Resource) // before the function has its answer
	}
	for _, g := range judge.GroupsShown(c) {
		l := p.plan.seed.draw("reaction", c.Operation, c.Resource, p.asked[c.Operation+c.Resource], g.LogGroupName)
		if g.KmsKeyID != "" || !l.chance(0.25) {
			continue
		}
		after := oneOf(l, 0, 300*time.Millisecond, 1200*time.Millisecond, 2500*time.Millisecond, 4*time.Second)
		p.later(ctx, after, func() {
			if now, _ := p.world.LogGroup(judge.Account, judge.Region, g.LogGroupName); now.KMSKeyARN == "" {
				p.associate(ctx, l, g.LogGroupName)
			}
		})
	}
}

// settle ends what people do. Most of the broken keys are mended.
func (p *people) settle() {
	p.mu.Lock()
	p.resting = true
	p.mu.Unlock()
	p.busy.Wait()
	for i, k := range keys {
		p.mu.Lock()
		broken := p.broken[k.name]
		p.mu.Unlock()
		if broken && p.plan.seed.draw("mend", i).chance(0.7) {
			p.mend(k.name)
		}
	}
}
