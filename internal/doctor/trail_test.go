package doctor_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/doctor"
)

// field is a condition of an advanced selector.
type field = awsfake.FieldSelector

func advanced(fields ...field) []awsfake.AdvancedSelector {
	return []awsfake.AdvancedSelector{{FieldSelectors: fields}}
}

var (
	management = field{Field: "eventCategory", Equals: []string{"Management"}}
	data       = field{Field: "eventCategory", Equals: []string{"Data"}}
	noKMS      = field{Field: "eventSource", NotEquals: []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"}}
)

// Healthy accounts are of many kinds; none of them may be told that it is ill.
func TestTrail(t *testing.T) {
	const without = "kms.amazonaws.com"
	good := expect{result: check.OK, says: []string{"logs the management events"}}
	bad := func(says ...string) expect { return expect{check.Failed, says, "start a trail", "missed-by-events"} }
	skips := expect{check.Warning, []string{without}, without, "missed-by-events"}
	for _, test := range []struct {
		name   string
		trails []awsfake.Trail
		deny   string
		want   expect
	}{
		{"none", nil, "", bad("there is none")},
		{"of this Region alone", []awsfake.Trail{{HomeRegion: region}}, "", good},
		{"of all Regions, made in another", []awsfake.Trail{{HomeRegion: "us-east-1", MultiRegion: true}}, "", good},
		{"of another Region alone", []awsfake.Trail{{HomeRegion: "us-east-1"}}, "", bad("there is none")},
		{"of the organization", []awsfake.Trail{{Name: "org", Account: other, HomeRegion: "us-east-1", MultiRegion: true, Members: []string{own}}}, "",
			expect{result: check.OK, says: []string{"trail org of the organization"}}},
		{"of the organization, whose selectors a member may not see", []awsfake.Trail{{Account: other, HomeRegion: "us-east-1", MultiRegion: true, Members: []string{own}}},
			"cloudtrail:GetEventSelectors", expect{check.Unknown, []string{"cloudtrail:GetEventSelectors"}, "cloudtrail:GetEventSelectors", ""}},
		{"stopped, whose selectors nobody may see", []awsfake.Trail{{HomeRegion: region, Stopped: true}}, "cloudtrail:GetEventSelectors", bad("is stopped")},
		{"for data alone, whose status nobody may see", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(data)}}, "cloudtrail:GetTrailStatus", bad("no writing management events")},
		{"stopped", []awsfake.Trail{{Name: "old", HomeRegion: region, Stopped: true}}, "", bad("trail old is stopped")},
		{"one stopped, one not", []awsfake.Trail{{Name: "old", HomeRegion: region, Stopped: true}, {Name: "new", HomeRegion: region}}, "", good},
		{"one for data, one for all", []awsfake.Trail{{Name: "data", HomeRegion: region, Advanced: advanced(data)}, {Name: "all", HomeRegion: region, Advanced: advanced(management)}}, "", good},

		{"writing calls", []awsfake.Trail{{HomeRegion: region, Basic: []awsfake.BasicSelector{{ReadWriteType: "WriteOnly", IncludeManagementEvents: true}}}}, "", good},
		{"reading calls", []awsfake.Trail{{HomeRegion: region, Basic: []awsfake.BasicSelector{{ReadWriteType: "ReadOnly", IncludeManagementEvents: true}}}}, "", bad("no writing management events")},
		{"data events in the older way", []awsfake.Trail{{HomeRegion: region, Basic: []awsfake.BasicSelector{
			{ReadWriteType: "All", DataResources: []awsfake.DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:s3"}}}}}}}, "", bad("no writing management events")},
		{"without KMS in the older way", []awsfake.Trail{{HomeRegion: region, Basic: []awsfake.BasicSelector{
			{ReadWriteType: "All", IncludeManagementEvents: true, ExcludeManagementEventSources: []string{without}}}}}, "", skips},
		{"KMS in another trail", []awsfake.Trail{
			{Name: "a", HomeRegion: region, Advanced: advanced(management, noKMS)},
			{Name: "b", HomeRegion: region, Advanced: advanced(management, field{Field: "eventSource", Equals: []string{without}})},
		}, "", good},

		{"advanced", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management)}}, "", good},
		{"advanced, writing", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "readOnly", Equals: []string{"false"}})}}, "", good},
		{"advanced, reading", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "readOnly", Equals: []string{"true"}})}}, "", bad("no writing")},
		{"advanced without KMS", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, noKMS)}}, "", skips},
		{"advanced without CloudWatch Logs", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "eventSource", NotStartsWith: []string{"logs."}})}}, "", bad("no writing")},
		{"advanced, other calls", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "eventName", StartsWith: []string{"Delete"}})}}, "", bad("no writing")},
		{"advanced, all but one service's", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "eventSource", NotEndsWith: []string{"s3.amazonaws.com"}})}}, "", good},
		{"advanced, some callers' calls", []awsfake.Trail{{HomeRegion: region, Advanced: advanced(management, field{Field: "userIdentity.arn", NotStartsWith: []string{"arn:aws:iam::111122223333:role/deploy"}})}}, "",
			expect{check.Warning, []string{"only some"}, "all writing management events", "missed-by-events"}},
		{"advanced, two selectors", []awsfake.Trail{{HomeRegion: region, Advanced: append(advanced(data), advanced(management)...)}}, "", good},
	} {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(s *setup) {
				s.world = awsfake.New(own) // without the setup's trail
				s.stack = s.resources()
				for _, trail := range test.trails {
					s.world.PutTrail(trail)
				}
				if test.deny != "" {
					s.world.DenyAction("", test.deny, true)
				}
				test.want.holds(s.T, s.mustLook(), doctor.EventsTrail)
			})
		})
	}
}

