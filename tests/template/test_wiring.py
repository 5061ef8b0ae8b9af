"""Who hands what to whom, and by which right: events to the queue and on to the function, starts to the state machine."""

import json
import re
import unittest

import sam
import stack
from sam import replaced, without
from stack import deploy
from switches import same, statement

from botocore.exceptions import ClientError


def events_go_through_the_queue(template=None):
    s = deploy(template)
    for name in ("CreateLogGroupRule", "DriftRule"):
        (target,) = s.properties(name)["Targets"]
        same((target["Arn"], "Input" in target), (s.arn("EventQueue"), False), f"target of {name}")
    sent = statement(s.properties("EventQueuePolicy")["PolicyDocument"], "OwnRulesSend")
    same((sent["Principal"], sent["Action"], sent["Resource"]), ({"Service": "events.amazonaws.com"}, "sqs:SendMessage", s.arn("EventQueue")), "who may send")
    same(sorted(sent["Condition"]["ArnEquals"]["aws:SourceArn"]), sorted(map(s.arn, ("CreateLogGroupRule", "DriftRule"))), "rules that may send events")
    (source,) = s.of_type("AWS::Lambda::EventSourceMapping").values()
    same((source["FunctionName"], source["EventSourceArn"]), (s.physical["EventFunction"], s.arn("EventQueue")), "who reads")
    same(source["FunctionResponseTypes"], ["ReportBatchItemFailures"], "failures message by message")
    same((source["BatchSize"], source["MaximumBatchingWindowInSeconds"]), (1, 0), "nobody waits for others")
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        same((s.may("EventFunctionRole", action, s.arn("EventQueue")), s.may("SweepFunctionRole", action, s.arn("EventQueue"))), (True, False), action)
    same([name for name, r in s.resources.items() if r["Type"] in ("AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig")], [], "another way to the function")


def what_fails_is_parked_within_the_hour(template=None):
    s = deploy(template)
    queue, parked = s.properties("EventQueue"), s.properties("DeadLetterQueue")
    visible, tries = queue["VisibilityTimeout"], queue["RedrivePolicy"]["maxReceiveCount"]
    same(visible >= 6 * s.properties("EventFunction")["Timeout"], True, f"visibility of {visible} seconds, six times the function's timeout")
    same((5 <= tries, visible * tries <= 3600), (True, True), f"{tries} tries of {visible} seconds")
    same(3 * visible < 900, True, "an event that was tried three times is out of the age of the oldest before the alarm's limit")
    same(queue["RedrivePolicy"]["deadLetterTargetArn"], s.arn("DeadLetterQueue"), "where it is parked")
    same(parked["RedriveAllowPolicy"], {"redrivePermission": "byQueue", "sourceQueueArns": [s.arn("EventQueue")]}, "who may park")
    same(queue["MessageRetentionPeriod"] < parked["MessageRetentionPeriod"] == 1209600, True, "how long events are kept")


def rules_park_what_they_cannot_hand_over(template=None):
    s = deploy(template)
    rules = s.of_type("AWS::Events::Rule")
    for name, rule in rules.items():
        same(rule["State"], "ENABLED", f"state of {name}")
        for target in rule["Targets"]:
            same(target["DeadLetterConfig"], {"Arn": s.arn("DeadLetterQueue")}, f"dead letters of {name}")
            same((target["RetryPolicy"]["MaximumEventAgeInSeconds"], target["RetryPolicy"]["MaximumRetryAttempts"]), (86400, 185), f"retries of {name}")
    parks = statement(s.properties("DeadLetterQueuePolicy")["PolicyDocument"], "OwnRulesPark")
    same((parks["Principal"], parks["Action"], parks["Resource"]), ({"Service": "events.amazonaws.com"}, "sqs:SendMessage", s.arn("DeadLetterQueue")), "who may park")
    same(sorted(parks["Condition"]["ArnEquals"]["aws:SourceArn"]), sorted(map(s.arn, rules)), "rules that may park events")


def queues_are_closed(template=None):
    s = deploy(template)
    for name, queue in s.of_type("AWS::SQS::Queue").items():
        same(queue.get("SqsManagedSseEnabled"), True, f"encryption of {name}")
        (policy,) = [p["PolicyDocument"] for p in s.of_type("AWS::SQS::QueuePolicy").values() if s.physical[name] in p["Queues"]]
        same([(x["Effect"], x["Principal"], x["Action"], x["Resource"], x["Condition"]) for x in policy["Statement"] if x["Sid"] == "RefusePlainHttp"],
             [("Deny", "*", "sqs:*", s.arn(name), {"Bool": {"aws:SecureTransport": "false"}})], f"refusal of plain HTTP at {name}")
        same(len(policy["Statement"]), 2, f"statements of {name}")


STARTS = {"DeploymentRule": "deployment", "KeyRule": "key-event"}


def rules_start_sweeps(template=None):
    s = deploy(template)
    for name, who in STARTS.items():
        (target,) = s.properties(name)["Targets"]
        starts(s, target, "SweepStartRole", who)
    trusted_by(s, "SweepStartRole", "events.amazonaws.com", sorted(map(s.arn, STARTS)))


