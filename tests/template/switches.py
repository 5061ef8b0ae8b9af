"""The template's conditions: what makes each true and false, and what then differs."""

import json

KEY = "arn:aws:kms:eu-west-1:123456789012:key/8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76"
OTHER_KEY = KEY.replace("8a6f", "1d2e")
OWN_KEY = {"CreateKey": "false", "OwnLogsKmsKeyArn": KEY, "DefaultKmsKey": "alias/own"}
FUNCTIONS = {"EventFunction": "EventLogGroup", "SweepFunction": "SweepLogGroup"}
LOG_GROUPS = (*FUNCTIONS.values(), "StateMachineLogGroup")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
SIGNING = "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0123456789abcdefg"
NETWORK = {"SubnetIds": "subnet-0a1b2c3d,subnet-1a2b3c4d", "SecurityGroupIds": "sg-0a1b2c3d"}
ALARMS = {"OpenLogGroups", "KeysInDanger", "SweepAbsent", "MissedByEvents", "EventsLost", "EventsParked", "SweepFailed", "ExposureTooLong",
          "EventsWaiting", "TagsRejected"}


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def statement(document, sid):
    return next(s for s in document["Statement"] if s["Sid"] == sid)


def sids(s, role):
    return {x["Sid"]: x for x in s.statements(role)}


def both(s, sid, on):
    """Gives a statement of each function's role, and sees that both have it, or neither."""
    found = [sids(s, role).get(sid) for role in ("EventFunctionRole", "SweepFunctionRole")]
    same([x is not None for x in found], [on, on], f"the right {sid}")
    return found[0]


def creates_key(s, on):
    same({"Key", "KeyAlias"} & set(s.resources), {"Key", "KeyAlias"} if on else set(), "key and alias")
    same(s.outputs.get("KeyArn"), s.arn("Key") if on else None, "output KeyArn")
    if on:
        same(s.properties("KeyAlias")["TargetKeyId"], s.physical["Key"], "the alias's key")


def has_own_logs_key(s, on):
    for group in LOG_GROUPS:
        same(s.properties(group).get("KmsKeyId"), KEY if on else s.arn("Key"), f"key of {group}")


def has_logs_service_principal(s, on):
    want = "logs.example.amazonaws.com.cn" if on else "logs.eu-west-1.amazonaws.com"
    for sid in ("LogGroupsOfThisAccount", "QueryResultsOfThisAccount"):
        same(statement(s.properties("Key")["KeyPolicy"], sid)["Principal"], {"Service": want}, sid)


def has_key_accounts(s, on):
    for sid in ("LookAtKeys", "UseKeysThroughLogs"):
        right = both(s, sid, True)
        same(right["Resource"], f"arn:aws:kms:eu-west-1:{'*' if on else '123456789012'}:key/*", f"keys of {sid}")
        same(right.get("Condition", {}).get("StringEquals", {}).get("aws:ResourceAccount"),
             ["123456789012", "111122223333", "444455556666"] if on else None, f"accounts of {sid}")


def has_member_role(s, on):
    right = both(s, "ActInMemberAccounts", on)
    if on:
        same((right["Action"], right["Resource"]), ("sts:AssumeRole", "arn:aws:iam::*:role/security/log-group-kms-member"), "the role that may be assumed")


HUB = {"OrganizationId": "o-a1b2c3d4e5", "MemberRole": "security/log-group-kms-member"}
SWEEPS = {"SweepAccounts": "111122223333,444455556666", "MemberRole": "security/log-group-kms-member"}


def is_hub(s, on):
    names = {"MemberEventBus", "MemberEventBusPolicy", "MemberRule"}
    same(names & set(s.resources), names if on else set(), "bus, its policy and rule")
    same(s.outputs.get("MemberEventBusArn"), s.arn("MemberEventBus") if on else None, "output MemberEventBusArn")
    if on:
        same(both(s, "ActInMemberAccounts", True)["Condition"], {"StringEqualsIfExists": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}, "whose roles may be assumed")


def sweeps_members(s, on):
    names = {"MembersStateMachine", "MembersStateMachineRole", "MembersLogGroup"}
    same(names & set(s.resources), names if on else set(), "state machine, its role and log group")
    same(s.outputs.get("MembersStateMachineArn"), s.arn("MembersStateMachine") if on else None, "output MembersStateMachineArn")
    machine = s.arn("MembersStateMachine" if on else "SweepStateMachine")
    same([x["Target"]["Arn"] for x in s.of_type("AWS::Scheduler::Schedule").values() if x.get("State", "ENABLED") == "ENABLED"], [machine], "what the schedule starts")
    same(s.properties("DeploymentRule")["Targets"][0]["Arn"], machine, "what a deployment starts")
    same("Open, by account" in s.properties("Dashboard")["DashboardBody"], on, "the dashboard shows accounts")


def lists_organization(s, on):
    same("ListAccounts" in sids(s, "MembersStateMachineRole"), on, "the right to list accounts")


def has_other_regions(s, on):
    for sid in ("ReadLogGroupsElsewhere", "ReadTagsElsewhere", "LookAtKeysElsewhere", "SetKeysElsewhere", "UseKeysThroughLogsElsewhere"):
        both(s, sid, on)
    same(s.properties("MembersStateMachine")["DefinitionSubstitutions"]["Regions"], "eu-west-1,us-east-1" if on else "eu-west-1", "Regions that are swept")


WRITES = ("logs:AssociateKmsKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")


