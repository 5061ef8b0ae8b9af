"""The stack that the template makes, on moto's CloudFormation: each switch both ways, other partitions, who may call whom."""

import json
import re
import unittest

import sam
import stack
from sam import replaced, without
from stack import deploy, leftovers, listed
from switches import FUNCTIONS, KEY, OWN_KEY, SWITCHES, TURNED, same, statement

from botocore.exceptions import ClientError
from cfnlint.api import ManualArgs, lint

# Each variable of both functions, and the parameter behind it.
SETTINGS = {
    "DEFAULT_KMS_KEY": "DefaultKmsKey", "KMS_KEY_TAG": "KmsKeyTag", "TAG_ALLOWED_KEYS": "TagAllowedKeys", "RULES": "Rules",
    "RULES_FILE": "RulesFile", "EXCLUDE": "Exclude", "EXISTING_KEY": "ExistingKey", "QUERY_RESULT_KMS_KEY": "QueryResultKmsKey",
    "MEMBER_ROLE": "MemberRole", "DRY_RUN": "DryRun", "DESCRIBE_RATE": None, "METRICS_NAMESPACE": "MetricsNamespace",
    "AWS_MAX_ATTEMPTS": "MaxAttempts", "AWS_ENDPOINT_URL": "AwsEndpointUrl", "ASSOCIATE_RATE": None,
}
VALUES = {
    "DefaultKmsKey": "alias/one", "KmsKeyTag": "two", "TagAllowedKeys": "alias/three", "Rules": '{"rules":[]}', "RulesFile": "",
    "Exclude": "/five", "ExistingKey": "replace", "QueryResultKmsKey": "alias/six", "MemberRole": "seven", "DryRun": "true",
    "DescribeRate": "88", "MetricsNamespace": "Nine", "MaxAttempts": "10", "AwsEndpointUrl": "http://eleven", "EventAssociateRate": "12",
    "AssociateRate": "13", "EventDescribeRate": "14",
}


# --- What holds for every deployment. Each takes a template, so that it can be shown to see a mistake in it. ----------------


def switches_switch(template=None):
    for condition, (on, off, effect) in SWITCHES.items():
        for value, parameters in ((True, on), (False, off)):
            s = deploy(template, **parameters)
            same(s.conditions[condition], value, f"{condition} with {parameters}")
            complete(s)
            effect(s, value)
    complete(deploy(template, **TURNED))


def complete(s):
    """It was made, everything in it, and no reference came to nothing."""
    template = sam.source()
    same(s.status, "CREATE_COMPLETE", "status")
    same(s.refused, [], "refused by Rules")
    same(s.unresolved, [], "unresolved references")
    definition = {name: without(r, "Properties", "DefinitionString") if r["Type"] == "AWS::StepFunctions::StateMachine" else r
                  for name, r in s.resources.items()}
    same(list(leftovers(definition)), [], "unresolved")
    same({r["Type"] for name, r in s.resources.items() if name not in s.made}, stack.NOT_MADE, "types that were not made")
    same(set(s.outputs), {n for n, o in template["Outputs"].items() if s.conditions.get(o.get("Condition"), True)}, "outputs")
    same([v for v in s.outputs.values() if not v], [], "empty outputs")


def settings_arrive(template=None):
    s = deploy(template, **VALUES)
    for name in FUNCTIONS:
        want = {variable: VALUES[parameter] for variable, parameter in SETTINGS.items() if parameter}
        want["ASSOCIATE_RATE"] = VALUES["EventAssociateRate" if name == "EventFunction" else "AssociateRate"]
        want["DESCRIBE_RATE"] = VALUES["EventDescribeRate" if name == "EventFunction" else "DescribeRate"]
        got = {k: str(v) for k, v in s.properties(name)["Environment"]["Variables"].items()}
        same(got, want, f"environment of {name}")
    for parameter, values in {"LogLevel": ("TRACE", "DEBUG", "INFO"), "Architecture": ("arm64", "x86_64"), "LogRetentionDays": ("1", "3653")}.items():
        for value in values:
            s = deploy(template, **{parameter: value})
            for name, group in FUNCTIONS.items():
                got = {"LogLevel": s.properties(name)["LoggingConfig"]["ApplicationLogLevel"], "Architecture": s.properties(name)["Architectures"][0],
                       "LogRetentionDays": str(s.properties(group)["RetentionInDays"])}
                same(got[parameter], value, f"{parameter} of {name}")
    (schedule,) = deploy(template, SweepSchedule="cron(30 2 * * ? *)").of_type("AWS::Scheduler::Schedule").values()
    same(schedule["ScheduleExpression"], "cron(30 2 * * ? *)", "schedule")


