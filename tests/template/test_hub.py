"""A hub and a member, deployed on the emulator in two accounts: who may send what to whom, and which events come through."""

import fnmatch
import functools
import json
import unittest

import sam
import stack
import variants
from sam import replaced, without
from stack import listed
from switches import same, statement
from test_rules import REGIONS, routes, weakened, wrong, wrong_unparsed

from botocore.exceptions import ClientError

HUB, MEMBER = "210987654321", stack.ACCOUNT  # the events of events/ are the member's
ORGANIZATION = "o-a1b2c3d4e5"
SETTINGS = {
    "OrganizationId": ORGANIZATION, "MemberRole": "security/log-group-kms-member", "MemberExternalId": "of-the-hub/1",
    "SweepAccounts": "ORGANIZATION", "SweepRegions": "eu-west-1,us-east-1",
}


@functools.cache
def _hub(template, region):
    return stack.deploy_translated(sam.translate(json.loads(template)), region, SETTINGS, HUB)


@functools.cache
def _member(template, region, parameters):
    return stack.deploy_translated(json.loads(template), region, dict(parameters), MEMBER)


def deploy(hub=None, member=None, region="eu-west-1", **parameters):
    """Both, the member with the hub's outputs."""
    h = _hub(json.dumps(hub or sam.source()), region)
    given = {
        "HubEventBusArn": h.outputs["MemberEventBusArn"], "HubEventFunctionRoleArn": h.outputs["EventFunctionRoleArn"],
        "HubSweepFunctionRoleArn": h.outputs["SweepFunctionRoleArn"], "ExternalId": SETTINGS["MemberExternalId"], "RolePath": "/security/",
    } | parameters
    return h, _member(json.dumps(member or sam.source(sam.MEMBER)), region, tuple(sorted(given.items())))


# --- The bus's policy ----------------------------------------------------------------------------------------------------


def admits(policy, sender):
    """Whether a statement lets a sender put an event. What an operator is not known for is an error."""
    operators = {"StringEquals": lambda want, got: got in want, "Bool": lambda want, got: got.lower() in [w.lower() for w in want]}
    return (policy["Effect"], policy["Principal"], policy["Action"]) == ("Allow", "*", "events:PutEvents") and all(
        key in sender and operators[operator](listed(want), sender[key])
        for operator, conditions in policy["Condition"].items() for key, want in conditions.items()
    )


# A rule of a member that forwards what CloudTrail says of CloudWatch Logs.
FORWARDED = {
    "aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": MEMBER, "events:source": "aws.logs",
    "events:detail-type": "AWS API Call via CloudTrail", "events:eventBusInvocation": "true",
}
FORGED = {
    "an event of one's own, put on the bus": {"events:source": "my.app", "events:eventBusInvocation": "false"},
    "an event of one's own, forwarded by a rule": {"events:source": "my.app"},
    "AWS's source, put on the bus": {"events:eventBusInvocation": "false"},
    "AWS's source in capitals": {"events:source": "AWS.LOGS"},
    "another service": {"events:source": "aws.kms"},
    "another kind of event": {"events:detail-type": "encrypt"},
    "another organization": {"aws:PrincipalOrgID": "o-9z8y7x6w5v"},
    "no organization": {"aws:PrincipalOrgID": None},
    "nobody says whether by a rule": {"events:eventBusInvocation": None},
}


def the_bus_admits_rules_of_the_organization(hub=None, member=None):
    h, _ = deploy(hub, member)
    policy = h.properties("MemberEventBusPolicy")
    same((policy["EventBusName"], policy["Statement"]["Resource"]), (h.physical["MemberEventBus"], h.outputs["MemberEventBusArn"]), "whose policy")
    same(admits(policy["Statement"], FORWARDED), True, "a member's rule")
    for what, other in FORGED.items():
        same(admits(policy["Statement"], {k: v for k, v in (FORWARDED | other).items() if v}), False, what)


# --- Events ----------------------------------------------------------------------------------------------------------------


