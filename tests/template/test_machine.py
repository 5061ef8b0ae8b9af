"""The state machine at work: what it asks of the function, and how it ends."""

import json
import re
import unittest

import machine
import sam
from machine import Slow, run
from sam import replaced, without

SWEEP = {"action": "sweep"}

# All different, and none of them 0 or 1, so that no two can be mixed up unseen.
COUNTS = {"examined": 101, "encrypted": 53, "associated": 11, "planned": 7, "unchanged": 61, "skipped": 13, "gone": 5, "failed": 0,
          "open": 17, "unusable": 19, "missedByEvents": 23}
FAILURE = {"logGroup": '/app {x} "q"', "errorType": "KeyUnusable", "errorMessage": "key 'k' is \\ disabled {}"}
UNANSWERED = {"errorType": "AccessDenied", "errorMessage": "no right to logs:AssociateKmsKey"}


def answer(cursor=None, **more):
    """What the function answers to a call."""
    whole = {"action": "sweep", "account": "123456789012", "region": "eu-west-1", **COUNTS, **more}
    return whole if cursor is None else whole | {"cursor": cursor}


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def succeeded(end):
    same((end.status, end.error), ("SUCCEEDED", None), "the end")


def failed(end, error):
    same((end.status, end.error), ("FAILED", error), "the end")


# --- What it is to do. Each takes a definition, so that it can be shown to see a mistake in it. -----------------------------


def sums_up_one_call(definition):
    end = run([answer()], SWEEP, definition)
    succeeded(end)
    same(end.calls, [SWEEP], "calls")
    same(end.functions, {machine.FUNCTION}, "functions called")
    same(end.output, COUNTS | {"account": "123456789012", "region": "eu-west-1", "calls": 1}, "output")


def follows_the_cursor_with_the_whole_request(definition):
    request = {"action": "sweep", "account": "210987654321", "region": "eu-central-1", "prefix": "/app/", "dryRun": True}
    end = run([answer("c1"), answer("c2"), answer("c1"), answer()], request, definition)
    succeeded(end)
    same(end.calls, [request] + [request | {"cursor": c} for c in ("c1", "c2", "c1")], "calls")
    same({k: end.output.get(k) for k in COUNTS}, {k: 4 * v for k, v in COUNTS.items()}, "totals")
    same(end.output["calls"], 4, "number of calls")


def starts_at_a_cursor_that_is_given(definition):
    end = run([answer()], SWEEP | {"cursor": "c9"}, definition)
    succeeded(end)
    same(end.calls, [SWEEP | {"cursor": "c9"}], "calls")


def keeps_who_started_it_from_the_function(definition):
    """The function refuses members that it does not know."""
    for who in ("schedule", "deployment", "key-event", "hand"):
        end = run([answer()], SWEEP | {"startedBy": who, "prefix": "/app/"}, definition)
        succeeded(end)
        same(end.calls, [SWEEP | {"prefix": "/app/"}], f"calls for a start by {who}")


def takes_empty_members_for_none(definition):
    for more in ({"failures": []}, {"failures": None}, {"cursor": ""}, {"cursor": None}, {"queryResult": None},
                 {"queryResult": {"outcome": "associated", "kmsKeyArn": "k"}}):
        end = run([answer(**more)], SWEEP, definition)
        succeeded(end)
        same(len(end.calls), 1, f"calls with {more}")


def fails_when_log_groups_failed(definition):
    """Also when the last call had none, and the sweep goes on to its end before that."""
    end = run([answer("c1", failed=3, failures=[FAILURE]), answer("c2"), answer()], SWEEP, definition)
    failed(end, "LogGroupsFailed")
    same(len(end.calls), 3, "calls")
    same(end.cause.startswith(
        "3 failed of 303 log groups examined in 3 calls: 33 associated, 21 planned, 183 unchanged, 39 skipped, 15 gone. 159 have a customer key, "
        "51 lack the key that they should have, 57 have one that cannot be used, 69 were missed by events. First failures: [{"),
        True, f"counts in {end.cause!r}")
    same(failures_in(end.cause), [FAILURE], "failures")


def failures_in(cause):
    return json.loads(cause.partition("First failures: ")[2])


def keeps_the_first_failures(definition):
    """Ten, over all calls, and as much of each as fits into a cause, which ends at 32,768 characters."""
    def long(n):
        return {"logGroup": f"/{n}" + "g" * 500, "errorType": "Unexpected", "errorMessage": '"' * 2000}

    end = run([answer("c1", failed=6, failures=list(map(long, range(6)))), answer(failed=6, failures=list(map(long, range(6, 12))))], SWEEP, definition)
    failed(end, "LogGroupsFailed")
    same([f["logGroup"][1] for f in failures_in(end.cause)], list("0123456789"), "failures kept")
    same({len(f["errorMessage"]) for f in failures_in(end.cause)}, {800}, "how much of each")
    same(len(end.cause) < 32768, True, f"a cause of {len(end.cause)} characters")