def writes(s, on):
    same(s.outputs["Mode"], "sets keys" if on else "dry run", "output Mode")
    for role in ("EventFunctionRole", "SweepFunctionRole"):
        actions = [a for x in s.statements(role) for a in listed(x["Action"])]
        same(sorted(set(WRITES) & set(actions)), sorted(WRITES) if on else [], f"what {role} may write with")
    same({a["ActionsEnabled"] for a in s.of_type("AWS::CloudWatch::Alarm").values()}, {on}, "whether alarms ring")
    same("DRY RUN" in s.properties("Dashboard")["DashboardBody"], not on, "the dashboard speaks of a dry run")


def listed(value):
    return value if isinstance(value, list) else [value]


def hears_drift(s, on):
    same("DriftRule" in s.resources, on, "rule")


def hears_of_keys(s, on):
    same("KeyRule" in s.resources, on, "rule")


def has_sweep_window(s, on):
    (schedule,) = s.of_type("AWS::Scheduler::Schedule").values()
    same(schedule["FlexibleTimeWindow"], {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": "15"} if on else {"Mode": "OFF"}, "window")


def has_alarms(s, on):
    same(set(s.of_type("AWS::CloudWatch::Alarm")), ALARMS if on else set(), "alarms")
    kinds = [w["type"] for w in json.loads(s.properties("Dashboard")["DashboardBody"])["widgets"]]
    same((kinds[1], kinds.count("alarm")), ("alarm", 1) if on else ("text", 0), "the dashboard's second row")


def has_alarm_topic(s, on):
    for name, alarm in s.of_type("AWS::CloudWatch::Alarm").items():
        same((alarm.get("AlarmActions"), alarm.get("OKActions")), ([TOPIC], [TOPIC]) if on else (None, None), f"actions of {name}")


def has_dashboard(s, on):
    same(("Dashboard" in s.resources, s.outputs.get("DashboardName")), (on, "log-group-kms-eu-west-1" if on else None), "dashboard")


def has_boundary(s, on):
    for name, role in s.of_type("AWS::IAM::Role").items():
        same(role.get("PermissionsBoundary"), BOUNDARY if on else None, f"boundary of {name}")


def in_vpc(s, on):
    both(s, "UseNetworkInterfaces", on)
    want = {"SubnetIds": ["subnet-0a1b2c3d", "subnet-1a2b3c4d"], "SecurityGroupIds": ["sg-0a1b2c3d"]} if on else None
    for name in FUNCTIONS:
        same(s.properties(name).get("VpcConfig"), want, f"network of {name}")


def has_environment_key(s, on):
    right = both(s, "ReadOwnVariables", on)
    if on:
        same((right["Action"], right["Resource"]), ("kms:Decrypt", OTHER_KEY), "the right to it")
    for name in FUNCTIONS:
        same(s.properties(name).get("KmsKeyArn"), OTHER_KEY if on else None, f"key for the variables of {name}")


def signs_code(s, on):
    for name in FUNCTIONS:
        same(s.properties(name).get("CodeSigningConfigArn"), SIGNING if on else None, f"code signing of {name}")


# Each condition: the parameters that make it true and false, and what then differs.
SWITCHES = {
    "CreatesKey": ({}, OWN_KEY, creates_key),
    "HasOwnLogsKey": ({"OwnLogsKmsKeyArn": KEY}, {}, has_own_logs_key),
    "HasLogsServicePrincipal": ({"LogsServicePrincipal": "logs.example.amazonaws.com.cn"}, {}, has_logs_service_principal),
    "HasKeyAccounts": ({"KeyAccounts": "111122223333,444455556666"}, {}, has_key_accounts),
    "HasMemberRole": ({"MemberRole": "security/log-group-kms-member"}, {}, has_member_role),
    "IsHub": (HUB, {}, is_hub),
    "SweepsMembers": (SWEEPS, {}, sweeps_members),
    "ListsOrganization": (SWEEPS | {"SweepAccounts": "ORGANIZATION"}, SWEEPS, lists_organization),
    "HasOtherRegions": (SWEEPS | {"SweepRegions": "eu-west-1,us-east-1"}, SWEEPS, has_other_regions),
    "Writes": ({}, {"DryRun": "true"}, writes),
    "HearsDrift": ({}, {"DriftEvents": "false"}, hears_drift),
    "HearsOfKeys": ({}, {"KeyEvents": "false"}, hears_of_keys),
    "HasSweepWindow": ({}, {"SweepWindowMinutes": "0"}, has_sweep_window),
    "HasAlarms": ({}, {"CreateAlarms": "false"}, has_alarms),
    "HasAlarmTopic": ({"AlarmTopicArn": TOPIC}, {}, has_alarm_topic),
    "HasDashboard": ({}, {"CreateDashboard": "false"}, has_dashboard),
    "HasBoundary": ({"PermissionsBoundary": BOUNDARY}, {}, has_boundary),
    "InVpc": (NETWORK, {}, in_vpc),
    "HasEnvironmentKey": ({"EnvironmentKmsKeyArn": OTHER_KEY}, {}, has_environment_key),
    "SignsCode": ({"CodeSigningConfigArn": SIGNING}, {}, signs_code),
}
# All the other way round at once.
TURNED = OWN_KEY | NETWORK | {
    "LogsServicePrincipal": "logs.example.amazonaws.com.cn", "KeyAccounts": "111122223333", "MemberRole": "log-group-kms-member", "OrganizationId": "o-a1b2c3d4e5",
    "SweepAccounts": "ORGANIZATION", "SweepRegions": "eu-west-1,eu-central-1", "DryRun": "true",
    "DriftEvents": "false", "KeyEvents": "false", "SweepWindowMinutes": "0", "CreateAlarms": "false", "AlarmTopicArn": TOPIC,
    "CreateDashboard": "false", "PermissionsBoundary": BOUNDARY, "EnvironmentKmsKeyArn": OTHER_KEY, "CodeSigningConfigArn": SIGNING,
}
