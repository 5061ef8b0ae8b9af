"""The state machine at work: what it asks of the function, and how it ends."""

import re
import unittest

import machine
import sam
from machine import Slow, run
from sam import replaced, without

SWEEP = {"action": "sweep"}

# All different, and none of them 0 or 1, so that no two can be mixed up unseen.
COUNTS = {"examined": 101, "encrypted": 53, "associated": 11, "planned": 7, "unchanged": 61, "skipped": 13, "gone": 5, "failed": 0}
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
    same({k: end.output[k] for k in COUNTS}, {k: 4 * v for k, v in COUNTS.items()}, "totals")
    same(end.output["calls"], 4, "number of calls")


def starts_at_a_cursor_that_is_given(definition):
    end = run([answer()], SWEEP | {"cursor": "c9"}, definition)
    succeeded(end)
    same(end.calls, [SWEEP | {"cursor": "c9"}], "calls")


def takes_empty_members_for_none(definition):
    for more in ({"failures": []}, {"failures": None}, {"cursor": ""}, {"queryResult": {"outcome": "associated", "kmsKeyArn": "k"}}):
        end = run([answer(**more)], SWEEP, definition)
        succeeded(end)
        same(len(end.calls), 1, f"calls with {more}")


def fails_when_log_groups_failed(definition):
    """Also when the last call had none, and the sweep goes on to its end before that."""
    end = run([answer("c1", failed=3, failures=[FAILURE]), answer("c2"), answer()], SWEEP, definition)
    failed(end, "LogGroupsFailed")
    same(len(end.calls), 3, "calls")
    same(end.cause.startswith("3 failed of 303 log groups examined in 3 calls: 33 associated, 21 planned, 183 unchanged, 39 skipped, 15 gone; 159 have"),
         True, f"counts in {end.cause!r}")
    for words in ("KeyUnusable", "/app {x}", "disabled {}"):
        same(words in end.cause, True, f"{words!r} in {end.cause!r}")


def fails_when_query_results_failed(definition):
    for script in ([answer(failed=1, queryResult=UNANSWERED)], [answer("c1", failed=1, queryResult=UNANSWERED), answer()]):
        end = run(script, SWEEP, definition)
        failed(end, "LogGroupsFailed")
        same(UNANSWERED["errorMessage"] in end.cause, True, f"the failure in {end.cause!r}")


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
        same(max(end.waits) <= 300, True, f"waits {end.waits}")


def waits_for_another_sweep(definition):
    """Another sweep's call may take 15 minutes; with jitter a wait is half of the longest on average."""
    end = run(["Lambda.TooManyRequestsException"], SWEEP, definition)
    same(sum(end.waits) / 2 >= 2 * 900, True, f"waits {end.waits}, {sum(end.waits)} seconds together")


def waits_no_longer_than_an_answer_takes(definition):
    """Called again when no answer comes. The function has 900 seconds, the state machine waits a little longer."""
    same(900 < definition["States"]["Sweep"]["TimeoutSeconds"] <= 960, True, "TimeoutSeconds")
    end = run([Slow(1.4, answer()), answer()], SWEEP, replaced(definition, "States", "Sweep", "TimeoutSeconds", 1))
    succeeded(end)
    same(end.calls, [SWEEP, SWEEP], "calls")


def ends_with_what_cannot_pass(definition):
    for error in LASTING:
        end = run([error, answer()], SWEEP, definition)
        failed(end, error)
        same(len(end.calls), 1, f"calls for {error}")


def refuses_other_input(definition):
    for request in ({}, [], {"action": "encrypt", "logGroupName": "/a"}, {"action": "Sweep"}, {"action": 7}, {"action": None}, {"Action": "sweep"}):
        end = run([answer()], request, definition)
        failed(end, "InvalidEvent")
        same(end.calls, [], f"calls for {request}")


def ends_where_the_cursor_does_not(definition):
    """A cursor that does not move ends, with the cursor to go on from, within the 25,000 events of an execution."""
    end = run([answer("same")] * 501, SWEEP, definition)
    failed(end, "TooManyCalls")
    same(len(end.calls), 500, "calls")
    same(end.cause.endswith(": same") and "50500 log groups" in end.cause, True, f"cause {end.cause!r}")
    same(end.events < 25000 / 2, True, f"{end.events} events")


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
    fails_when_log_groups_failed, fails_when_query_results_failed, repeats_what_may_pass, gives_up_after_a_while,
    waits_for_another_sweep, waits_no_longer_than_an_answer_takes, ends_with_what_cannot_pass, refuses_other_input,
    ends_where_the_cursor_does_not,
)


