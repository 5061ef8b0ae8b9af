package awsfake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"log-group-kms/internal/awsfake"
)

const (
	hubRole   = "arn:aws:iam::111122223333:role/hub"
	hubKeyID  = "ASIAHUB"
	thirdUser = "AKIATHIRD"
)

func TestTrustPolicies(t *testing.T) {
	t.Parallel()
	const fleet = "arn:aws:iam::111122223333:role/fleet/hub"
	for _, tt := range []struct {
		name, trust, keyID, externalID string
		want                           string // error code
	}{
		{"anybody", "", thirdUser, "", ""},
		{"nobody", awsfake.Trust(""), hubKeyID, "", "AccessDenied"},
		{"the caller's role", awsfake.Trust("", hubRole), hubKeyID, "", ""},
		{"another role of the caller's account", awsfake.Trust("", fleet), hubKeyID, "", "AccessDenied"},
		{"the caller's account", awsfake.Trust("", account), hubKeyID, "", ""},
		{"the caller's account by its root", awsfake.Trust("", "arn:aws:iam::111122223333:root"), hubKeyID, "", ""},
		{"another account", awsfake.Trust("", account), thirdUser, "", "AccessDenied"},
		{"the external ID", awsfake.Trust("secret/1", hubRole), hubKeyID, "secret/1", ""},
		{"another external ID", awsfake.Trust("secret/1", hubRole), hubKeyID, "secret/2", "AccessDenied"},
		{"no external ID", awsfake.Trust("secret/1", hubRole), hubKeyID, "", "AccessDenied"},
		{"an external ID that nobody wants", awsfake.Trust("", hubRole), hubKeyID, "secret/1", ""},
		{"an external ID that cannot be", "", hubKeyID, "a b", "ValidationError"},
		{"by the principal's ARN", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole",
			"Condition":{"ArnEquals":{"aws:PrincipalArn":["` + hubRole + `"]}}}}`, hubKeyID, "", ""},
		{"by another's ARN", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole",
			"Condition":{"ArnEquals":{"aws:PrincipalArn":["` + fleet + `"]}}}}`, hubKeyID, "", "AccessDenied"},
		{"one that does not parse", `{"Statement":[]}`, hubKeyID, "", "AccessDenied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.AddRoleKey(hubKeyID, hubRole, "hub")
			w.AddAccessKey(thirdUser, other, "ann")
			w.PutRole(awsfake.Role{ARN: member, Trust: tt.trust})
			s := inMemory(w)
			s.keyID = tt.keyID
			input := &sts.AssumeRoleInput{RoleArn: aws.String(member), RoleSessionName: aws.String("session")}
			if tt.externalID != "" {
				input.ExternalId = aws.String(tt.externalID)
			}
			_, err := s.sts().AssumeRole(t.Context(), input)
			if got := errorOf(err).Code; got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

// as gives a site with the credentials of a role.
func as(t *testing.T, w *awsfake.World, role string) (*cloudwatchlogs.Client, *kms.Client) {
	t.Helper()
	out, err := inMemory(w).sts().AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
	must(t, err)
	provider := credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return cloudwatchlogs.New(cloudwatchlogs.Options{
			Region: region, BaseEndpoint: aws.String("http://aws.invalid"), HTTPClient: w.Client(), Retryer: aws.NopRetryer{}, Credentials: provider,
		}), kms.New(kms.Options{
			Region: region, BaseEndpoint: aws.String("http://aws.invalid"), HTTPClient: w.Client(), Retryer: aws.NopRetryer{}, Credentials: provider,
		})
}

// A role may do what its policy says, on what it says, in its own account alone.
func TestRolePolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Account: other, Region: region})
	w.AddAlias(other, region, "alias/logs", key)
	elsewhere := w.AddKey(awsfake.Key{Account: other, Region: region})
	w.PutLogGroup(other, region, awsfake.LogGroup{Name: "/app"})
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/mine"})
	w.PutRole(awsfake.Role{ARN: member, Policy: `{"Statement":[
		{"Effect":"Allow","Action":["logs:DescribeLogGroups","logs:AssociateKmsKey"],"Resource":"arn:aws:logs:eu-west-1:444455556666:log-group:*"},
		{"Effect":"Allow","Action":"kms:DescribeKey","Resource":"` + key + `"}]}`})
	logs, keys := as(t, w, member)

	groups, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	must(t, err)
	if len(groups.LogGroups) != 1 || *groups.LogGroups[0].LogGroupName != "/app" {
		t.Errorf("got %d log groups, want the member's own", len(groups.LogGroups))
	}
	_, err = logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/app"), KmsKeyId: &key})
	must(t, err)
	_, err = keys.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/logs")})
	must(t, err)
	for what, call := range map[string]func() error{
		"an action too many": func() error {
			_, err := logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/app")})
			return err
		},
		"another key": func() error {
			_, err := keys.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &elsewhere})
			return err
		},
		"another key, through CloudWatch Logs": func() error {
			_, err := logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/app"), KmsKeyId: &elsewhere})
			return err
		},
	} {
		if got := errorOf(call()).Code; got != "AccessDeniedException" {
			t.Errorf("%s: got %q, want AccessDeniedException", what, got)
		}
	}
	_, err = logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/mine"), KmsKeyId: &key})
	if got := errorOf(err).Code; got != "ResourceNotFoundException" {
		t.Errorf("another account's log group: got %q, want ResourceNotFoundException", got)
	}
}

// A role that is made anew is another role, whatever its name.
func TestRoleMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.PutRole(awsfake.Role{ARN: member})
		logs, _ := as(t, w, member)
		list := func() string {
			_, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			return errorOf(err).Code
		}
		if got := list(); got != "" {
			t.Errorf("got %q, want success", got)
		}
		w.DeleteRole(member)
		if got := list(); got != "UnrecognizedClientException" {
			t.Errorf("without the role: got %q, want UnrecognizedClientException", got)
		}
		w.PutRole(awsfake.Role{ARN: member})
		if got := list(); got != "UnrecognizedClientException" {
			t.Errorf("with another role of that name: got %q, want UnrecognizedClientException", got)
		}
		logs, _ = as(t, w, member)
		time.Sleep(time.Hour - time.Second)
		if got := list(); got != "" {
			t.Errorf("with its credentials: got %q, want success", got)
		}
		time.Sleep(time.Second)
		if got := list(); got != "ExpiredTokenException" {
			t.Errorf("after an hour: got %q, want ExpiredTokenException", got)
		}
	})
}

func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.PutRole(awsfake.Role{ARN: member})
	w.EnableRegion(other, region, false)
	logs, _ := as(t, w, member)
	_, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	if got := errorOf(err).Code; got != "UnrecognizedClientException" {
		t.Errorf("got %q, want UnrecognizedClientException", got)
	}
	w.EnableRegion(other, region, true)
	_, err = logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	must(t, err)
}
