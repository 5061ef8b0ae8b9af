package awsfake_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

func namesOf(groups []types.LogGroup) []string {
	var names []string
	for _, g := range groups {
		names = append(names, *g.LogGroupName)
	}
	return names
}

func TestDescribeLogGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	for _, name := range []string{"/b", "/a2", "/a", "/B", "/a/1", "/a#1"} {
		w.PutLogGroup(account, region, awsfake.LogGroup{Name: name, KMSKeyARN: key})
	}
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/rare", Class: "INFREQUENT_ACCESS"})
	w.PutLogGroup(account, "us-east-1", awsfake.LogGroup{Name: "/elsewhere"})

	tests := []struct {
		name  string
		input cloudwatchlogs.DescribeLogGroupsInput
		want  []string
	}{
		{"all in ASCII order", cloudwatchlogs.DescribeLogGroupsInput{}, []string{"/B", "/a", "/a#1", "/a/1", "/a2", "/b", "/rare"}},
		{"prefix", cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a")}, []string{"/a", "/a#1", "/a/1", "/a2"}},
		{"prefix of none", cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/c")}, nil},
		{"pattern", cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("1")}, []string{"/a#1", "/a/1"}},
		{"class", cloudwatchlogs.DescribeLogGroupsInput{LogGroupClass: types.LogGroupClassInfrequentAccess}, []string{"/rare"}},
		{"names", cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"/b", "/a#1", "/none", "/a"}}, []string{"/a", "/a#1", "/b"}},
		{"ARN", cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{groupARN("/a")}}, []string{"/a"}},
		{"limit", cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(2)}, []string{"/B", "/a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := inMemory(w).logs().DescribeLogGroups(t.Context(), &tt.input)
			must(t, err)
			if diff := cmp.Diff(tt.want, namesOf(out.LogGroups)); diff != "" {
				t.Error(diff)
			}
		})
	}

	out, err := inMemory(w).logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("/a")})
	must(t, err)
	if g := out.LogGroups[0]; g.KmsKeyId != nil || g.LogGroupArn != nil || *g.Arn != groupARN("/a")+":*" {
		t.Errorf("got key %v and ARN %v from a search by pattern, want only arn", g.KmsKeyId, g.LogGroupArn)
	}
}

func TestDescribeLogGroupsRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SeedLogGroups(account, region, 60, numbered)
	logs := inMemory(w).logs()
	first, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	must(t, err)
	many := make([]string, 51)
	for i := range many {
		many[i] = "x"
	}
	tests := []struct {
		name  string
		input cloudwatchlogs.DescribeLogGroupsInput
	}{
		{"prefix and pattern", cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("a"), LogGroupNamePattern: aws.String("a")}},
		{"names and prefix", cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"a"}, LogGroupNamePrefix: aws.String("a")}},
		{"too many names", cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: many}},
		{"ARN with star", cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{groupARN("/a") + ":*"}}},
		{"limit above 50", cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(51)}},
		{"limit 0", cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(0)}},
		{"bad prefix", cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("*")}},
		{"made-up token", cloudwatchlogs.DescribeLogGroupsInput{NextToken: aws.String("x")}},
		{"token of another question", cloudwatchlogs.DescribeLogGroupsInput{NextToken: first.NextToken, LogGroupNamePrefix: aws.String("/app")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := logs.DescribeLogGroups(t.Context(), &tt.input)
			if got := errorOf(err); got.Code != "InvalidParameterException" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Groups that come and go between pages must not make others appear twice or not
// at all.
func TestPagesOfAChangingList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SeedLogGroups(account, region, 120, numbered)
	remove := w.OnCall(func(c awsfake.Call) {
		switch w.CountCalls("DescribeLogGroups") {
		case 1:
			w.DeleteLogGroup(account, region, numbered(3).Name)
			w.DeleteLogGroup(account, region, numbered(49).Name) // the last of the first page
			w.DeleteLogGroup(account, region, numbered(50).Name)
			w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/aaa"})
			w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/zzz"})
		}
	})
	defer remove()
	var got []string
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(inMemory(w).logs(), &cloudwatchlogs.DescribeLogGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		got = append(got, namesOf(page.LogGroups)...)
	}
	var want []string
	for i := range 120 {
		if i != 50 {
			want = append(want, numbered(i).Name)
		}
	}
	if diff := cmp.Diff(append(want, "/zzz"), got); diff != "" {
		t.Error(diff)
	}
	if n := w.CountCalls("DescribeLogGroups"); n != 3 {
		t.Errorf("got %d pages, want 3", n)
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	want := apiError{"InvalidParameterException", "The specified nextToken is invalid."}
	tests := []struct {
		name string
		end  func(*awsfake.World)
		want apiError
	}{
		{"good for 24 hours", func(*awsfake.World) { time.Sleep(24*time.Hour - time.Minute) }, apiError{}},
		{"not for longer", func(*awsfake.World) { time.Sleep(24*time.Hour + time.Minute) }, want},
		{"invalidated", (*awsfake.World).InvalidateTokens, want},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.SeedLogGroups(account, region, 51, numbered)
				first, err := inMemory(w).logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
				must(t, err)
				tt.end(w)
				_, err = inMemory(w).logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{NextToken: first.NextToken})
				if diff := cmp.Diff(tt.want, errorOf(err)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestListLogGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SeedLogGroups(account, region, 70, numbered)
	out, err := inMemory(w).logs().ListLogGroups(t.Context(), &cloudwatchlogs.ListLogGroupsInput{LogGroupNamePattern: aws.String("0[12]$")})
	must(t, err)
	if len(out.LogGroups) != 2 || *out.LogGroups[0].LogGroupArn != groupARN("/app/0000001") {
		t.Errorf("got %d groups", len(out.LogGroups))
	}
	all, err := inMemory(w).logs().ListLogGroups(t.Context(), &cloudwatchlogs.ListLogGroupsInput{Limit: aws.Int32(1000)})
	must(t, err)
	if len(all.LogGroups) != 70 || all.NextToken != nil {
		t.Errorf("got %d groups, token %v", len(all.LogGroups), all.NextToken)
	}
}

func TestCreateLogGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	logs := inMemory(w).logs()
	tests := []struct {
		name  string
		input cloudwatchlogs.CreateLogGroupInput
		want  string
	}{
		{"plain", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/plain")}, ""},
		{"all there is", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/all"), KmsKeyId: &key,
			Tags: map[string]string{"team": "pay"}, LogGroupClass: types.LogGroupClassInfrequentAccess}, ""},
		{"exists", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/plain")}, "ResourceAlreadyExistsException"},
		{"reserved", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("AWS/x")}, "InvalidParameterException"},
		{"bad key", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/x"), KmsKeyId: aws.String("alias/x")}, "InvalidParameterException"},
		{"bad class", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/x"), LogGroupClass: "BEST"}, "InvalidParameterException"},
		{"bad tag", cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/x"), Tags: map[string]string{"a*": ""}}, "InvalidParameterException"},
	}
	for _, tt := range tests {
		_, err := logs.CreateLogGroup(t.Context(), &tt.input)
		if got := errorOf(err).Code; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	got := slices.Collect(w.LogGroups(account, region))
	want := []awsfake.LogGroup{
		{Name: "/all", KMSKeyARN: key, Class: "INFREQUENT_ACCESS", Tags: map[string]string{"team": "pay"}},
		{Name: "/plain", Class: "STANDARD"},
	}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Created" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	w.DenyAction(account, "logs:TagResource", true)
	_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/y"), Tags: map[string]string{"a": ""}})
	if diff := cmp.Diff(apiError{"AccessDeniedException", "User with accountId: 111122223333 is not authorized to perform CreateLogGroup with Tags"}, errorOf(err)); diff != "" {
		t.Error(diff)
	}
	_, err = logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/plain")})
	must(t, err)
	if total, encrypted := w.Coverage(account, region); total != 1 || encrypted != 1 {
		t.Errorf("got coverage %d of %d, want 1 of 1", encrypted, total)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/a"})
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/a#1", Tags: map[string]string{"x": "y"}})
	logs, arn, name := inMemory(w).logs(), groupARN("/a"), "/a"
	list := func() map[string]string {
		out, err := logs.ListTagsForResource(t.Context(), &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
		must(t, err)
		return out.Tags
	}
	if got := list(); got == nil || len(got) > 0 {
		t.Errorf("got %v, want no tags", got)
	}
	_, err := logs.TagResource(t.Context(), &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2", "c": "3"}})
	must(t, err)
	_, err = logs.UntagResource(t.Context(), &cloudwatchlogs.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"b"}})
	must(t, err)
	//lint:ignore SA1019 the older operations still work, so they are here
	_, err = logs.TagLogGroup(t.Context(), &cloudwatchlogs.TagLogGroupInput{LogGroupName: &name, Tags: map[string]string{"d": "4"}})
	must(t, err)
	//lint:ignore SA1019 the older operations still work, so they are here
	_, err = logs.UntagLogGroup(t.Context(), &cloudwatchlogs.UntagLogGroupInput{LogGroupName: &name, Tags: []string{"a"}})
	must(t, err)
	if diff := cmp.Diff(map[string]string{"c": "3", "d": "4"}, list()); diff != "" {
		t.Error(diff)
	}
	//lint:ignore SA1019 the older operations still work, so they are here
	old, err := logs.ListTagsLogGroup(t.Context(), &cloudwatchlogs.ListTagsLogGroupInput{LogGroupName: aws.String("/a#1")})
	must(t, err)
	if diff := cmp.Diff(map[string]string{"x": "y"}, old.Tags); diff != "" {
		t.Error(diff)
	}

	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint(i)] = ""
	}
	_, err = logs.TagResource(t.Context(), &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: many})
	if got := errorOf(err).Code; got != "TooManyTagsException" {
		t.Errorf("got %q for 51 tags", got)
	}
	for _, tt := range []struct{ arn, want string }{
		{groupARN("/a") + ":*", "InvalidParameterException"},
		{groupARN("/a#1"), "InvalidParameterException"},
		{"/a", "InvalidParameterException"},
		{awsfake.LogGroupARN(other, region, "/a"), "InvalidParameterException"},
		{groupARN("/none"), "ResourceNotFoundException"},
	} {
		_, err := logs.ListTagsForResource(t.Context(), &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &tt.arn})
		if got := errorOf(err).Code; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.arn, got, tt.want)
		}
	}
}

func TestHideNewLogGroups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		key := w.AddKey(awsfake.Key{Region: region})
		w.HideNewLogGroups(2 * time.Second)
		logs := inMemory(w).logs()
		create := func() string {
			_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/new")})
			return errorOf(err).Code
		}
		associate := func() string {
			_, err := logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/new"), KmsKeyId: &key})
			return errorOf(err).Code
		}
		seen := func() int {
			byName, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"/new"}})
			must(t, err)
			byPrefix, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/new")})
			must(t, err)
			return len(byName.LogGroups) + len(byPrefix.LogGroups)
		}
		if got := create(); got != "" {
			t.Fatal(got)
		}
		if n, code, again := seen(), associate(), create(); n != 0 || code != "ResourceNotFoundException" || again != "ResourceAlreadyExistsException" {
			t.Errorf("at once: got seen %d times, %q, %q", n, code, again)
		}
		time.Sleep(2 * time.Second)
		if n, code := seen(), associate(); n != 2 || code != "" {
			t.Errorf("later: got seen %d times, %q", n, code)
		}
	})
}