def partitions_are_the_regions_own(template=None):
    for region, partition in (("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")):
        for parameters in ({}, TURNED):
            s = deploy(template, region=region, **parameters)
            text = json.dumps([s.resources, s.outputs]).replace(KEY, "")
            same(set(re.findall(r"\barn:([a-z-]+):", text)), {partition}, f"partitions in {region}")
            same(region in text and not (region != "eu-west-1" and "eu-west-1" in text), True, f"only {region}")


def rules_reach_their_targets(template=None):
    s = deploy(template)
    dead = s.arn("RuleDeadLetterQueue")
    rules = s.of_type("AWS::Events::Rule")
    same({n: [t["Arn"] for t in r["Targets"]] for n, r in rules.items()},
         {"CreateLogGroupRule": [s.arn("EventFunction")], "DriftRule": [s.arn("EventFunction")], "DeploymentRule": [s.arn("SweepStateMachine")]}, "targets")
    for name, rule in rules.items():
        same(rule["State"], "ENABLED", f"state of {name}")
        for target in rule["Targets"]:
            same(target["DeadLetterConfig"], {"Arn": dead}, f"dead letters of {name}")
            same(target["RetryPolicy"]["MaximumRetryAttempts"] > 0, True, f"retries of {name}")
            allowed = [p["SourceArn"] for p in s.of_type("AWS::Lambda::Permission").values() if p["Principal"] == "events.amazonaws.com"
                       and p["Action"] == "lambda:InvokeFunction" and p["FunctionName"] == s.physical["EventFunction"]]
            if target["Arn"] == s.arn("EventFunction"):
                same(allowed.count(s.arn(name)), 1, f"permissions of {name} to call the function")
            else:
                starts_sweeps(s, target, name)
    same(sorted(statement(s.properties("RuleDeadLetterQueuePolicy")["PolicyDocument"], "OwnRulesPark")["Condition"]["ArnEquals"]["aws:SourceArn"]),
         sorted(map(s.arn, rules)), "rules that may park events")
    same(listed(s.properties("RuleDeadLetterQueuePolicy")["Queues"]), [s.physical["RuleDeadLetterQueue"]], "the queue of that policy")


def starts_sweeps(s, target, name):
    """A rule's or schedule's target is the state machine, by a role that may start it, with the sweep's input."""
    same(target["Arn"], s.arn("SweepStateMachine"), f"target of {name}")
    same(target["Input"], '{"action":"sweep"}', f"input of {name}")
    role = next(n for n in s.of_type("AWS::IAM::Role") if s.arn(n) == target["RoleArn"])
    same(s.may(role, "states:StartExecution", s.arn("SweepStateMachine")), True, f"{role} may start the state machine")
    same(len([a for x in s.statements(role) for a in listed(x["Action"]) if not a.startswith("sqs:")]), 1, f"actions of {role}")
    service = "events.amazonaws.com" if s.properties(role)["Description"].startswith("Sweep after") else "scheduler.amazonaws.com"
    trust = s.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    same([(x["Principal"], x["Condition"]) for x in trust],
         [({"Service": service}, {"StringEquals": {"aws:SourceAccount": stack.ACCOUNT}})], f"who may use {role}")


def schedule_starts_the_sweep(template=None):
    s = deploy(template)
    (schedule,) = s.of_type("AWS::Scheduler::Schedule").values()
    starts_sweeps(s, schedule["Target"], "the schedule")
    same(schedule["Target"]["DeadLetterConfig"], {"Arn": s.arn("RuleDeadLetterQueue")}, "dead letters of the schedule")
    same(s.may("ScheduleRole", "sqs:SendMessage", s.arn("RuleDeadLetterQueue")), True, "the schedule may park starts")
    same(schedule.get("Name"), None, "name of the schedule, which a second stack would have too")


def sweep_calls_its_function(template=None):
    s = deploy(template)
    machine = s.properties("SweepStateMachine")
    text = "".join(machine["DefinitionString"])
    same(set(re.findall(r"\$\{(\w+)\}", text)), set(machine["DefinitionSubstitutions"]), "placeholders of the definition")
    same(machine["DefinitionSubstitutions"], {"Partition": "aws", "SweepFunctionArn": s.arn("SweepFunction")}, "what they stand for")
    same(json.loads(text), sam.definition(), "definition")
    same(machine["RoleArn"], s.arn("SweepStateMachineRole"), "role")
    same([(x["Action"], x["Resource"]) for x in s.statements("SweepStateMachineRole")],
         [("lambda:InvokeFunction", s.arn("SweepFunction"))], "what the state machine may do")


