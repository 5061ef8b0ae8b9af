"""Alarms, dashboard and saved queries, as they are on moto's CloudFormation."""

import json
import re
import unittest

import sam
from sam import replaced, without
from stack import deploy
from switches import ALARMS, SWEEPS, same

from botocore.exceptions import ClientError

# What each alarm looks at, when it rings, and how data counts that is not there.
ALARM_TABLE = {
    "OpenLogGroups": ("Open", "Maximum", 3600, ">= 1", 1, "ignore"),
    "KeysInDanger": ("LogGroupsUnusable", "Maximum", 3600, ">= 1", 1, "ignore"),
    "SweepAbsent": ("FILL(ended, 0)", "SampleCount", 3600, "< 1", 3, "breaching"),
    "MissedByEvents": ("MissedByEvents", "Sum", 3600, ">= 1", 1, "notBreaching"),
    "EventsLost": ("SUM(METRICS())", "Sum", 300, ">= 1", 1, "notBreaching"),
    "EventsParked": ("ApproximateNumberOfMessagesVisible", "Maximum", 300, ">= 1", 1, "ignore"),
    "SweepFailed": ("SUM(METRICS())", "Sum", 300, ">= 1", 1, "notBreaching"),
    "ExposureTooLong": ("seconds / 60", "Maximum", 300, "> 15", 1, "notBreaching"),
    "EventsWaiting": ("ApproximateAgeOfOldestMessage", "Maximum", 300, "> 900", 3, "notBreaching"),
    "TagsRejected": ("TagRejected", "Sum", 3600, ">= 1", 1, "notBreaching"),
}
COMPARISONS = {"GreaterThanOrEqualToThreshold": ">=", "GreaterThanThreshold": ">", "LessThanThreshold": "<"}
OURS = {"Service": "log-group-kms"}


def metrics_of(alarm):
    """Each metric that an alarm reads: namespace, name, dimensions."""
    stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m] or [alarm]
    return [(m["Namespace"], m["MetricName"], {d["Name"]: d["Value"] for d in m["Dimensions"]}) for m in stats]


def alarms_are_those_of_the_table(template=None):
    s = deploy(template)
    alarms = s.of_type("AWS::CloudWatch::Alarm")
    same(set(alarms), set(ALARM_TABLE), "alarms")
    for name, a in alarms.items():
        inner = [m for m in a.get("Metrics", []) if "MetricStat" in m]
        shown = [m for m in a.get("Metrics", []) if m.get("ReturnData")]
        same(len(shown), 1 if inner else 0, f"results of {name}")
        stats = {(m["MetricStat"]["Stat"], m["MetricStat"]["Period"]) for m in inner} or {(a["Statistic"], a["Period"])}
        ((statistic, period),) = stats
        got = (shown[0]["Expression"] if shown else a["MetricName"], statistic, period, f"{COMPARISONS[a['ComparisonOperator']]} {a['Threshold']}",
               int(a["EvaluationPeriods"]), a["TreatMissingData"])
        same(got, ALARM_TABLE[name], name)
        same(a["DatapointsToAlarm"], a["EvaluationPeriods"], f"M and N of {name}")
        same(period * int(a["EvaluationPeriods"]) <= (604800 if period >= 3600 else 86400), True, f"{name} fits into what CloudWatch evaluates")
    s = deploy(template, SweepMaxAgeHours="168", MaxExposureMinutes="5")
    same((int(s.properties("SweepAbsent")["EvaluationPeriods"]), s.properties("ExposureTooLong")["Threshold"]), (168, 5), "limits by parameters")


def alarms_look_at_this_stack(template=None):
    s = deploy(template)
    ours = s.properties("EventFunction")["Environment"]["Variables"]["METRICS_NAMESPACE"]
    dead, events = s.arn("DeadLetterQueue").rpartition(":")[2], s.arn("EventQueue").rpartition(":")[2]
    rules = {s.physical[n] for n in s.of_type("AWS::Events::Rule")}
    for name, alarm in s.of_type("AWS::CloudWatch::Alarm").items():
        same(alarm["AlarmName"], f"log-group-kms-{name}", "name")
        for namespace, metric, dimensions in metrics_of(alarm):
            want = {ours: OURS, "AWS/SQS": {"QueueName": events if name == "EventsWaiting" else dead},
                    "AWS/States": {"StateMachineArn": s.arn("SweepStateMachine")}}.get(namespace)
            same(namespace == "AWS/Events" or dimensions == want, True, f"{name}: dimensions of {namespace} {metric}: {dimensions}")
    same({d["RuleName"] for _, _, d in metrics_of(s.properties("EventsLost"))}, rules, "rules whose losses ring")
    same({m for _, m, _ in metrics_of(s.properties("SweepFailed"))}, {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}, "ends that ring")
    s = deploy(template, DriftEvents="false", KeyEvents="false")
    same({d["RuleName"] for _, _, d in metrics_of(s.properties("EventsLost"))}, {s.physical[n] for n in ("CreateLogGroupRule", "DeploymentRule")}, "rules that are there")


