// Package awsfake is a local stand-in of the parts of AWS that log-group-kms
// talks to, over their real wire protocols: CloudWatch Logs, KMS and STS, which the
// function needs, and what its command line asks of CloudFormation, Lambda, CloudTrail,
// EventBridge, SQS, Step Functions, CloudWatch and Account Management.
//
// A [World] holds accounts, Regions, keys, log groups, roles and stacks. It is an
// [net/http.Handler], so that real clients (the SDK, the AWS CLI) can be pointed
// at it, and it hands out a [Client] that serves the same requests in memory,
// which keeps SDK clients usable inside a testing/synctest bubble.
//
// It is strict on purpose: names, ARNs, tokens and key policies are checked as
// AWS checks them, and requests that no real client would send are kept in
// [World.Unexpected], so that a test can fail on them. Trouble is made with
// [World.Inject], [World.DenyAction] and [World.SetLimits].
//
// The package shares no code with the program under test, so that the two
// cannot share a mistake.
package awsfake