// otherRegion is a CloudTrail that lists a trail of another Region.
type otherRegion struct{ doctor.TrailsAPI }

func (otherRegion) DescribeTrails(context.Context, *cloudtrail.DescribeTrailsInput, ...func(*cloudtrail.Options)) (*cloudtrail.DescribeTrailsOutput, error) {
	return &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{{Name: aws.String("far"), HomeRegion: aws.String("us-east-1"), IsMultiRegionTrail: aws.Bool(false)}}}, nil
}

// A trail of another Region brings no event here, whether CloudTrail lists it or not.
func TestTrailOfAnotherRegionListed(t *testing.T) {
	run(t, func(s *setup) {
		s.world.DeployStack(s.stack)
		deps := s.deps()
		deps.Trails = otherRegion{deps.Trails}
		report, err := doctor.Run(s.Context(), deps, doctor.Options{Stack: "keys", Region: region})
		if err != nil {
			s.Fatal(err)
		}
		expect{check.Failed, []string{"trail far logs us-east-1 alone"}, "start a trail", "missed-by-events"}.holds(s.T, report, doctor.EventsTrail)
	})
}

// secret is a CloudTrail that keeps the selectors of the organization's trail to itself.
type secret struct{ doctor.TrailsAPI }

func (s secret) GetEventSelectors(ctx context.Context, in *cloudtrail.GetEventSelectorsInput, o ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error) {
	if strings.HasSuffix(aws.ToString(in.TrailName), "/org") {
		return nil, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	}
	return s.TrailsAPI.GetEventSelectors(ctx, in, o...)
}

// Where the organization's trail may hold what the account's own leaves out, nobody is
// told that it is missing.
func TestTrailBesideASecretOne(t *testing.T) {
	run(t, func(s *setup) {
		s.world = awsfake.New(own)
		s.world.PutTrail(awsfake.Trail{Name: "own", HomeRegion: region, Advanced: advanced(management, noKMS)})
		s.world.PutTrail(awsfake.Trail{Name: "org", Account: other, HomeRegion: "us-east-1", MultiRegion: true, Members: []string{own}})
		s.stack = s.resources()
		s.world.DeployStack(s.stack)
		deps := s.deps()
		deps.Trails = secret{deps.Trails}
		report, err := doctor.Run(s.Context(), deps, doctor.Options{Stack: "keys", Region: region})
		if err != nil {
			s.Fatal(err)
		}
		expect{check.Unknown, []string{"kms.amazonaws.com", "trail own", "cloudtrail:GetEventSelectors"}, "cloudtrail:GetEventSelectors", "missing-right"}.holds(s.T, report, doctor.EventsTrail)
	})
}
