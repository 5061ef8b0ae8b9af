"""The stack that the template makes, on moto's CloudFormation: each switch both ways, settings, partitions, order, refusals."""

import json
import re
import unittest

import sam
import stack
from sam import replaced, without
from stack import deploy, leftovers
from switches import FUNCTIONS, KEY, LOG_GROUPS, OWN_KEY, SWITCHES, TURNED, listed, same, statement

from botocore.exceptions import ClientError
from cfnlint.api import ManualArgs, lint

# Each variable of both functions, and the parameter behind it.
SETTINGS = {
    "DEFAULT_KMS_KEY": "DefaultKmsKey", "KMS_KEY_TAG": "KmsKeyTag", "TAG_ALLOWED_KEYS": "TagAllowedKeys", "RULES": "Rules",
    "RULES_FILE": "RulesFile", "EXCLUDE": "Exclude", "EXISTING_KEY": "ExistingKey", "QUERY_RESULT_KMS_KEY": "QueryResultKmsKey",
    "MEMBER_ROLE": "MemberRole", "MEMBER_EXTERNAL_ID": "MemberExternalId", "MEMBER_ACCOUNTS": "MemberAccounts", "DRY_RUN": "DryRun",
    "ASSOCIATE_RATE": "AssociateRate", "DESCRIBE_RATE": "DescribeRate", "AWS_MAX_ATTEMPTS": "MaxAttempts", "AWS_ENDPOINT_URL": "AwsEndpointUrl",
}
VALUES = {
    "DefaultKmsKey": "alias/one", "KmsKeyTag": "two", "TagAllowedKeys": "alias/three", "Rules": '{"rules":[]}', "RulesFile": "",
    "Exclude": "/five", "ExistingKey": "replace", "QueryResultKmsKey": "alias/six", "MemberRole": "a/seven", "MemberExternalId": "eight",
    "MemberAccounts": "9*", "DryRun": "true", "DescribeRate": "88", "MaxAttempts": "10", "AwsEndpointUrl": "http://eleven", "AssociateRate": "13",
}


# --- What holds for every deployment. Each takes a template, so that it can be shown to see a mistake in it. ----------------


def switches_switch(template=None, *conditions):
    for condition in conditions or SWITCHES:
        on, off, effect = SWITCHES[condition]
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
    same([name for name in s.resources if name not in s.made], [], "resources that were not made")
    same(set(s.outputs), {n for n, o in template["Outputs"].items() if s.conditions.get(o.get("Condition"), True)}, "outputs")
    same([v for v in s.outputs.values() if not v], [], "empty outputs")


def settings_arrive(template=None):
    s = deploy(template, **VALUES, MetricsNamespace="Nine")
    for name in FUNCTIONS:
        want = {variable: VALUES[parameter] for variable, parameter in SETTINGS.items()} | {"METRICS_NAMESPACE": "Nine/log-group-kms"}
        same({k: str(v) for k, v in s.properties(name)["Environment"]["Variables"].items()}, want, f"environment of {name}")
    for parameter, values in {"LogLevel": ("TRACE", "INFO"), "Architecture": ("arm64", "x86_64"), "LogRetentionDays": ("1", "3653")}.items():
        for value in values:
            s = deploy(template, **{parameter: value})
            for name in FUNCTIONS:
                got = {"LogLevel": s.properties(name)["LoggingConfig"]["ApplicationLogLevel"], "Architecture": s.properties(name)["Architectures"][0]}
                same(got.get(parameter, value), value, f"{parameter} of {name}")
            for group in LOG_GROUPS:
                same(parameter != "LogRetentionDays" or str(s.properties(group)["RetentionInDays"]) == value, True, f"retention of {group}")
    (schedule,) = deploy(template, SweepSchedule="cron(30 2 * * ? *)").of_type("AWS::Scheduler::Schedule").values()
    same(schedule["ScheduleExpression"], "cron(30 2 * * ? *)", "schedule")
    s = deploy(template, RolePath="/platform/", EventConcurrency="7")
    same({r["Path"] for r in s.of_type("AWS::IAM::Role").values()}, {"/platform/"}, "paths of roles")
    same(s.properties("EventSource")["ScalingConfig"], {"MaximumConcurrency": "7"}, "concurrency")