def failures_are_parked(template=None):
    s = deploy(template)
    (config,) = s.of_type("AWS::Lambda::EventInvokeConfig").values()
    same(config["FunctionName"], s.physical["EventFunction"], "function")
    same(config["DestinationConfig"]["OnFailure"]["Destination"], s.arn("FailureQueue"), "destination")
    same(s.may("EventFunctionRole", "sqs:SendMessage", s.arn("FailureQueue")), True, "the function may park events")
    timeout = s.properties("EventFunction")["Timeout"]
    same(s.properties("FailureQueue")["VisibilityTimeout"] >= 6 * timeout, True, "visibility of six times the function's timeout")
    for name, queue in s.of_type("AWS::SQS::Queue").items():
        same(queue.get("SqsManagedSseEnabled"), True, f"encryption of {name}")
        policies = [p["PolicyDocument"] for p in s.of_type("AWS::SQS::QueuePolicy").values() if s.physical[name] in p["Queues"]]
        same([(x["Effect"], x["Principal"], x["Action"], x["Resource"], x["Condition"]) for d in policies for x in d["Statement"] if x["Sid"] == "RefusePlainHttp"],
             [("Deny", "*", "sqs:*", s.arn(name), {"Bool": {"aws:SecureTransport": "false"}})], f"refusal of plain HTTP at {name}")


def functions_log_under_a_key(template=None):
    s = deploy(template)
    for name, group in FUNCTIONS.items():
        function, logs = s.properties(name), s.properties(group)
        same(function["LoggingConfig"]["LogGroup"], s.physical[group], f"log group of {name}")
        same(function["LoggingConfig"]["LogFormat"], "JSON", f"log format of {name}")
        same((logs["KmsKeyId"], str(logs["RetentionInDays"])), (s.arn("Key"), "90"), f"key and retention of {group}")
        same(function["Role"], s.arn(name + "Role"), f"role of {name}")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            same([x["Resource"] for x in s.statements(name + "Role") if action in x["Action"]], [s.arn(group)], f"{action} of {name}")
        depends = listed(s.resources[name].get("DependsOn", []))
        same("LogGroupPolicy" in depends, True, f"{name} is made after its rights")


def parameters_that_contradict_are_refused(template=None):
    for parameters, refused in (
        ({}, 0), (OWN_KEY, 0), ({"CreateKey": "false"}, 1), ({"Rules": "x"}, 0), ({"RulesFile": "x"}, 0), ({"Rules": "x", "RulesFile": "x"}, 1),
        ({"OwnLogsKmsKeyArn": KEY}, 0),
    ):
        translated = sam.translate(template or sam.source())
        # Without their key the log groups could not be made; only the Rules are of interest.
        keyless = without(without(translated, "Resources", "EventLogGroup", "Properties", "KmsKeyId"), "Resources", "SweepLogGroup", "Properties", "KmsKeyId")
        s = stack.deploy_translated(keyless, "eu-west-1", parameters)
        same(len(s.refused), refused, f"contradictions in {parameters}")


CHECKS = (
    switches_switch, settings_arrive, partitions_are_the_regions_own, rules_reach_their_targets, schedule_starts_the_sweep,
    sweep_calls_its_function, failures_are_parked, functions_log_under_a_key, parameters_that_contradict_are_refused,
)