def of_member(h, m):
    """Every event in a member, and the member's rule that is to forward it."""
    ours = (variants.CREATE, variants.DRIFT)
    for file, rule in routes().items():
        yield file, variants.at_home(variants.golden(file.removesuffix(".json")), m), rule if rule in ours else None
    yield from variants.drift(m)
    yield from variants.elsewhere()
    for who in (m.outputs["RoleArn"], h.outputs["EventFunctionRoleArn"], h.outputs["SweepFunctionRoleArn"]):
        yield f"key set by {who}", variants.issued_by("key-changed", who), None
        yield f"key set by a role like {who}", variants.issued_by("key-changed", who + "-2"), variants.DRIFT


def forwarded(h, m):
    """Whether the hub's rule is to pass an event on, if a member with rules of its own forwards all there is. What passes though it is no
    log group's, the function skips: a pattern cannot say so for every account and Region."""
    for what, event, rule in of_member(h, m):
        if "of another" in what or "key set by" in what:
            continue  # the hub knows neither the member's Region nor its role
        passes = rule and what != "invalid-no-name.json" or any(part in what for part in ("for query results here", "tag on ", "query-result-key", "tag-other-resource"))
        yield what, event, "MemberRule" if passes else None
    for name, field in (("AssociateKmsKey", "resourceIdentifier"), ("TagResource", "resourceArn")):
        for arn in ("arn:aws-other:logs:eu-west-1:1:log-group:/a", variants.home(m).replace(":logs:", ":s3:")):
            yield f"{name} of {arn}", variants.changed("key-removed", eventName=name, requestParameters={field: arn}), None


def what_the_member_forwards_comes_through(hub=None, member=None):
    for region in REGIONS if hub is member is None else REGIONS[:1]:
        h, m = deploy(hub, member, region)
        patterns = {name: m.patterns()[name] for name in (variants.CREATE, variants.DRIFT)}
        same(list(wrong(patterns, of_member(h, m))), [], f"events that a member in {region} forwards")
        through = {"MemberRule": h.patterns()["MemberRule"]}
        same(list(wrong(through, forwarded(h, m))), [], f"events that the hub in {region} takes")
        _, quiet = deploy(hub, member, region, DriftEvents="false")
        same(set(quiet.patterns()), {variants.CREATE}, "rules without drift events")


# --- Who hands what to whom --------------------------------------------------------------------------------------------------


def events_reach_the_hubs_queue(hub=None, member=None):
    h, m = deploy(hub, member)
    same((m.status, m.unresolved, set(m.resources) - m.made), ("CREATE_COMPLETE", [], set()), "the member's stack")
    bus = h.outputs["MemberEventBusArn"]
    rules = m.of_type("AWS::Events::Rule")
    for name, rule in rules.items():
        (target,) = rule["Targets"]
        # EventBridge takes neither a retry policy nor another input for a bus.
        same(target, {"Id": "Hub", "Arn": bus, "RoleArn": m.arn("ForwardRole").replace("role/", "role/security/"), "DeadLetterConfig": {"Arn": m.arn("DeadLetterQueue")}},
             f"target of {name}")
        same(rule["State"], "ENABLED", f"state of {name}")
    sources = sorted(map(m.arn, rules))
    same([(s["Action"], s["Resource"]) for s in m.statements("ForwardRole")], [("events:PutEvents", bus)], "what the rules may do")
    (trust,) = m.properties("ForwardRole")["AssumeRolePolicyDocument"]["Statement"]
    same((trust["Principal"], trust["Condition"]["StringEquals"], sorted(trust["Condition"]["ArnEquals"]["aws:SourceArn"])),
         ({"Service": "events.amazonaws.com"}, {"aws:SourceAccount": MEMBER}, sources), "who may forward")
    parks = statement(m.properties("DeadLetterQueuePolicy")["PolicyDocument"], "OwnRulesPark")
    same((parks["Resource"], sorted(parks["Condition"]["ArnEquals"]["aws:SourceArn"])), (m.arn("DeadLetterQueue"), sources), "who may park")
    same(m.properties("EventsParked")["Dimensions"], [{"Name": "QueueName", "Value": m.arn("DeadLetterQueue").rpartition(":")[2]}], "what the alarm looks at")
    (target,) = h.properties("MemberRule")["Targets"]
    same((h.properties("MemberRule")["EventBusName"], target["Arn"], target["DeadLetterConfig"]["Arn"]),
         (h.physical["MemberEventBus"], h.arn("EventQueue"), h.arn("DeadLetterQueue")), "the hub's rule")
    for queue, sid in (("EventQueuePolicy", "OwnRulesSend"), ("DeadLetterQueuePolicy", "OwnRulesPark")):
        may = statement(h.properties(queue)["PolicyDocument"], sid)["Condition"]["ArnEquals"]["aws:SourceArn"]
        same(h.arn("MemberRule") in may, True, f"the hub's rule in {queue}")