def headings():
    """The anchors of the operations page, as code hosts make them of headings."""
    page = (sam.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}


def alarms_say_what_to_do(template=None):
    for url in ("docs/operations.md", "https://git.example.com/ops.md"):
        for name, alarm in deploy(template, RunbookUrl=url).of_type("AWS::CloudWatch::Alarm").items():
            lines = alarm["AlarmDescription"].split("\n")
            same(len(lines), 3, f"lines of {name}")
            same(re.match(r"(Page|Ticket): .{30,}[.]$", lines[0]) is not None and lines[1].endswith("."), True, f"words of {name}: {lines}")
            before, _, anchor = lines[2].partition("#")
            same(before, f"Runbook: {url}", f"where {name} leads to")
            same(anchor in headings(), True, f"heading #{anchor} of {name}")
            same(len(alarm["AlarmDescription"]) <= 1024, True, f"length of {name}")
    hours = deploy(template, SweepMaxAgeHours="26").properties("SweepAbsent")["AlarmDescription"]
    same("26 hours" in hours, True, "the number in it")


def dashboard_shows_it(template=None):
    for parameters in ({}, {"DryRun": "true", "DriftEvents": "false", "KeyEvents": "false", "CreateAlarms": "false"}):
        s = deploy(template, **parameters)
        dashboard = s.properties("Dashboard")
        same(dashboard["DashboardName"], "log-group-kms-eu-west-1", "name")
        widgets = json.loads(dashboard["DashboardBody"])["widgets"]
        taken = set()
        for w in widgets:
            cells = {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
            same((w["x"] + w["width"] <= 24, cells & taken), (True, set()), f"place of {w['properties'].get('title', w['type'])}")
            taken |= cells
            same(w["type"] in ("text", "alarm") or w["properties"]["region"] == "eu-west-1", True, "Region of a widget")
        same(len(taken) % 24, 0, "rows that are full")
        same([w["type"] for w in widgets][:6], ["text", "alarm" if s.conditions["HasAlarms"] else "text"] + ["metric"] * 4, "first rows")
    same("DRY RUN" in widgets[0]["properties"]["markdown"], True, "the mode, first of all")
    s = deploy(template)
    widgets = json.loads(s.properties("Dashboard")["DashboardBody"])["widgets"]
    alarms = s.of_type("AWS::CloudWatch::Alarm")
    same(sorted(arn.rpartition("-")[2] for arn in widgets[1]["properties"]["alarms"]), sorted(alarms), "alarms shown")
    lines = {line["label"]: line["value"] for w in widgets for line in w["properties"].get("annotations", {}).get("horizontal", [])}
    for name, alarm in alarms.items():
        same([v for label, v in lines.items() if name in label], [alarm["Threshold"]], f"line of {name}")


def graphs_read_the_metrics_of_the_alarms(template=None):
    """Namespace, name and dimensions, so that a graph shows what rings."""
    s = deploy(template)
    shown = set()
    for w in json.loads(s.properties("Dashboard")["DashboardBody"])["widgets"]:
        for metric in w["properties"].get("metrics", []):
            if isinstance(metric[0], str):
                namespace, name, *pairs = [part for part in metric if isinstance(part, str)]
                shown.add((namespace, name, tuple(sorted(zip(pairs[::2], pairs[1::2])))))
    read = {(n, m, tuple(sorted(d.items()))) for a in s.of_type("AWS::CloudWatch::Alarm").values() for n, m, d in metrics_of(a)}
    same(read - shown, set(), "metrics of alarms that no graph shows")


def searches_quote_the_namespace(template=None):
    """CloudWatch wants a name with other characters than letters and digits, as each namespace with a stack's name is, in double quotes."""
    s = deploy(template, **SWEEPS)
    namespace = s.properties("EventFunction")["Environment"]["Variables"]["METRICS_NAMESPACE"]
    searches = [m[0]["expression"] for w in json.loads(s.properties("Dashboard")["DashboardBody"])["widgets"] for m in w["properties"].get("metrics", [])
                if isinstance(m[0], dict) and m[0].get("expression", "").startswith("SEARCH")]
    same(len(searches), 2, "searches")
    for search in searches:
        same(search.startswith(f"""SEARCH('{{"{namespace}",Service,Account}} MetricName=\""""), True, f"schema of {search}")


def queries_read_both_logs(template=None):
    s = deploy(template)
    queries = s.of_type("AWS::Logs::QueryDefinition")
    same({q["Name"] for q in queries.values()}, {f"log-group-kms/{n}" for n in (
        "failures by group", "slowest", "rejected tags", "same group again and again", "what was set", "one log group's story")}, "saved queries")
    page = (sam.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for told in re.findall(r"saved query \*([^*]+)\*", page):
        same(f"log-group-kms/{told}" in {q["Name"] for q in queries.values()}, True, f"the saved query {told!r} that the operations page names")
    for q in queries.values():
        same(q["LogGroupNames"], [s.physical["EventLogGroup"], s.physical["SweepLogGroup"]], f"logs of {q['Name']}")
        same(len(q["QueryString"]) <= 10000, True, "length")


CHECKS = (
    alarms_are_those_of_the_table, alarms_look_at_this_stack, alarms_say_what_to_do, dashboard_shows_it, graphs_read_the_metrics_of_the_alarms,
    searches_quote_the_namespace, queries_read_both_logs,
)


def mistakes(good):
    """Each is: what it is, the wrong template, the check that must fail."""
    def put(*path_and_value):
        return replaced(good, "Resources", *path_and_value)

    def cut(*path):
        return without(good, "Resources", *path)

    def drawn(old, new):
        body = good["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        if old not in body[0]:
            raise ValueError(f"the dashboard no longer holds {old!r}, so the mistake cannot be made; make another")
        return put("Dashboard", "Properties", "DashboardBody", "Fn::Sub", [body[0].replace(old, new), body[1]])

    table = alarms_are_those_of_the_table
    yield "an alarm too few", cut("EventsLost"), table
    yield "missing data that makes it green", put("OpenLogGroups", "Properties", "TreatMissingData", "notBreaching"), table
    yield "missing data left to CloudWatch", cut("EventsParked", "Properties", "TreatMissingData"), table
    yield "another statistic", put("OpenLogGroups", "Properties", "Statistic", "Average"), table
    yield "a heartbeat that is not filled", put("SweepAbsent", "Properties", "Metrics", 0, "Expression", "ended"), table
    yield "a limit that no parameter moves", put("SweepAbsent", "Properties", "EvaluationPeriods", 3), table
    yield "seconds for minutes", put("ExposureTooLong", "Properties", "Metrics", 0, "Expression", "seconds"), table
    yield "an hour's age of a queue", put("EventsWaiting", "Properties", "EvaluationPeriods", 1), table
    yield "another stack's metrics", put("OpenLogGroups", "Properties", "Namespace", {"Ref": "MetricsNamespace"}), alarms_look_at_this_stack
    yield "another metric", put("KeysInDanger", "Properties", "Dimensions", 0, "Value", "log-groups"), alarms_look_at_this_stack
    yield "the other queue", put("EventsParked", "Properties", "Dimensions", 0, "Value", {"Fn::GetAtt": ["EventQueue", "QueueName"]}), alarms_look_at_this_stack
    yield "losses of a rule that nobody sees", cut("EventsLost", "Properties", "Metrics", 4), alarms_look_at_this_stack
    yield "a sweep that was aborted unseen", cut("SweepFailed", "Properties", "Metrics", 3), alarms_look_at_this_stack
    yield "a name for all stacks", put("OpenLogGroups", "Properties", "AlarmName", "OpenLogGroups"), alarms_look_at_this_stack
    text = good["Resources"]["TagsRejected"]["Properties"]["AlarmDescription"]["Fn::Sub"]
    yield "a heading that is not there", put("TagsRejected", "Properties", "AlarmDescription", {"Fn::Sub": text.replace("#tags", "#bad-tags")}), alarms_say_what_to_do
    yield "no word on whom to wake", put("TagsRejected", "Properties", "AlarmDescription", {"Fn::Sub": text.replace("Ticket: ", "")}), alarms_say_what_to_do
    yield "an alarm without its line", drawn("EventsParked, EventsLost", "EventsParked"), dashboard_shows_it
    yield "a line elsewhere", drawn('"value":900', '"value":600'), dashboard_shows_it
    yield "one graph over another", drawn('"x":16,"y":26', '"x":15,"y":26'), dashboard_shows_it
    yield "a dashboard for all Regions", put("Dashboard", "Properties", "DashboardName", {"Ref": "AWS::StackName"}), dashboard_shows_it
    yield "a dashboard that is no JSON", drawn('"widgets":[', '"widgets":'), dashboard_shows_it
    yield "a graph of another metric", drawn('"LogGroupsUnusable"', '"LogGroupsInDanger"'), graphs_read_the_metrics_of_the_alarms
    rows = good["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][1]["MembersRow"]["Fn::If"]
    bare = rows[1]["Fn::Sub"][0].replace(r'{\"${Namespace}\",', "{${Namespace},", 1)
    yield "a search in no namespace", put("Dashboard", "Properties", "DashboardBody", "Fn::Sub", 1, "MembersRow", {"Fn::If": [rows[0], {"Fn::Sub": [bare, rows[1]["Fn::Sub"][1]]}, rows[2]]}), searches_quote_the_namespace
    yield "a query of one function", put("SlowestQuery", "Properties", "LogGroupNames", [{"Ref": "EventLogGroup"}]), queries_read_both_logs
    yield "a query of another name", put("SlowestQuery", "Properties", "Name", "slow"), queries_read_both_logs


class Alarms(unittest.TestCase):
    def test_ring_as_they_are_to(self):
        self.assertEqual(ALARMS, set(ALARM_TABLE))
        for check in CHECKS:
            with self.subTest(check.__name__):
                check()

    def test_bites(self):
        """Each check sees the mistakes that it is there for. CloudFormation refuses some itself."""
        seen = set()
        for what, template, check in mistakes(sam.source()):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ValueError, ClientError)):
                    check(template)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