def defaults_are_careful(template=None):
    s = deploy(template)
    same(json.dumps(s.resources).count("ReservedConcurrentExecutions"), 0, "concurrency that is reserved")
    variables = s.properties("EventFunction")["Environment"]["Variables"]
    same((variables["QUERY_RESULT_KMS_KEY"], variables["EXISTING_KEY"]), ("", "keep"), "what belongs to others")
    same({str(s.properties(group)["RetentionInDays"]) for group in LOG_GROUPS}, {"365"}, "retention of own logs")
    same({(r["Properties"]["Path"], r["Properties"].get("ManagedPolicyArns")) for r in s.resources.values() if r["Type"] == "AWS::IAM::Role"}, {("/", None)}, "roles")


def partitions_are_the_regions_own(template=None):
    for region, partition, suffix in (("us-gov-west-1", "aws-us-gov", "com"), ("cn-north-1", "aws-cn", "com.cn"), ("eu-west-1", "aws", "com")):
        for parameters in ({}, {"KeyAccounts": "111122223333", "MemberRole": "m"}):
            s = deploy(template, region=region, **parameters)
            text = json.dumps([s.resources, s.outputs])
            same(set(re.findall(r"\barn:([a-z-]+):", text)), {partition}, f"partitions in {region}")
            same(region in text and not (region != "eu-west-1" and "eu-west-1" in text), True, f"only {region}")
            principal = f"logs.{region}.amazonaws.{suffix}"
            same({statement(s.properties("Key")["KeyPolicy"], sid)["Principal"]["Service"] for sid in ("LogGroupsOfThisAccount", "QueryResultsOfThisAccount")},
                 {principal}, f"who may use the key in {region}")
            via = statement(s.properties("LogGroupPolicy")["PolicyDocument"], "UseKeysThroughLogs")["Condition"]["StringEquals"]["kms:ViaService"]
            same(set(via), {principal, f"logs.{region}.amazonaws.com"}, f"through whom keys are used in {region}")


def functions_log_under_a_key(template=None):
    s = deploy(template)
    for name, group in FUNCTIONS.items():
        function = s.properties(name)
        same(function["LoggingConfig"]["LogGroup"], s.physical[group], f"log group of {name}")
        same(function["LoggingConfig"]["LogFormat"], "JSON", f"log format of {name}")
        same(s.properties(group)["KmsKeyId"], s.arn("Key"), f"key of {group}")
        same(function["Role"], s.arn(name + "Role"), f"role of {name}")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            same([x["Resource"] for x in s.statements(name + "Role") if action in x["Action"]], [s.arn(group)], f"{action} of {name}")
        same("log-group-kms development" in function["Description"], True, f"version of {name}")


def references(node):
    """The logical names that a part of the template refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([A-Za-z]+)", json.dumps(value))
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def made_before(resources, name):
    """All that CloudFormation makes before a resource, and removes after it."""
    found, more = set(), [name]
    while more:
        resource = resources[more.pop()]
        direct = {*references(resource), *listed(resource.get("DependsOn", []))} & set(resources) - found
        found |= direct
        more += direct
    return found


def the_order_is_right(template=None):
    resources = sam.translate(template or sam.source())["Resources"]
    runs = ("AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::StepFunctions::StateMachine", "AWS::Scheduler::Schedule")
    rules = [name for name, r in resources.items() if r["Type"] == "AWS::Events::Rule"]
    for name in [name for name, r in resources.items() if r["Type"] in runs] + ["DeploymentRule", "KeyRule"]:
        same({"KeyAlias", "LogGroupPolicy"} - made_before(resources, name), set(), f"made before {name}")
    for name in rules:
        same("DeadLetterQueuePolicy" in made_before(resources, name), True, f"{name} may park from its first event")
    for name in ("CreateLogGroupRule", "DriftRule"):
        same("EventQueuePolicy" in made_before(resources, name), True, f"{name} may send from its first event")
    same("DeploymentRule" in made_before(resources, "EventSource"), True, "the rule for deployments has time to be known")


def the_key_is_kept(template=None):
    """Data is under it for years. The alias's name must be free for the next deployment."""
    resources = (template or sam.source())["Resources"]
    kept = {name: (r.get("DeletionPolicy"), r.get("UpdateReplacePolicy")) for name, r in resources.items() if "DeletionPolicy" in r or "UpdateReplacePolicy" in r}
    same(kept, {"Key": ("Retain", "Retain")}, "what outlives the stack")
    same(resources["Key"]["Properties"]["EnableKeyRotation"], "true" if isinstance(resources["Key"]["Properties"]["EnableKeyRotation"], str) else True, "rotation")


