package awsfake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

const member = "arn:aws:iam::444455556666:role/path/member"

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.AddRole(member, true)
		w.AddRole("arn:aws:iam::444455556666:role/closed", false)
		w.PutLogGroup(other, region, awsfake.LogGroup{Name: "/theirs"})
		client := inMemory(w).sts()

		out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(member), RoleSessionName: aws.String("session")})
		must(t, err)
		if got, want := *out.AssumedRoleUser.Arn, "arn:aws:sts::444455556666:assumed-role/member/session"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := *out.Credentials.Expiration, time.Now().Add(time.Hour).Truncate(time.Second); !got.Equal(want) {
			t.Errorf("got an end at %v, want %v", got, want)
		}
		for _, role := range []string{"arn:aws:iam::444455556666:role/closed", "arn:aws:iam::444455556666:role/none"} {
			_, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
			want := apiError{"AccessDenied", "User: arn:aws:iam::111122223333:user/local is not authorized to perform: sts:AssumeRole on resource: " + role}
			if diff := cmp.Diff(want, errorOf(err)); diff != "" {
				t.Error(diff)
			}
		}

		logs := cloudwatchlogs.New(cloudwatchlogs.Options{
			Region: region, BaseEndpoint: aws.String("http://aws.invalid"), HTTPClient: w.Client(), Retryer: aws.NopRetryer{},
			Credentials: aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, member)),
		})
		list := func() (apiError, int) {
			groups, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			if err != nil {
				return errorOf(err), 0
			}
			return apiError{}, len(groups.LogGroups)
		}
		if e, n := list(); n != 1 {
			t.Errorf("got %d of the member's groups, %+v", n, e)
		}
		time.Sleep(2 * time.Hour) // the provider renews what has run out
		if e, n := list(); n != 1 {
			t.Errorf("got %d of the member's groups after two hours, %+v", n, e)
		}
		w.ExpireCredentials()
		if e, _ := list(); e.Code != "ExpiredTokenException" {
			t.Errorf("got %+v with expired credentials", e)
		}
	})
}

func TestGetCallerIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddAccessKey("AKIAOTHER", other, "ann")
	for _, tt := range []struct{ key, account, arn string }{
		{"AKIAWHOEVER", account, "arn:aws:iam::111122223333:user/local"},
		{"AKIAOTHER", other, "arn:aws:iam::444455556666:user/ann"},
	} {
		s := overSockets(t, w)
		s.keyID = tt.key
		out, err := s.sts().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		must(t, err)
		if *out.Account != tt.account || *out.Arn != tt.arn {
			t.Errorf("%s: got %s, %s", tt.key, *out.Account, *out.Arn)
		}
	}
}

func TestFaultsOfSTS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, want := range map[awsfake.FaultKind]string{
		awsfake.AccessDeniedIAM:    "AccessDenied",
		awsfake.ExpiredToken:       "ExpiredToken",
		awsfake.UnrecognizedClient: "InvalidClientTokenId",
		awsfake.Throttling400:      "Throttling",
		awsfake.InternalFailure500: "InternalFailure",
	} {
		remove := w.Inject(awsfake.Fault{Service: "sts", Kind: kind})
		_, err := inMemory(w).sts().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if got := errorOf(err).Code; got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
		remove()
	}
}
