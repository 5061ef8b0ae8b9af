package awsfake

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var logsOperations = map[string]operation{
	"AssociateKmsKey":     (*World).associateKmsKey,
	"CreateLogGroup":      (*World).createLogGroup,
	"DeleteLogGroup":      (*World).deleteLogGroup,
	"DescribeLogGroups":   (*World).describeLogGroups,
	"DisassociateKmsKey":  (*World).disassociateKmsKey,
	"GetQueryResults":     (*World).getQueryResults,
	"ListLogGroups":       (*World).listLogGroups,
	"ListTagsForResource": (*World).listTagsForResource,
	"ListTagsLogGroup":    (*World).listTagsLogGroup,
	"PutRetentionPolicy":  (*World).putRetentionPolicy,
	"StartQuery":          (*World).startQuery,
	"TagLogGroup":         (*World).tagLogGroup,
	"TagResource":         (*World).tagResource,
	"UntagLogGroup":       (*World).untagLogGroup,
	"UntagResource":       (*World).untagResource,
}

// The patterns of the API model.
var (
	groupNamePattern   = modelPattern(`[\.\-_/#A-Za-z0-9]+`)
	namePartPattern    = modelPattern(`[\.\-_/#A-Za-z0-9]*`)
	identifierPattern  = modelPattern(`[\w+=/:,.@\-\*]*`)
	groupSearchPattern = modelPattern(`[\w#+=/:,.@-]*`)
	resourceARNPattern = modelPattern(`[\w+=/:,.@-]*`)
	tagKeyPattern      = modelPattern(`([\p{L}\p{Z}\p{N}_.:/=+\-@]+)`)
	tagValuePattern    = modelPattern(`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`)
)

// constraint is a pattern with its text, as messages quote it.
type constraint struct {
	*regexp.Regexp
	text string
}

func modelPattern(text string) constraint {
	return constraint{regexp.MustCompile(`^(?:` + text + `)$`), text}
}

// check answers a value that the API model does not admit.
func (c constraint) check(value, member string, shortest, longest int) error {
	switch n := len([]rune(value)); {
	case n < shortest:
		return violates(value, member, "have length greater than or equal to "+strconv.Itoa(shortest))
	case n > longest:
		return violates(value, member, "have length less than or equal to "+strconv.Itoa(longest))
	case !c.MatchString(value):
		return violates(value, member, "satisfy regular expression pattern: "+c.text)
	}
	return nil
}

func checkGroupName(name *string) error {
	if name == nil {
		return missing("logGroupName")
	}
	return groupNamePattern.check(*name, "logGroupName", 1, 512)
}

// reserved says whether a name is AWS's own.
func reserved(name string) bool {
	return len(name) >= 4 && strings.EqualFold(name[:4], "aws/")
}

// visibleGroup returns a log group that the API sees, or says that there is none.
func (w *World) visibleGroup(s scope, name string) (*groupRecord, error) {
	g := w.groupsIn(s.account, s.region).get(name)
	if g == nil || g.hidden() {
		return nil, errNoLogGroup
	}
	return g, nil
}

func (w *World) createLogGroup(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupName              *string
		KmsKeyID                  *string
		Tags                      map[string]string
		LogGroupClass             string
		DeletionProtectionEnabled bool
	}](r)
	if err != nil {
		return nil, err
	}
	if err := checkGroupName(in.LogGroupName); err != nil {
		return nil, err
	}
	name := *in.LogGroupName
	switch {
	case reserved(name):
		return nil, errReservedName
	case len(in.Tags) > 0 && (w.isDenied(r, "logs:TagResource", r.iamResource()) || w.isDenied(r, "logs:TagLogGroup", r.iamResource())):
		return nil, fail("AccessDeniedException", "User with accountId: %s is not authorized to perform CreateLogGroup with Tags", r.account)
	case w.groupsIn(r.account, r.region).get(name) != nil:
		return nil, errLogGroupExists
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	switch in.LogGroupClass {
	case "", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS":
	default:
		return nil, violates(in.LogGroupClass, "logGroupClass", "satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS]")
	}
	key := ""
	if in.KmsKeyID != nil {
		key = *in.KmsKeyID
		if err := w.checkLogsKey(r, key, name, LogGroupARN(r.account, r.region, name)); err != nil {
			return nil, err
		}
	}
	g := w.newGroup(LogGroup{Name: name, KMSKeyARN: key, Class: in.LogGroupClass, Tags: in.Tags})
	if w.hideNew > 0 {
		g.details().visible = time.Now().Add(w.hideNew)
	}
	if in.DeletionProtectionEnabled {
		g.details().protected = true
	}
	w.putGroup(r.scope, g)
	return nil, nil
}

func (w *World) deleteLogGroup(r *request) (any, error) {
	in, err := decode[struct{ LogGroupName *string }](r)
	if err != nil {
		return nil, err
	}
	if err := checkGroupName(in.LogGroupName); err != nil {
		return nil, err
	}
	g, err := w.visibleGroup(r.scope, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if g.seen().protected {
		return nil, fail("ValidationException", "The log group is protected against deletion.")
	}
	w.removeGroup(r.scope, g.name)
	return nil, nil
}

// retentionDays holds what retention may be set to.
var retentionDays = map[int]bool{
	1: true, 3: true, 5: true, 7: true, 14: true, 30: true, 60: true, 90: true, 120: true, 150: true, 180: true,
	365: true, 400: true, 545: true, 731: true, 1096: true, 1827: true, 2192: true, 2557: true, 2922: true, 3288: true, 3653: true,
}

func (w *World) putRetentionPolicy(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupName    *string
		RetentionInDays int
	}](r)
	if err != nil {
		return nil, err
	}
	if err := checkGroupName(in.LogGroupName); err != nil {
		return nil, err
	}
	if !retentionDays[in.RetentionInDays] {
		return nil, violates(fmt.Sprint(in.RetentionInDays), "retentionInDays", "be one of the retention periods that CloudWatch Logs offers")
	}
	g, err := w.visibleGroup(r.scope, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	g.details().retention = in.RetentionInDays
	return nil, nil
}