def schedule_starts_sweeps(template=None):
    s = deploy(template)
    (schedule,) = s.of_type("AWS::Scheduler::Schedule").values()
    starts(s, schedule["Target"], "ScheduleRole", "schedule")
    same((schedule.get("Name"), schedule["GroupName"]), (None, s.physical["SweepScheduleGroup"]), "name and group of the schedule")
    group = f"arn:aws:scheduler:eu-west-1:{stack.ACCOUNT}:schedule-group/{s.physical['SweepScheduleGroup']}"
    trusted_by(s, "ScheduleRole", "scheduler.amazonaws.com", group)


def starts(s, target, role, who):
    """A target is the state machine, by a role that may start it and nothing else, and says who starts it."""
    same((target["Arn"], target["RoleArn"]), (s.arn("SweepStateMachine"), s.arn(role)), f"target and role of {who}")
    same(json.loads(target["Input"]), {"action": "sweep", "startedBy": who}, f"input of {who}")
    same(f"'{who}'" in json.dumps(sam.definition()["States"]["CheckInput"]), True, f"the state machine knows {who}")
    same([(x["Action"], x["Resource"]) for x in s.statements(role)], [("states:StartExecution", s.arn("SweepStateMachine"))], f"what {role} may do")


def trusted_by(s, role, service, source):
    (trust,) = s.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    got = trust["Condition"]["ArnEquals"]["aws:SourceArn"]
    same((trust["Principal"], trust["Action"], trust["Condition"]["StringEquals"], sorted(got) if isinstance(got, list) else got),
         ({"Service": service}, "sts:AssumeRole", {"aws:SourceAccount": stack.ACCOUNT}, source), f"who may use {role}")


def sweep_calls_its_function(template=None):
    s = deploy(template)
    machine = s.properties("SweepStateMachine")
    text = "".join(machine["DefinitionString"])
    same(set(re.findall(r"\$\{(\w+)\}", text)), set(machine["DefinitionSubstitutions"]), "placeholders of the definition")
    same(machine["DefinitionSubstitutions"], {"Partition": "aws", "SweepFunctionArn": s.arn("SweepFunction")}, "what they stand for")
    same(json.loads(text), sam.definition(), "definition")
    same(machine["RoleArn"], s.arn("SweepStateMachineRole"), "role")
    logging = machine["LoggingConfiguration"]
    # AWS gives this ARN with ":*" at its end, as Step Functions wants it; moto leaves that out.
    same((logging["Level"], [d["CloudWatchLogsLogGroup"]["LogGroupArn"] for d in logging["Destinations"]]), ("ERROR", [s.arn("StateMachineLogGroup")]), "logging")
    same(machine["TracingConfiguration"], {"Enabled": True}, "tracing")
    own = s.arn("SweepStateMachine")
    rights = {x["Sid"]: (x["Action"], x["Resource"]) for x in s.statements("SweepStateMachineRole")}
    same({sid: rights[sid] for sid in ("CallSweepFunction", "LookForOtherSweeps", "LookAtOtherSweeps")}, {
        "CallSweepFunction": ("lambda:InvokeFunction", s.arn("SweepFunction")),
        "LookForOtherSweeps": ("states:ListExecutions", own),
        "LookAtOtherSweeps": ("states:DescribeExecution", own.replace(":stateMachine:", ":execution:") + ":*"),
    }, "what the state machine may do")
    same(set(re.findall(r':states:::([a-zA-Z:-]+)"', json.dumps(sam.definition()))), {"lambda:invoke", "aws-sdk:sfn:listExecutions", "aws-sdk:sfn:describeExecution"}, "what the definition calls")
    trusted_by(s, "SweepStateMachineRole", "states.amazonaws.com", own)
    for function in ("EventFunctionRole", "SweepFunctionRole"):
        (trust,) = s.properties(function)["AssumeRolePolicyDocument"]["Statement"]
        same(trust["Principal"], {"Service": "lambda.amazonaws.com"}, f"who may use {function}")