def only_the_hub_acts_in_the_member(hub=None, member=None):
    h, m = deploy(hub, member)
    (trust,) = m.properties("MemberRole")["AssumeRolePolicyDocument"]["Statement"]
    same(trust["Principal"], {"AWS": f"arn:aws:iam::{HUB}:root"}, "whose account")
    same(trust["Condition"], {
        "ArnEquals": {"aws:PrincipalArn": [h.outputs["EventFunctionRoleArn"], h.outputs["SweepFunctionRoleArn"]]},
        "StringEquals": {"sts:ExternalId": SETTINGS["MemberExternalId"]},
    }, "by which roles, and how")
    same((trust["Effect"], trust["Action"]), ("Allow", "sts:AssumeRole"), "what they may")
    same(m.properties("MemberRole").get("ManagedPolicyArns"), None, "policies of somebody else")
    for function in ("EventFunctionRole", "SweepFunctionRole"):
        may = next(s for s in h.statements(function) if s["Sid"] == "ActInMemberAccounts")
        same((may["Action"], fnmatch.fnmatchcase(m.outputs["RoleArn"], may["Resource"])), ("sts:AssumeRole", True), f"{function} may assume {m.outputs['RoleArn']}")
        same(h.properties(function[:-4])["Environment"]["Variables"]["MEMBER_EXTERNAL_ID"], SETTINGS["MemberExternalId"], "the external ID that is sent")