# --- Mistakes in the template, and who is to see them -----------------------------------------------------------------------


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail."""
    def put(*path_and_value):
        return replaced(good, "Resources", *path_and_value)

    def cut(*path):
        return without(good, "Resources", *path)

    for name, condition in good["Conditions"].items():
        yield f"{name} turned round", replaced(good, "Conditions", name, {"Fn::Not": [condition]}), switches_switch
    for name in ("MemberRolePolicy", "RedrivePolicy", "FailureRedrive", "KeyAlias"):
        yield f"{name} always there", cut(name, "Condition"), switches_switch
    yield "an output of a key that is not there", without(good, "Outputs", "KeyArn", "Condition"), switches_switch
    yield "a permission for a rule that is not there", cut("DriftRulePermission", "Condition"), switches_switch
    variables = ("Globals", "Function", "Environment", "Variables")
    yield "a setting left out", without(good, *variables, "EXCLUDE"), settings_arrive
    yield "a setting of another parameter", replaced(good, *variables, "EXCLUDE", {"Ref": "RulesFile"}), settings_arrive
    yield "one rate for both", put("SweepFunction", "Properties", "Environment", "Variables", "ASSOCIATE_RATE", {"Ref": "EventAssociateRate"}), settings_arrive
    yield "a fixed log level", put("SweepFunction", "Properties", "LoggingConfig", "ApplicationLogLevel", "INFO"), settings_arrive
    yield "a partition written out", put("LogGroupPolicy", "Properties", "PolicyDocument", "Statement", 0, "Resource", {"Fn::Sub": "arn:aws:logs:${AWS::Region}:*:*"}), \
        partitions_are_the_regions_own
    yield "a Region written out", put("LogGroupPolicy", "Properties", "PolicyDocument", "Statement", 0, "Resource", {"Fn::Sub": "arn:${AWS::Partition}:logs:eu-west-1:*:*"}), \
        partitions_are_the_regions_own
    yield "a partition written out for the state machine", put("SweepStateMachine", "Properties", "DefinitionSubstitutions", "Partition", "aws-cn"), sweep_calls_its_function
    yield "a placeholder left open", cut("SweepStateMachine", "Properties", "DefinitionSubstitutions", "Partition"), sweep_calls_its_function
    yield "the wrong function swept", put("SweepStateMachine", "Properties", "DefinitionSubstitutions", "SweepFunctionArn", {"Fn::GetAtt": ["EventFunction", "Arn"]}), \
        sweep_calls_its_function
    yield "no right to call the function", put("SweepStateMachineRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Resource",
                                               {"Fn::GetAtt": ["EventFunction", "Arn"]}), sweep_calls_its_function
    yield "no dead letters", cut("DriftRule", "Properties", "Targets", 0, "DeadLetterConfig"), rules_reach_their_targets
    yield "no right to park", cut("RuleDeadLetterQueuePolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn", 1), \
        rules_reach_their_targets
    yield "permission for another rule", put("DriftRulePermission", "Properties", "SourceArn", {"Fn::GetAtt": ["CreateLogGroupRule", "Arn"]}), rules_reach_their_targets
    yield "a rule switched off", put("CreateLogGroupRule", "Properties", "State", "DISABLED"), rules_reach_their_targets
    yield "a deployment without its input", put("DeploymentRule", "Properties", "Targets", 0, "Input", "{}"), rules_reach_their_targets
    yield "a role that others may use", cut("DeploymentRuleRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "StringEquals", "aws:SourceAccount"), \
        rules_reach_their_targets
    schedule = ("SweepStateMachine", "Properties", "Events", "Schedule", "Properties")
    yield "a schedule with a fixed name", put(*schedule, "OmitName", False), schedule_starts_the_sweep
    yield "a schedule that does something else", put(*schedule, "Input", '{"action":"encrypt"}'), schedule_starts_the_sweep
    yield "a schedule by another role", put(*schedule, "RoleArn", {"Fn::GetAtt": ["SweepStateMachineRole", "Arn"]}), schedule_starts_the_sweep
    yield "failures lost", cut("EventFunction", "Properties", "EventInvokeConfig", "DestinationConfig"), failures_are_parked
    yield "failures in the other queue", put("EventFunction", "Properties", "EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination",
                                             {"Fn::GetAtt": ["RuleDeadLetterQueue", "Arn"]}), failures_are_parked
    yield "a queue in the clear", put("FailureQueue", "Properties", "SqsManagedSseEnabled", False), failures_are_parked
    yield "a queue by plain HTTP", put("FailureQueuePolicy", "Properties", "Queues", 0, {"Ref": "RuleDeadLetterQueue"}), failures_are_parked
    yield "messages seen twice", put("FailureQueue", "Properties", "VisibilityTimeout", 300), failures_are_parked
    yield "logs without a key", cut("SweepLogGroup", "Properties", "KmsKeyId"), functions_log_under_a_key
    yield "logs in the other log group", put("SweepFunction", "Properties", "LoggingConfig", "LogGroup", {"Ref": "EventLogGroup"}), functions_log_under_a_key
    yield "logs that may not be written", put("SweepFunctionRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Resource",
                                              {"Fn::GetAtt": ["EventLogGroup", "Arn"]}), functions_log_under_a_key
    yield "a function before its rights", cut("EventFunction", "DependsOn"), functions_log_under_a_key
    for name in good["Rules"]:
        yield f"{name} not asked for", without(good, "Rules", name), parameters_that_contradict_are_refused


class Template(unittest.TestCase):
    def test_deploys_as_it_is_to(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check()

    def test_every_condition_is_switched(self):
        self.assertEqual(set(sam.source()["Conditions"]), set(SWITCHES))

    def test_bites(self):
        """Each check sees the mistakes that it is there for, if only by missing something. CloudFormation refuses some itself."""
        seen = set()
        for what, template, check in mistakes(sam.source()):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ClientError)):
                    check(template)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")

    def test_translated_template_passes_lint(self):
        found = lint(json.dumps(sam.translate(sam.source())), config=ManualArgs(regions=["eu-west-1", "us-gov-west-1", "cn-north-1"]))
        self.assertEqual([], [f"{m.rule.id}: {m.message} at {m.path}" for m in found])


if __name__ == "__main__":
    unittest.main()