CHECKS = (
    events_go_through_the_queue, what_fails_is_parked_within_the_hour, rules_park_what_they_cannot_hand_over, queues_are_closed,
    rules_start_sweeps, schedule_starts_sweeps, sweep_calls_its_function,
)


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail."""
    def put(*path_and_value):
        return replaced(good, "Resources", *path_and_value)

    def cut(*path):
        return without(good, "Resources", *path)

    def arn(name):
        return {"Fn::GetAtt": [name, "Arn"]}

    yield "past the queue", put("DriftRule", "Properties", "Targets", 0, "Arn", arn("EventFunction")), events_go_through_the_queue
    yield "a rule that may not send", cut("EventQueuePolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn", 1), events_go_through_the_queue
    yield "anybody may send", cut("EventQueuePolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals"), events_go_through_the_queue
    yield "the wrong queue read", put("EventSource", "Properties", "EventSourceArn", arn("DeadLetterQueue")), events_go_through_the_queue
    yield "one failure repeats all", cut("EventSource", "Properties", "FunctionResponseTypes"), events_go_through_the_queue
    yield "a lone event waits", put("EventSource", "Properties", "MaximumBatchingWindowInSeconds", 5), events_go_through_the_queue
    yield "neighbours wait", put("EventSource", "Properties", "BatchSize", 10), events_go_through_the_queue
    yield "a reader without the right", cut("EventFunctionRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 1, "Action", 1), events_go_through_the_queue
    yield "seen twice", put("EventQueue", "Properties", "VisibilityTimeout", 120), what_fails_is_parked_within_the_hour
    yield "tried for hours", put("EventQueue", "Properties", "RedrivePolicy", "maxReceiveCount", 100), what_fails_is_parked_within_the_hour
    yield "given up at once", put("EventQueue", "Properties", "RedrivePolicy", "maxReceiveCount", 1), what_fails_is_parked_within_the_hour
    yield "a function that takes longer", put("EventFunction", "Properties", "Timeout", 60), what_fails_is_parked_within_the_hour
    yield "never parked", cut("EventQueue", "Properties", "RedrivePolicy"), what_fails_is_parked_within_the_hour
    yield "parked by anybody", cut("DeadLetterQueue", "Properties", "RedriveAllowPolicy"), what_fails_is_parked_within_the_hour
    yield "parked and gone", put("DeadLetterQueue", "Properties", "MessageRetentionPeriod", 345600), what_fails_is_parked_within_the_hour
    yield "no dead letters", cut("KeyRule", "Properties", "Targets", 0, "DeadLetterConfig"), rules_park_what_they_cannot_hand_over
    yield "no right to park", cut("DeadLetterQueuePolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn", 2), \
        rules_park_what_they_cannot_hand_over
    yield "a rule switched off", put("CreateLogGroupRule", "Properties", "State", "DISABLED"), rules_park_what_they_cannot_hand_over
    yield "a rule of another name", put("DriftRule", "Properties", "Name", "drift"), rules_park_what_they_cannot_hand_over
    yield "given up early", put("KeyRule", "Properties", "Targets", 0, "RetryPolicy", "MaximumRetryAttempts", 1), rules_park_what_they_cannot_hand_over
    yield "a queue in the clear", put("EventQueue", "Properties", "SqsManagedSseEnabled", False), queues_are_closed
    yield "a queue by plain HTTP", cut("DeadLetterQueuePolicy", "Properties", "PolicyDocument", "Statement", 1), queues_are_closed
    yield "a start without its input", put("DeploymentRule", "Properties", "Targets", 0, "Input", "{}"), rules_start_sweeps
    yield "a key event that looks like a schedule", put("KeyRule", "Properties", "Targets", 0, "Input", '{"action":"sweep","startedBy":"schedule"}'), rules_start_sweeps
    yield "a role that others may use", cut("SweepStartRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "ArnEquals"), rules_start_sweeps
    yield "a role that may do more", put("SweepStartRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Action", "states:*"), rules_start_sweeps
    schedule = ("SweepStateMachine", "Properties", "Events", "Schedule", "Properties")
    yield "a schedule with a fixed name", put(*schedule, "OmitName", False), schedule_starts_sweeps
    yield "a schedule in everybody's group", cut(*schedule, "GroupName"), schedule_starts_sweeps
    yield "a schedule that does something else", put(*schedule, "Input", '{"action":"encrypt"}'), schedule_starts_sweeps
    yield "a schedule by another role", put(*schedule, "RoleArn", arn("SweepStateMachineRole")), schedule_starts_sweeps
    yield "a schedule's role for other groups", put("ScheduleRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn",
                                                    {"Fn::Sub": "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"}), schedule_starts_sweeps
    yield "a partition written out for the state machine", put("SweepStateMachine", "Properties", "DefinitionSubstitutions", "Partition", "aws-cn"), sweep_calls_its_function
    yield "a placeholder left open", cut("SweepStateMachine", "Properties", "DefinitionSubstitutions", "Partition"), sweep_calls_its_function
    yield "the wrong function swept", put("SweepStateMachine", "Properties", "DefinitionSubstitutions", "SweepFunctionArn", arn("EventFunction")), sweep_calls_its_function
    yield "no right to call the function", put("SweepStateMachineRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Resource", arn("EventFunction")), \
        sweep_calls_its_function
    yield "no right to see the others", cut("SweepStateMachineRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 1), sweep_calls_its_function
    yield "a state machine of another name", put("SweepStateMachine", "Properties", "Name", "sweep"), sweep_calls_its_function
    yield "no logs of executions", cut("SweepStateMachine", "Properties", "Logging"), sweep_calls_its_function
    yield "no traces", cut("SweepStateMachine", "Properties", "Tracing"), sweep_calls_its_function


class Wiring(unittest.TestCase):
    def test_hands_on_as_it_is_to(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check()

    def test_bites(self):
        """Each check sees the mistakes that it is there for. CloudFormation refuses some itself."""
        seen = set()
        for what, template, check in mistakes(sam.source()):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ClientError)):
                    check(template)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