def parameters_that_contradict_are_refused(template=None):
    network = {"SubnetIds": "subnet-0a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"}
    for parameters, refused in (
        ({}, 0), (OWN_KEY, 0), ({"CreateKey": "false"}, 2), ({"CreateKey": "false", "OwnLogsKmsKeyArn": KEY}, 1),
        (OWN_KEY | {"DefaultKmsKey": ""}, 0), (OWN_KEY | {"QueryResultKmsKey": "alias/log-group-kms"}, 1), ({"QueryResultKmsKey": "alias/log-group-kms"}, 0),
        ({"Rules": "x"}, 0), ({"RulesFile": "x"}, 0), ({"Rules": "x", "RulesFile": "x"}, 1), ({"OwnLogsKmsKeyArn": KEY}, 0),
        ({"AwsEndpointUrl": "http://a"}, 1), ({"OrganizationId": "o-a1b2c3d4e5"}, 1), ({"SweepAccounts": "ORGANIZATION"}, 1),
        ({"OrganizationId": "o-a1b2c3d4e5", "SweepAccounts": "ORGANIZATION", "MemberRole": "m"}, 0), ({"SweepRegions": "us-east-1"}, 1),
        ({"SkippedAccounts": "111122223333"}, 1), ({"SweepRegions": "us-east-1", "SkippedAccounts": "111122223333", "SweepAccounts": "ORGANIZATION", "MemberRole": "m"}, 0),
        ({"MemberExternalId": "abc"}, 1), ({"MemberExternalId": "abc", "MemberRole": "m"}, 0), (network, 0), *(({name: value}, 1) for name, value in network.items()),
    ):
        same(len(stack.refusals(template or sam.source(), parameters)), refused, f"contradictions in {parameters}")
    for said in stack.refusals(template or sam.source(), {"CreateKey": "false", "AwsEndpointUrl": "http://a"}):
        same(said.endswith(".") and re.search(r"OwnLogsKmsKeyArn must be given|name your key in DefaultKmsKey|Leave it empty", said) is not None, True, f"words of {said!r}")


CHECKS = (
    switches_switch, settings_arrive, defaults_are_careful, partitions_are_the_regions_own, functions_log_under_a_key, the_order_is_right,
    the_key_is_kept, parameters_that_contradict_are_refused,
)


