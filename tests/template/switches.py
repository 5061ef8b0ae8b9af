"""The template's conditions: what makes each true and false, and what then differs."""

KEY = "arn:aws:kms:eu-west-1:123456789012:key/8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76"
OWN_KEY = {"CreateKey": "false", "OwnLogsKmsKeyArn": KEY, "DefaultKmsKey": "alias/own"}
FUNCTIONS = {"EventFunction": "EventLogGroup", "SweepFunction": "SweepLogGroup"}


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def statement(document, sid):
    return next(s for s in document["Statement"] if s["Sid"] == sid)


def creates_key(s, on):
    same({"Key", "KeyAlias"} & set(s.resources), {"Key", "KeyAlias"} if on else set(), "key and alias")
    same(s.outputs.get("KeyArn"), s.arn("Key") if on else None, "output KeyArn")
    if on:
        same(s.properties("KeyAlias")["TargetKeyId"], s.physical["Key"], "the alias's key")


def has_own_logs_key(s, on):
    for group in FUNCTIONS.values():
        same(s.properties(group).get("KmsKeyId"), KEY if on else s.arn("Key"), f"key of {group}")


def has_logs_service_principal(s, on):
    want = "logs.example.amazonaws.com.cn" if on else "logs.eu-west-1.amazonaws.com"
    for sid in ("LogGroupsOfThisAccount", "QueryResultsOfThisAccount"):
        same(statement(s.properties("Key")["KeyPolicy"], sid)["Principal"], {"Service": want}, sid)
    through = statement(s.properties("LogGroupPolicy")["PolicyDocument"], "UseKeysThroughLogs")
    same(through["Condition"]["StringEquals"], {"kms:ViaService": want}, "UseKeysThroughLogs")


def has_member_role(s, on):
    for role in ("EventFunctionRole", "SweepFunctionRole"):
        assumed = [x["Resource"] for x in s.statements(role) if x["Action"] == "sts:AssumeRole"]
        same(assumed, ["arn:aws:iam::*:role/log-group-kms-member"] if on else [], f"roles that {role} may assume")


def hears_drift(s, on):
    same({"DriftRule", "DriftRulePermission"} & set(s.resources), {"DriftRule", "DriftRulePermission"} if on else set(), "rule and permission")


def has_sweep_window(s, on):
    (schedule,) = s.of_type("AWS::Scheduler::Schedule").values()
    same(schedule["FlexibleTimeWindow"], {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": "15"} if on else {"Mode": "OFF"}, "window")


def reserves_concurrency(s, on):
    got = [s.properties(name).get("ReservedConcurrentExecutions") for name in FUNCTIONS]
    same(got, ["4", 1] if on else [None, None], "reserved concurrency")


def redrives(s, on):
    queue = s.arn("FailureQueue")
    same([(m["EventSourceArn"], m["FunctionResponseTypes"]) for m in s.of_type("AWS::Lambda::EventSourceMapping").values()],
         [(queue, ["ReportBatchItemFailures"])] if on else [], "event source")
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        same(s.may("EventFunctionRole", action, queue), on, action)
        same(s.may("SweepFunctionRole", action, queue), False, f"{action} for the sweep")


# Each condition: the parameters that make it true and false, and what then differs.
SWITCHES = {
    "CreatesKey": ({}, OWN_KEY, creates_key),
    "HasOwnLogsKey": ({"OwnLogsKmsKeyArn": KEY}, {}, has_own_logs_key),
    "HasLogsServicePrincipal": ({"LogsServicePrincipal": "logs.example.amazonaws.com.cn"}, {}, has_logs_service_principal),
    "HasMemberRole": ({"MemberRole": "log-group-kms-member"}, {}, has_member_role),
    "HearsDrift": ({}, {"DriftEvents": "false"}, hears_drift),
    "HasSweepWindow": ({}, {"SweepWindowMinutes": "0"}, has_sweep_window),
    "ReservesConcurrency": ({}, {"EventConcurrency": "0"}, reserves_concurrency),
    "Redrives": ({"RedriveFailures": "true"}, {}, redrives),
}
# All the other way round at once.
TURNED = OWN_KEY | {
    "LogsServicePrincipal": "logs.example.amazonaws.com.cn", "MemberRole": "log-group-kms-member", "DriftEvents": "false",
    "SweepWindowMinutes": "0", "EventConcurrency": "0", "RedriveFailures": "true",
}
