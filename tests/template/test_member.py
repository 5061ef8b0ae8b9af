"""The member's template by itself: its conditions, its Regions and partitions, and what its parameters take."""

import json
import re
import unittest

import sam
import test_hub
from sam import replaced, without
from switches import BOUNDARY, TOPIC, same, statement
from test_parameters import takes

from botocore.exceptions import ClientError

PARTS = {"MakesRole": "MemberRole", "CreatesKey": "KeyAlias", "HearsDrift": "DriftRule", "HasAlarm": "EventsParked"}
# Each condition: the parameters that make it true, and false.
SWITCHES = {
    "HasExternalId": ({}, {"ExternalId": ""}),
    "MakesRole": ({"RoleRegion": "eu-west-1"}, {"RoleRegion": "us-east-1"}),
    "HasBoundary": ({"PermissionsBoundary": BOUNDARY}, {}),
    "Writes": ({}, {"DryRun": "true"}),
    "CreatesKey": ({}, {"CreateKey": "false"}),
    "HasKeyAccounts": ({"KeyAccounts": "111122223333,444455556666"}, {}),
    "HasLogsServicePrincipal": ({"LogsServicePrincipal": "logs.example.amazonaws.com.cn"}, {}),
    "HearsDrift": ({}, {"DriftEvents": "false"}),
    "HasAlarm": ({}, {"CreateAlarm": "false"}),
    "HasAlarmTopic": ({"AlarmTopicArn": TOPIC}, {}),
}


def differences(m, name, on):
    """What a condition changes."""
    roles = m.of_type("AWS::IAM::Role")
    if name in PARTS:
        same(PARTS[name] in m.resources, on, PARTS[name])
    if name == "MakesRole":
        same(("RoleArn" in m.outputs, "ForwardRole" in roles, "CreateLogGroupRule" in m.resources), (on, True, True), "the role's output, and what each Region has")
        return
    if name == "CreatesKey":
        same(("KeyArn" in m.outputs, "Key" in m.resources), (on, on), "key")
        return
    if name == "HasBoundary":
        same({r.get("PermissionsBoundary") for r in roles.values()}, {BOUNDARY if on else None}, "boundary of the roles")
    held = {s["Sid"]: s for s in m.statements("MemberRole")}
    if name == "Writes":
        same({"SetKeys", "UseKeysThroughLogs"} & set(held), {"SetKeys", "UseKeysThroughLogs"} if on else set(), "what may be written")
        same({"ReadLogGroups", "ReadTags", "LookAtKeys"} - set(held), set(), "what may be read")
        return
    (trust,) = m.properties("MemberRole")["AssumeRolePolicyDocument"]["Statement"]
    same(trust["Condition"].get("StringEquals"), {"sts:ExternalId": "of-the-hub/1"} if name != "HasExternalId" or on else None, "external ID")
    keys = [(held[sid]["Resource"], held[sid].get("Condition", {}).get("StringEquals")) for sid in ("LookAtKeys", "UseKeysThroughLogs")]
    accounts = {"aws:ResourceAccount": ["123456789012", "111122223333", "444455556666"]}
    same(keys, [("arn:aws:kms:*:*:key/*", accounts) if name == "HasKeyAccounts" and on else ("arn:aws:kms:*:123456789012:key/*", None)] * 2, "whose keys")
    principal = "logs.example.amazonaws.com.cn" if name == "HasLogsServicePrincipal" and on else "logs.eu-west-1.amazonaws.com"
    same(statement(m.properties("Key")["KeyPolicy"], "LogGroupsOfThisAccount")["Principal"]["Service"], principal, "who may use the key")
    for alarm in m.of_type("AWS::CloudWatch::Alarm").values():
        want = [TOPIC] if name == "HasAlarmTopic" and on else None
        same((alarm.get("AlarmActions"), alarm.get("OKActions")), (want, want), "whom the alarm tells")


def conditions_switch(template=None, only=SWITCHES):
    for name in only:
        for on, parameters in zip((True, False), SWITCHES[name]):
            _, m = test_hub.deploy(member=template, **parameters)
            same((m.status, m.conditions[name]), ("CREATE_COMPLETE", on), f"{name} with {parameters}")
            differences(m, name, on)


def every_role_and_partition_is_the_accounts(template=None):
    for region, partition, suffix in (("us-gov-west-1", "aws-us-gov", "com"), ("cn-north-1", "aws-cn", "com.cn"), ("eu-west-1", "aws", "com")):
        _, m = test_hub.deploy(member=template, region=region)
        same(set(re.findall(r"\barn:([a-z-]+):", json.dumps([m.resources, m.outputs]))), {partition}, f"partitions in {region}")
        same(statement(m.properties("Key")["KeyPolicy"], "QueryResultsOfThisAccount")["Principal"]["Service"], f"logs.{region}.amazonaws.{suffix}", "who may use the key")
        same({r["Path"] for r in m.of_type("AWS::IAM::Role").values()}, {"/security/"}, "paths of roles")