def fails_when_query_results_failed(definition):
    for script in ([answer(failed=1, queryResult=UNANSWERED)], [answer("c1", failed=1, queryResult=UNANSWERED), answer()]):
        end = run(script, SWEEP, definition)
        failed(end, "LogGroupsFailed")
        same(failures_in(end.cause), [{"logGroup": "query results"} | UNANSWERED], "failures")


def repeats_what_may_pass(definition):
    """The same call again, as often for the second call as for the first."""
    for error, times in PASSING.items():
        end = run([error] * times + [answer("c1")] + [error] * times + [answer()], SWEEP, definition)
        succeeded(end)
        same(end.calls, [SWEEP] * (times + 1) + [SWEEP | {"cursor": "c1"}] * (times + 1), f"calls for {error}")
        same(end.output["calls"], 2, f"calls counted for {error}")


def gives_up_after_a_while(definition):
    for error, times in PASSING.items():
        end = run([error], SWEEP, definition)
        failed(end, error)
        same(len(end.calls), times + 1, f"calls for {error}")
        same(all(a <= b for a, b in zip(end.waits, end.waits[1:])), True, f"growing waits {end.waits}")
        same(max(end.waits, default=0) <= 300, True, f"waits {end.waits}")


def waits_no_longer_than_an_answer_takes(definition):
    """Called again when no answer comes. The function has 900 seconds, the state machine waits a little longer."""
    same(900 < definition["States"]["Sweep"]["TimeoutSeconds"] <= 960, True, "TimeoutSeconds")
    # Long enough for the second answer to come in time on a busy machine.
    end = run([Slow(6, answer()), answer()], SWEEP, replaced(definition, "States", "Sweep", "TimeoutSeconds", 5))
    succeeded(end)
    same(end.calls, [SWEEP, SWEEP], "calls")


def ends_with_what_cannot_pass(definition):
    for error in LASTING:
        end = run([error, answer()], SWEEP, definition)
        failed(end, error)
        same(len(end.calls), 1, f"calls for {error}")


def refuses_other_input(definition):
    for request in ({}, [], "sweep", SWEEP | {"startedBy": "cron"}, SWEEP | {"startedBy": None}, {"action": "encrypt", "logGroupName": "/a"}, {"action": "Sweep"}, {"action": 7}, {"action": None}, {"Action": "sweep"}):
        end = run([answer()], request, definition)
        failed(end, "InvalidEvent")
        same(end.calls, [], f"calls for {request}")


def ends_where_the_cursor_does_not(definition):
    """A cursor that does not move ends, with the cursor to go on from. The bound is lowered here; test_lock holds it against the
    25,000 events of an execution."""
    end = run([answer("same")] * 6, SWEEP, sam.swapped(definition, "More", "$calls >= 500", "$calls >= 5"))
    failed(end, "TooManyCalls")
    same(len(end.calls), 5, "calls")
    same(end.cause.endswith(": same") and "505 log groups" in end.cause, True, f"cause {end.cause!r}")


# Errors that may pass, and how often the call is repeated; then those that cannot.
PASSING = {
    "Lambda.ServiceException": 6, "Lambda.AWSLambdaException": 6, "Lambda.SdkClientException": 6, "Lambda.TooManyRequestsException": 20,
    "Throttled": 5, "Unavailable": 5, "Conflict": 5, "Sandbox.Timedout": 2, "Lambda.Unknown": 2,
}
LASTING = (
    "InvalidEvent", "AccessDenied", "KeyUnusable", "Unexpected", "Runtime.ExitError", "Runtime.InvalidEntrypoint",
    "Lambda.ResourceNotFoundException", "Lambda.AccessDeniedException",
)

CHECKS = (
    sums_up_one_call, follows_the_cursor_with_the_whole_request, starts_at_a_cursor_that_is_given, takes_empty_members_for_none,
    keeps_who_started_it_from_the_function, fails_when_log_groups_failed, keeps_the_first_failures, fails_when_query_results_failed,
    repeats_what_may_pass, gives_up_after_a_while, waits_no_longer_than_an_answer_takes, ends_with_what_cannot_pass, refuses_other_input,
    ends_where_the_cursor_does_not,
)


# --- Mistakes in the definition, and who is to see them ---------------------------------------------------------------------


