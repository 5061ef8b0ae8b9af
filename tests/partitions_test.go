package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
)

// TestPartitions does once in each of AWS's partitions whatever names a resource: the
// ARNs and placeholders that are sent and answered have to be the partition's own.
func TestPartitions(t *testing.T) {
	for here, partition := range map[string]string{"eu-west-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		t.Run(partition, func(t *testing.T) {
			t.Parallel()
			const member = payments
			function := "arn:" + partition + ":lambda:" + here + ":" + account + ":function:f"
			w := awsfake.New(account)
			keys := map[string]string{}
			for _, id := range []string{account, member} {
				keys[id] = newKey(w, "alias/logs", awsfake.Key{Account: id, Region: here})
				newKey(w, "alias/special", awsfake.Key{Account: id, Region: here})
				w.PutLogGroup(id, here, awsfake.LogGroup{Name: "/app/new"})
				w.PutLogGroup(id, here, awsfake.LogGroup{Name: "/app/tagged", Tags: map[string]string{"kms-key": "alias/special"}})
			}
			w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(member, here, memberRole)})
			s := startAs(t, w, function, hub("AWS_REGION="+here, "AWS_LAMBDA_LOG_GROUP_NAME=/app/new", "ASSOCIATE_RATE=0",
				"DEFAULT_KMS_KEY=alias/logs", "QUERY_RESULT_KMS_KEY=arn:{partition}:kms:{region}:{account}:alias/logs",
				"TAG_ALLOWED_KEYS=arn:"+partition+":kms:{region}:{account}:key/*")...)
			for _, id := range []string{account, member} {
				event := created("/app/new", of(id), with("awsRegion", here), around("region", here))
				got := s.does(event)
				s.equal("event", got.Outcome+" "+got.KMSKeyARN, "associated "+keys[id])
				s.wantFailed(s.invoke(batch(event)), failed())
				s.equal("by ARN", s.does(`{"action":"encrypt","resourceIdentifier":"`+awsfake.LogGroupARN(id, here, "/app/new")+`:*"}`).KMSKeyARN, keys[id])
				s.equal("query results", s.does(`{"action":"encrypt","resourceIdentifier":"`+awsfake.QueryResultARN(id, here)+`"}`).KMSKeyARN, keys[id])
				s.equal("tag", s.does(command("/app/tagged", `"account":"`+id+`"`)).short()[:14], "associated/tag")
				s.equal("swept", s.sweep(`"account":"`+id+`"`).Examined, 2)
				checked := s.invoke(`{"action":"check","account":"` + id + `"}`)
				var a struct{ Failed int }
				if err := json.Unmarshal(checked.Payload, &a); err != nil || a.Failed > 0 {
					t.Errorf("check of %s: got %s %s, want nothing that failed", id, checked.Payload, checked.ErrorMessage)
				}
			}
			for _, call := range w.Calls() {
				for _, value := range call.Request {
					if text, ok := value.(string); ok && strings.HasPrefix(text, "arn:") {
						mentions(t, text, "arn:"+partition+":")
					}
				}
				s.equal("Region of the request", call.Region, here)
				s.equal("error of "+call.Operation, call.ErrorCode, "")
			}
			text := strings.Join(s.function.Lines(), "\n")
			mentions(t, text, "arn:"+partition+":")
			for _, other := range []string{"aws", "aws-us-gov", "aws-cn"} {
				if other != partition {
					omits(t, text, `"arn:`+other+`:`)
				}
			}
		})
	}
}