def the_key_is_kept(template=None):
    resources = (template or sam.source(sam.MEMBER))["Resources"]
    kept = {name: (r.get("DeletionPolicy"), r.get("UpdateReplacePolicy")) for name, r in resources.items() if "DeletionPolicy" in r or "UpdateReplacePolicy" in r}
    same(kept, {"Key": ("Retain", "Retain")}, "what outlives the stack")


def service_managed_stack_sets_take_it(template=None):
    """They process no macros, and a template in a call has at most 51,200 bytes."""
    template = template or sam.source(sam.MEMBER)
    same("Transform" in template, False, "a transform")
    same([r["Type"] for r in template["Resources"].values() if r["Type"].startswith(("AWS::Serverless", "AWS::Lambda", "Custom::"))], [], "code")
    same((sam.ROOT / sam.MEMBER).stat().st_size <= 51200, True, "length")


CHECKS = (conditions_switch, every_role_and_partition_is_the_accounts, the_key_is_kept, service_managed_stack_sets_take_it)


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail, what of it suffices."""
    for name, condition in good["Conditions"].items():
        yield f"{name} turned round", replaced(good, "Conditions", name, {"Fn::Not": [condition]}), conditions_switch, [name]
    for condition, name in PARTS.items():
        yield f"{name} always there", without(good, "Resources", name, "Condition"), conditions_switch, [condition]
    yield "a role elsewhere", without(good, "Resources", "ForwardRole", "Properties", "Path"), every_role_and_partition_is_the_accounts
    role = ("Resources", "MemberRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Resource")
    yield "a partition written out", replaced(good, *role, {"Fn::Sub": "arn:aws:logs:*:${AWS::AccountId}:log-group:*"}), every_role_and_partition_is_the_accounts
    yield "a key that goes with the stack", without(good, "Resources", "Key", "DeletionPolicy"), the_key_is_kept
    yield "a transform", good | {"Transform": "AWS::Serverless-2016-10-31"}, service_managed_stack_sets_take_it


# What the parameters that only the member has must take and refuse; the others are the hub's, and take the same.
VALUES = {
    "HubEventBusArn": (["arn:aws:events:eu-west-1:123456789012:event-bus/log-group-kms-members-1a2b3c4d", "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/a"],
                       ["", "default", "arn:aws:events:eu-west-1:123456789012:rule/a", "arn:aws:events:eu-west-1:1:event-bus/a"]),
    "HubEventFunctionRoleArn": (["arn:aws:iam::123456789012:role/platform/a-EventFunctionRole-X"], ["", "a", "arn:aws:iam::123456789012:user/a", "arn:aws:iam::123456789012:root"]),
    "HubSweepFunctionRoleArn": (["arn:aws-cn:iam::123456789012:role/a"], ["", "arn:aws:sts::123456789012:assumed-role/a/b"]),
    "RoleName": (["log-group-kms-member"], ["", "security/log-group-kms-member", "a b"]),
    "RoleRegion": (["", "eu-west-1", "us-gov-west-1"], ["eu", "eu-west-1,us-east-1"]),
}
SAME = {"ExternalId": "MemberExternalId"}  # others have the hub's name


class Member(unittest.TestCase):
    def test_deploys_as_it_is_to(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check()

    def test_every_condition_is_switched(self):
        self.assertEqual(set(sam.source(sam.MEMBER)["Conditions"]), set(SWITCHES))

    def test_parameters_take_what_they_are_to_take(self):
        own, hub = sam.source(sam.MEMBER)["Parameters"], sam.source()["Parameters"]
        checks = ("AllowedPattern", "AllowedValues", "MaxLength", "Type")
        for name, parameter in own.items():
            with self.subTest(name):
                self.assertIn("Description", parameter)
                self.assertIn("ConstraintDescription", parameter)
                if name in VALUES or name == "CreateAlarm":
                    good, bad = VALUES.get(name, (["true"], [""]))
                    self.assertEqual(([], []), ([v for v in good if not takes(parameter, v)], [v for v in bad if takes(parameter, v)]))
                else:
                    twin = hub[SAME.get(name, name)]
                    self.assertEqual({c: twin.get(c) for c in checks}, {c: parameter.get(c) for c in checks})

    def test_bites(self):
        """Each check sees the mistakes that it is there for. CloudFormation refuses some itself."""
        seen = set()
        for what, template, check, *only in mistakes(sam.source(sam.MEMBER)):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ClientError)):
                    check(template, *only)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