def mistakes(good):
    """Each is: what it is, the wrong definition, the check that must fail."""
    def put(*path_and_value):
        return replaced(good, "States", *path_and_value)

    def cut(*path):
        return without(good, "States", *path)

    def swap(state, old, new):
        return sam.swapped(good, state, old, new)

    for i, retrier in enumerate(good["States"]["Sweep"]["Retry"]):
        yield f"{retrier['ErrorEquals'][0]} not repeated", cut("Sweep", "Retry", i), repeats_what_may_pass
        yield f"{retrier['ErrorEquals'][0]} given up early", put("Sweep", "Retry", i, "MaxAttempts", 1), repeats_what_may_pass
        yield f"{retrier['ErrorEquals'][0]} repeated longer", put("Sweep", "Retry", i, "MaxAttempts", 21), gives_up_after_a_while
    yield "timeouts not repeated", cut("Sweep", "Retry", 3, "ErrorEquals", 0), waits_no_longer_than_an_answer_takes
    yield "no timeout", put("Sweep", "TimeoutSeconds", 99999), waits_no_longer_than_an_answer_takes
    everything = good["States"]["Sweep"]["Retry"] + [{"ErrorEquals": ["States.ALL"]}]
    yield "everything repeated", put("Sweep", "Retry", everything), ends_with_what_cannot_pass
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    yield "errors forgiven", put("Sweep", "Catch", caught), ends_with_what_cannot_pass
    for count in COUNTS:
        check = fails_when_log_groups_failed if count == "failed" else follows_the_cursor_with_the_whole_request
        yield f"{count} not added up", cut("Begin", "Assign", "totals", count), check
    yield "only the last call's counts", swap("Sweep", "$lookup($totals, $count), ", ""), follows_the_cursor_with_the_whole_request
    yield "calls not counted", put("Sweep", "Assign", "calls", "{% $calls %}"), sums_up_one_call
    yield "input not passed on", put("Begin", "Assign", "request", SWEEP), follows_the_cursor_with_the_whole_request
    yield "cursor instead of the request", swap("Sweep", "$merge([$request, {'cursor': $states.result.Payload.cursor}])", "$states.result.Payload"), \
        follows_the_cursor_with_the_whole_request
    yield "cursor not followed", put("More", "Choices", 1, "Next", "Done"), follows_the_cursor_with_the_whole_request
    yield "cursor of the input dropped", put("Sweep", "Arguments", "Payload", SWEEP), starts_at_a_cursor_that_is_given
    yield "empty cursor followed", put("Sweep", "Output", "goOn", "{% $exists($states.result.Payload.cursor) %}"), takes_empty_members_for_none
    yield "who started it is passed on", put("Begin", "Assign", "request", "{% $states.input %}"), keeps_who_started_it_from_the_function
    yield "failures not looked at", cut("More", "Choices", 2), fails_when_log_groups_failed
    yield "failures end the sweep early", put("More", "Choices", [good["States"]["More"]["Choices"][i] for i in (2, 0, 1)]), fails_when_log_groups_failed
    yield "no example of a failure", swap("Sweep", "$states.result.Payload.failures[errorType]", "[]"), fails_when_log_groups_failed
    yield "no example of the query results", swap("Sweep", "$states.result.Payload.queryResult[errorType]", "[]"), fails_when_query_results_failed
    yield "the last failures", swap("Sweep", "$append($failures, [", "$append([], ["), keeps_the_first_failures
    yield "all failures", swap("Sweep", "[[0..9]]", ""), keeps_the_first_failures
    yield "whole messages", swap("Sweep", "$substring(errorMessage, 0, 800)", "errorMessage"), keeps_the_first_failures
    yield "any input taken", put("CheckInput", "Default", "Begin"), refuses_other_input
    yield "another case taken", swap("CheckInput", "$states.input.action =", "$lowercase($string($states.input.action)) ="), refuses_other_input
    yield "anybody may have started it", swap("CheckInput", "'hand']", "'hand', 'cron']"), refuses_other_input
    yield "no bound", swap("More", "$calls >= 500", "$calls >= 5000"), ends_where_the_cursor_does_not
    yield "totals not given", put("Done", "Output", "{% $place %}"), sums_up_one_call
    yield "another function", put("Sweep", "Arguments", "FunctionName", machine.FUNCTION + "-2"), sums_up_one_call


class StateMachine(unittest.TestCase):
    def test_does_what_it_is_to_do(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check(sam.definition())

    def test_bites(self):
        """Each check sees the mistakes that it is there for."""
        seen = set()
        for what, definition, check in mistakes(sam.definition()):
            seen.add(check)
            with self.subTest(what):
                self.assertNotEqual(definition, sam.definition())
                with self.assertRaises(AssertionError):
                    check(definition)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")

    def test_every_error_of_the_function_is_decided(self):
        source = (sam.ROOT / "internal" / "failure" / "failure.go").read_text(encoding="utf-8")
        types = set(re.findall(r'^\t\w+ +Type = "(\w+)"', source, re.MULTILINE))
        self.assertGreater(len(types), 5)
        self.assertEqual(set(), types - set(PASSING) - set(LASTING), "neither repeated nor known to be final")

    def test_every_repeated_error_has_a_row(self):
        repeated = {e for r in sam.definition()["States"]["Sweep"]["Retry"] for e in r["ErrorEquals"]}
        self.assertEqual(repeated, set(PASSING) | {"States.Timeout"})


if __name__ == "__main__":
    unittest.main()
