"""A stack's life on moto's CloudFormation: made, changed, removed and made again; beside another; from the packaged template."""

import json
import pathlib
import sys
import unittest

import sam
import stack
from sam import without
from stack import Live
from switches import WRITES, same

from cfnlint.api import ManualArgs, lint
from moto import mock_aws

sys.path.insert(0, str(pathlib.Path(sam.ROOT / "scripts")))
import package


def template(changed=None):
    return sam.translate(changed or sam.source())


@mock_aws
def a_dry_run_ends_and_begins_again(changed=None):
    """An alarm tells of a change of its state and of nothing else. One that was red in the dry run would stay silent over what the
    first real sweep leaves behind: so the alarms that count begin afresh."""
    live, whole, names = Live(), template(changed), {}
    for step, dry in enumerate(("true", "false", "true")):
        status, outputs = (live.update if step else live.create)(whole, DryRun=dry)
        same((status, outputs["Mode"]), ("UPDATE_COMPLETE" if step else "CREATE_COMPLETE", "dry run" if dry == "true" else "sets keys"), f"step {step}")
        for function in ("Event", "Sweep"):
            configuration = live.aws("lambda").get_function_configuration(FunctionName=outputs[f"{function}FunctionName"])
            same(configuration["Environment"]["Variables"]["DRY_RUN"], dry, f"step {step}: what the function is told")
            held = live.role_may(outputs[f"{function}FunctionRoleArn"])
            same(set(WRITES) & held, set() if dry == "true" else set(WRITES), f"step {step}: what its role may write with")
            same("logs:DescribeLogGroups" in held, True, f"step {step}: reading")
        alarms = live.aws("cloudwatch").describe_alarms()["MetricAlarms"]
        same((len(alarms), {a["ActionsEnabled"] for a in alarms}), (10, {dry == "false"}), f"step {step}: alarms")
        names[dry] = {a["AlarmName"] for a in alarms}
    same(names["true"] & names["false"], set(), "alarms that were there in the dry run already")


@mock_aws
def switches_can_be_thrown_later(changed=None):
    live, whole = Live(), template(changed)
    live.create(whole)
    for parameters, rules, alarms in (
        ({"DriftEvents": "false", "KeyEvents": "false", "CreateAlarms": "false"}, {"created", "deployed"}, 0), ({}, {"created", "drift", "deployed", "keys"}, 10),
    ):
        status, outputs = live.update(whole, **{"DriftEvents": "true", "KeyEvents": "true", "CreateAlarms": "true"} | parameters)
        same(status, "UPDATE_COMPLETE", f"status with {parameters}")
        same({r["Name"].split("-")[3] for r in live.aws("events").list_rules()["Rules"]}, rules, f"rules with {parameters}")
        same(len(live.aws("cloudwatch").describe_alarms()["MetricAlarms"]), alarms, f"alarms with {parameters}")
        same("DashboardName" in outputs, True, "the dashboard stays")