# --- Mistakes in the template, and who is to see them -----------------------------------------------------------------------


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail, what of it suffices."""
    def put(*path_and_value):
        return replaced(good, "Resources", *path_and_value)

    def cut(*path):
        return without(good, "Resources", *path)

    for name, condition in good["Conditions"].items():
        yield f"{name} turned round", replaced(good, "Conditions", name, {"Fn::Not": [condition]}), switches_switch, name
    for name, condition in {"KeyAlias": "CreatesKey", "DriftRule": "HearsDrift", "KeyRule": "HearsOfKeys", "TagsRejected": "HasAlarms", "Dashboard": "HasDashboard"}.items():
        yield f"{name} always there", cut(name, "Condition"), switches_switch, condition
    yield "an output of a key that is not there", without(good, "Outputs", "KeyArn", "Condition"), switches_switch, "CreatesKey"
    policy = ("LogGroupPolicy", "Properties", "PolicyDocument", "Statement")
    for i, condition in ((3, "Writes"), (4, "Writes"), (5, "HasMemberRole"), (6, "HasEnvironmentKey"), (7, "InVpc")):
        yield f"right {i} in every mode", put(*policy, i, good["Resources"]["LogGroupPolicy"]["Properties"]["PolicyDocument"]["Statement"][i]["Fn::If"][1]), \
            switches_switch, condition
    yield "a role that is bounded by nobody", cut("ScheduleRole", "Properties", "PermissionsBoundary"), switches_switch, "HasBoundary"
    yield "an alarm that rings in a dry run", put("OpenLogGroups", "Properties", "ActionsEnabled", True), switches_switch, "Writes"
    yield "an alarm that does not say that all is well", cut("OpenLogGroups", "Properties", "OKActions"), switches_switch, "HasAlarmTopic"
    variables = ("Globals", "Function", "Environment", "Variables")
    yield "a setting left out", without(good, *variables, "EXCLUDE"), settings_arrive
    yield "a setting of another parameter", replaced(good, *variables, "EXCLUDE", {"Ref": "RulesFile"}), settings_arrive
    yield "a namespace for all stacks", replaced(good, *variables, "METRICS_NAMESPACE", {"Ref": "MetricsNamespace"}), settings_arrive
    yield "a fixed log level", put("SweepFunction", "Properties", "LoggingConfig", "ApplicationLogLevel", "INFO"), settings_arrive
    yield "a role elsewhere", cut("ScheduleRole", "Properties", "Path"), settings_arrive
    yield "concurrency reserved", put("SweepFunction", "Properties", "ReservedConcurrentExecutions", 1), defaults_are_careful
    yield "query results taken over", replaced(good, "Parameters", "QueryResultKmsKey", "Default", "alias/log-group-kms"), defaults_are_careful
    yield "logs gone after three months", replaced(good, "Parameters", "LogRetentionDays", "Default", "90"), defaults_are_careful
    yield "a partition written out", put(*policy, 0, "Resource", {"Fn::Sub": "arn:aws:logs:${AWS::Region}:*:*"}), partitions_are_the_regions_own
    yield "a Region written out", put(*policy, 0, "Resource", {"Fn::Sub": "arn:${AWS::Partition}:logs:eu-west-1:*:*"}), partitions_are_the_regions_own
    yield "a service principal of the world's", put("Key", "Properties", "KeyPolicy", "Statement", 1, "Principal", "Service", {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}), \
        partitions_are_the_regions_own
    yield "logs without a key", cut("SweepLogGroup", "Properties", "KmsKeyId"), functions_log_under_a_key
    yield "logs in the other log group", put("SweepFunction", "Properties", "LoggingConfig", "LogGroup", {"Ref": "EventLogGroup"}), functions_log_under_a_key
    yield "logs that may not be written", put("SweepFunctionRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Resource",
                                              {"Fn::GetAtt": ["EventLogGroup", "Arn"]}), functions_log_under_a_key
    yield "a function before its rights", cut("EventFunction", "DependsOn"), the_order_is_right
    yield "a function before its alias", cut("LogGroupPolicy", "Metadata"), the_order_is_right
    yield "a rule before its dead letters", cut("DeploymentRule", "DependsOn"), the_order_is_right
    yield "a rule before its queue", put("DriftRule", "DependsOn", "DeadLetterQueuePolicy"), the_order_is_right
    yield "events before the rule for deployments", cut("EventSource", "DependsOn"), the_order_is_right
    yield "a key that goes with the stack", cut("Key", "DeletionPolicy"), the_key_is_kept
    yield "a key that goes when it is replaced", cut("Key", "UpdateReplacePolicy"), the_key_is_kept
    yield "an alias that stays", put("KeyAlias", "DeletionPolicy", "Retain"), the_key_is_kept
    yield "a key that never rotates", put("Key", "Properties", "EnableKeyRotation", False), the_key_is_kept
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
        for what, template, check, *only in mistakes(sam.source()):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ClientError)):
                    check(template, *only)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")

    def test_translated_template_passes_lint(self):
        found = lint(json.dumps(sam.translate(sam.source())), config=ManualArgs(regions=["eu-west-1", "us-gov-west-1", "cn-north-1"]))
        self.assertEqual([], [f"{m.rule.id}: {m.message} at {m.path}" for m in found])


if __name__ == "__main__":
    unittest.main()