def the_map_has_what_it_needs(hub=None, member=None):
    h, _ = deploy(hub, member)
    machine = h.properties("MembersStateMachine")
    same(machine["DefinitionSubstitutions"], {
        "Partition": "aws", "OwnAccount": HUB, "Accounts": "ORGANIZATION", "SkippedAccounts": "", "Regions": "eu-west-1,us-east-1", "Concurrency": "10",
        "SweepStateMachineArn": h.arn("SweepStateMachine"),
    }, "what the placeholders stand for")
    own, sweep = h.arn("MembersStateMachine"), h.arn("SweepStateMachine")
    own_runs, sweep_runs = (arn.replace(":stateMachine:", ":execution:") for arn in (own + "/*", sweep + ":*"))
    rights = {s["Sid"]: (listed(s["Action"]), s["Resource"]) for s in h.statements("MembersStateMachineRole")}
    same({sid: rights.get(sid) for sid in ("StartSweeps", "FollowSweeps", "HearOfEnds", "RunTheMap", "FollowTheMap", "LookForOtherSweeps", "ListAccounts")}, {
        "StartSweeps": (["states:StartExecution"], sweep), "FollowSweeps": (["states:DescribeExecution", "states:StopExecution"], sweep_runs),
        "HearOfEnds": (["events:PutTargets", "events:PutRule", "events:DescribeRule"], f"arn:aws:events:eu-west-1:{HUB}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        "RunTheMap": (["states:StartExecution"], own), "FollowTheMap": (["states:DescribeExecution", "states:StopExecution"], own_runs),
        "LookForOtherSweeps": (["states:ListExecutions"], own), "ListAccounts": (["organizations:ListAccounts"], "*"),
    }, "what the state machine may do")
    (trust,) = h.properties("MembersStateMachineRole")["AssumeRolePolicyDocument"]["Statement"]
    same(trust["Condition"], {"StringEquals": {"aws:SourceAccount": HUB}, "ArnLike": {"aws:SourceArn": [own, own + "/*"]}}, "who may use the role")


CHECKS = (
    the_bus_admits_rules_of_the_organization, what_the_member_forwards_comes_through, events_reach_the_hubs_queue, only_the_hub_acts_in_the_member,
    the_map_has_what_it_needs,
)


def mistakes(hub, member):
    """Each is: what it is, the templates of hub and member, one of them wrong, the check that must fail."""
    bus = ("Resources", "MemberEventBusPolicy", "Properties", "Statement")
    for key in hub["Resources"]["MemberEventBusPolicy"]["Properties"]["Statement"]["Condition"]["StringEquals"]:
        yield f"the bus does not ask for {key}", without(hub, *bus, "Condition", "StringEquals", key), member, the_bus_admits_rules_of_the_organization
    yield "the bus takes calls", without(hub, *bus, "Condition", "Bool"), member, the_bus_admits_rules_of_the_organization
    yield "the policy of the account's own bus", replaced(hub, "Resources", "MemberEventBusPolicy", "Properties", "EventBusName", "default"), member, \
        the_bus_admits_rules_of_the_organization
    yield "a hub deaf to tags", without(hub, "Resources", "MemberRule", "Properties", "EventPattern", "detail", "eventName", 3), member, what_the_member_forwards_comes_through
    target = ("Resources", "DriftRule", "Properties", "Targets", 0)
    yield "a retry policy for a bus", hub, replaced(member, *target, "RetryPolicy", {"MaximumRetryAttempts": 1}), events_reach_the_hubs_queue
    yield "no role for the bus", hub, without(member, *target, "RoleArn"), events_reach_the_hubs_queue
    yield "no dead letters", hub, without(member, *target, "DeadLetterConfig"), events_reach_the_hubs_queue
    yield "any rule may forward", hub, without(member, "Resources", "ForwardRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "ArnEquals"), \
        events_reach_the_hubs_queue
    may_send = ("Resources", "EventQueuePolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn")
    yield "the hub's queue does not take it", without(hub, *may_send, 2), member, events_reach_the_hubs_queue
    trust = ("Resources", "MemberRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0)
    yield "anybody of the hub's account", hub, without(member, *trust, "Condition", "ArnEquals"), only_the_hub_acts_in_the_member
    yield "no external ID", hub, without(member, *trust, "Condition", "StringEquals"), only_the_hub_acts_in_the_member
    yield "anybody", hub, replaced(member, *trust, "Principal", "AWS", "*"), only_the_hub_acts_in_the_member
    role = ("Resources", "MembersStateMachineRole", "Properties")
    yield "a map that may not start", without(hub, *role, "Policies", 0, "PolicyDocument", "Statement", 4), member, the_map_has_what_it_needs
    yield "a map that is not trusted", without(hub, *role, "AssumeRolePolicyDocument", "Statement", 0, "Condition", "ArnLike", "aws:SourceArn", 1), member, the_map_has_what_it_needs


class Hub(unittest.TestCase):
    def test_works_with_its_members(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check()

    def test_patterns_bite(self):
        """Whatever is taken away from a member's pattern or the hub's, some event shows it."""
        h, m = deploy()
        for patterns, events in (({n: m.patterns()[n] for n in (variants.CREATE, variants.DRIFT)}, list(of_member(h, m))),
                                 ({"MemberRule": h.patterns()["MemberRule"]}, list(forwarded(h, m)))):
            for name, pattern in patterns.items():
                for what, weaker in weakened(pattern):
                    with self.subTest(name + what):
                        self.assertTrue(list(wrong_unparsed(patterns | {name: weaker}, events)), "no event shows the difference")

    def test_bites(self):
        """Each check sees the mistakes that it is there for. CloudFormation refuses some itself."""
        seen = set()
        for what, hub, member, check in mistakes(sam.source(), sam.source(sam.MEMBER)):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ClientError)):
                    check(hub, member)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