# --- Mistakes in the definition, and who is to see them ---------------------------------------------------------------------


def mistakes(good):
    """Each is: what it is, the wrong definition, the check that must fail."""
    def put(*path_and_value):
        return replaced(good, "States", *path_and_value)

    def cut(*path):
        return without(good, "States", *path)

    for i, retrier in enumerate(good["States"]["Sweep"]["Retry"]):
        yield f"{retrier['ErrorEquals'][0]} not repeated", cut("Sweep", "Retry", i), repeats_what_may_pass
        yield f"{retrier['ErrorEquals'][0]} given up early", put("Sweep", "Retry", i, "MaxAttempts", 1), repeats_what_may_pass
        yield f"{retrier['ErrorEquals'][0]} repeated longer", put("Sweep", "Retry", i, "MaxAttempts", 21), gives_up_after_a_while
    yield "timeouts not repeated", cut("Sweep", "Retry", 3, "ErrorEquals", 0), waits_no_longer_than_an_answer_takes
    yield "no timeout", put("Sweep", "TimeoutSeconds", 99999), waits_no_longer_than_an_answer_takes
    yield "waits too short for another sweep", put("Sweep", "Retry", 1, "MaxDelaySeconds", 20), waits_for_another_sweep
    everything = good["States"]["Sweep"]["Retry"] + [{"ErrorEquals": ["States.ALL"]}]
    yield "everything repeated", put("Sweep", "Retry", everything), ends_with_what_cannot_pass
    caught = [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Begin"}]
    yield "errors forgiven", put("Sweep", "Catch", caught), ends_with_what_cannot_pass
    for count in COUNTS:
        if count != "failed":
            yield f"{count} not added up", put("AddUp", "Parameters", f"{count}.$", f"$.last.answer.{count}"), follows_the_cursor_with_the_whole_request
    yield "failures not added up", put("AddUp", "Parameters", "failed.$", "$.last.answer.failed"), fails_when_log_groups_failed
    yield "calls not counted", put("AddUp", "Parameters", "calls.$", "$.totals.calls"), sums_up_one_call
    yield "input not passed on", replaced(cut("Begin", "Parameters", "request.$"), "States", "Begin", "Parameters", "request", SWEEP), \
        follows_the_cursor_with_the_whole_request
    yield "cursor instead of the request", put("FollowCursor", "ResultPath", "$.request"), follows_the_cursor_with_the_whole_request
    yield "cursor not followed", put("More", "Choices", 1, "Next", "Done"), follows_the_cursor_with_the_whole_request
    yield "cursor of the input dropped", put("Sweep", "Parameters", {"FunctionName": "${SweepFunctionArn}", "Payload": SWEEP}), starts_at_a_cursor_that_is_given
    yield "empty cursor followed", cut("More", "Choices", 1, "And", 1), takes_empty_members_for_none
    yield "failures not looked at", cut("More", "Choices", 2), fails_when_log_groups_failed
    yield "failures end the sweep early", put("More", "Choices", [good["States"]["More"]["Choices"][i] for i in (2, 0, 1)]), fails_when_log_groups_failed
    yield "no example of a failure", cut("AnyFailure", "Choices", 0), fails_when_log_groups_failed
    yield "no example of the query results", cut("AnyFailure", "Choices", 1), fails_when_query_results_failed
    yield "any input taken", put("CheckInput", "Default", "Begin"), refuses_other_input
    yield "another case taken", put("CheckInput", "Choices", 0, "And", 1, {"Variable": "$.action", "StringMatches": "*weep"}), refuses_other_input
    yield "no bound", cut("More", "Choices", 0), ends_where_the_cursor_does_not
    yield "totals not given", put("Done", "OutputPath", "$.last.answer"), sums_up_one_call
    yield "another function", put("Sweep", "Parameters", "FunctionName", machine.FUNCTION + "-2"), sums_up_one_call


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