@mock_aws
def data_outlives_the_stack(changed=None):
    """Removed, the stack leaves the key and nothing else; it can come back with that key, or make another under the same alias."""
    live, whole = Live(), template(changed)
    _, outputs = live.create(whole)
    key, kms = outputs["KeyArn"], live.aws("kms")
    live.delete()
    same(live.key_state(key), "Enabled", "the key after the stack is gone")
    same([a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/log-group-kms"], [], "the alias")
    left = {
        "log groups": live.aws("logs").describe_log_groups()["logGroups"], "queues": live.aws("sqs").list_queues().get("QueueUrls", []),
        "functions": live.aws("lambda").list_functions()["Functions"], "rules": live.aws("events").list_rules()["Rules"],
        "alarms": live.aws("cloudwatch").describe_alarms()["MetricAlarms"], "roles": live.aws("iam").list_roles()["Roles"],
        "state machines": live.aws("stepfunctions").list_state_machines()["stateMachines"], "schedules": live.aws("scheduler").list_schedules()["Schedules"],
    }
    same({what: len(things) for what, things in left.items() if things}, {}, "what is left")
    status, outputs = live.create(whole, CreateKey="false", DefaultKmsKey=key, OwnLogsKmsKeyArn=key)
    same((status, "KeyArn" in outputs), ("CREATE_COMPLETE", False), "back with the old key")
    live.delete()
    status, outputs = live.create(whole)
    same((status, outputs["KeyArn"] != key), ("CREATE_COMPLETE", True), "back with another key")


@mock_aws
def two_stacks_share_a_region(changed=None):
    """Nothing that has a fixed name is the same in both, and their metrics do not mix."""
    live, whole = Live(), template(changed)
    _, first = live.create(whole)
    status, second = live.create(whole, name="second", CreateKey="false", DefaultKmsKey=first["KeyArn"], OwnLogsKmsKeyArn=first["KeyArn"])
    same(status, "CREATE_COMPLETE", "the second stack")
    same({k for k in first if first.get(k) == second.get(k)}, {"Mode", "Version"}, "outputs that are the same in both")
    same(len(live.aws("cloudwatch").describe_alarms()["MetricAlarms"]), 20, "alarms of both")
    same(len(live.aws("events").list_rules()["Rules"]), 8, "rules of both")


def the_packaged_template_is_the_same():
    """What `make release` gives out, deployed: the same stack, its code where the parameters say."""
    packaged, whole = package.package(), template()
    s = stack.deploy_translated(packaged, "eu-west-1", {"CodeBucket": "packages", "CodeKey": "function.zip"})
    same((s.status, s.unresolved, [n for n in s.resources if n not in s.made]), ("CREATE_COMPLETE", [], []), "the stack")
    same([k for k in ("Transform", "Globals") if k in packaged], [], "what only SAM reads")
    version = (sam.ROOT / "VERSION").read_text(encoding="utf-8").strip()
    same(s.outputs["Version"], version, "version")
    for name in ("EventFunction", "SweepFunction"):
        same(s.properties(name)["Code"], {"S3Bucket": "packages", "S3Key": "function.zip"}, f"code of {name}")
        same(f"log-group-kms {version}" in s.properties(name)["Description"], True, f"description of {name}")
    for section in ("Parameters", "Conditions", "Rules", "Outputs"):
        same({k: packaged[section][k] for k in whole[section]}, whole[section], f"{section} of both")
    same(set(packaged["Resources"]), set(whole["Resources"]), "resources of both")
    for name, resource in whole["Resources"].items():
        ours, theirs = ({k: v for k, v in r["Properties"].items() if k != "Code"} for r in (resource, packaged["Resources"][name]))
        same(theirs, ours, f"properties of {name} in both")


CHECKS = (a_dry_run_ends_and_begins_again, switches_can_be_thrown_later, data_outlives_the_stack, two_stacks_share_a_region)


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail."""
    def put(*path_and_value):
        return sam.replaced(good, "Resources", *path_and_value)

    yield "a key that goes with the stack", without(good, "Resources", "Key", "DeletionPolicy"), data_outlives_the_stack
    yield "queues that stay", put("DeadLetterQueue", "DeletionPolicy", "Retain"), data_outlives_the_stack
    yield "an alias that stays", put("KeyAlias", "DeletionPolicy", "Retain"), data_outlives_the_stack
    yield "rules of one name", put("KeyRule", "Properties", "Name", "log-group-kms-keys"), two_stacks_share_a_region
    yield "alarms of one name", put("EventsLost", "Properties", "AlarmName", "EventsLost"), two_stacks_share_a_region
    yield "metrics in one namespace", sam.replaced(good, "Outputs", "MetricsNamespace", "Value", {"Ref": "MetricsNamespace"}), two_stacks_share_a_region
    rights = good["Resources"]["LogGroupPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    yield "writes in a dry run", put("LogGroupPolicy", "Properties", "PolicyDocument", "Statement", 3, rights[3]["Fn::If"][1]), a_dry_run_ends_and_begins_again
    yield "alarms that go on from the dry run", put("OpenLogGroups", "Properties", "AlarmName", {"Fn::Sub": "${AWS::StackName}-OpenLogGroups"}), a_dry_run_ends_and_begins_again
    yield "alarms that cannot be left out", without(good, "Resources", "EventsLost", "Condition"), switches_can_be_thrown_later


class Life(unittest.TestCase):
    def test_goes_on_as_it_is_to(self):
        for check in (*CHECKS, the_packaged_template_is_the_same):
            with self.subTest(check.__name__):
                check()

    def test_bites(self):
        """Each check sees the mistakes that it is there for. AWS refuses some itself."""
        seen = set()
        for what, wrong, check in mistakes(sam.source()):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises(Exception) as caught:
                    check(wrong)
                self.assertNotIsInstance(caught.exception, (NameError, TypeError, AttributeError))
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")

    def test_packaged_template_passes_lint(self):
        found = lint(json.dumps(package.package()), config=ManualArgs(regions=["eu-west-1", "us-gov-west-1", "cn-north-1"]))
        self.assertEqual([], [f"{m.rule.id}: {m.message} at {m.path}" for m in found])


if __name__ == "__main__":
    unittest.main()
