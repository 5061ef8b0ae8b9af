"""One sweep at a time: who goes on, who waits and who ends, with scripted lists of executions."""

import unittest

import sam
from machine import HIDDEN, THROTTLED, Other, run
from sam import replaced, without

SWEPT = {"action": "sweep", "account": "123456789012", "region": "eu-west-1"} | dict.fromkeys((
    "examined", "encrypted", "associated", "planned", "unchanged", "skipped", "gone", "failed", "open", "unusable", "missedByEvents"), 0)
HAND, SCHEDULE, DEPLOYMENT, KEY = ({"action": "sweep"} | more for more in (
    {}, {"startedBy": "schedule"}, {"startedBy": "deployment"}, {"startedBy": "key-event"}))
RUNNING, FOLLOWS, SWEEPS = "another sweep runs", "another sweep began or will begin after this start, and serves it too", "sweeps"

LONG_AGO = Other("old", 900)
CROWD = [Other(f"c{i:02}", i + 60) for i in range(50)]
FLOOD = [Other(f"k{i:02}", i + 60, "key-event") for i in range(50)]


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


# What runs beside it at each look, what it is, how it ends, and at which look.
ROWS = {
    "nobody else, on schedule": ([[]], SCHEDULE, SWEEPS, 1),
    "nobody else, by hand": ([[]], HAND, SWEEPS, 1),
    "nobody else, by deployment": ([[]], DEPLOYMENT, SWEEPS, 1),
    "nobody else, after a key event": ([[]], KEY, SWEEPS, 1),
    "a younger one, on schedule": ([[Other("young", -1)]], SCHEDULE, SWEEPS, 1),
    "an older one, on schedule": ([[LONG_AGO]], SCHEDULE, RUNNING, 1),
    "an older one that waits, on schedule": ([[LONG_AGO, Other("waits", 300)]], SCHEDULE, RUNNING, 1),
    "an older one, by hand": ([[LONG_AGO], [LONG_AGO], []], HAND, SWEEPS, 3),
    "an older one, by deployment": ([[LONG_AGO], [LONG_AGO], []], DEPLOYMENT, SWEEPS, 3),
    "two older ones, by hand": ([[LONG_AGO, Other("waits", 300)], [Other("waits", 300)], []], HAND, SWEEPS, 3),
    "the same moment, before it by its ARN": ([[Other("a", 0)], []], HAND, SWEEPS, 2),
    "the same moment, after it by its ARN": ([[Other("z", 0)]], HAND, SWEEPS, 1),
    "the same moment, before it, on schedule": ([[Other("a", 0)]], SCHEDULE, RUNNING, 1),
    "the same moment, after it, on schedule": ([[Other("z", 0)]], SCHEDULE, SWEEPS, 1),
    "a millisecond, which the ARN does not outweigh": ([[Other("a", -0.001)]], SCHEDULE, SWEEPS, 1),
    "a whole second, which AWS writes without its zeros": ([[Other("old", 0.25)]], SCHEDULE, RUNNING, 1),
    "a crowd, by hand": ([CROWD, CROWD[1:], CROWD[:1], []], HAND, SWEEPS, 4),
    "a crowd, on schedule": ([CROWD], SCHEDULE, RUNNING, 1),
    "more than a page": ([[Other(f"n{i:03}", 60 + i) for i in range(105)], []], HAND, SWEEPS, 2),
    "more than a page of younger ones": ([[Other(f"y{i:03}", -60 - i) for i in range(105)]], SCHEDULE, SWEEPS, 1),
    "not listed yet, alone": ([[HIDDEN], []], SCHEDULE, SWEEPS, 2),
    "not listed yet, beside a younger one": ([[HIDDEN, Other("young", -1)], [Other("young", -1)]], SCHEDULE, SWEEPS, 2),
    "listed before, not listed now": ([[LONG_AGO], [HIDDEN, Other("young", -1)], []], HAND, SWEEPS, 3),
    "throttled": ([THROTTLED, THROTTLED, []], HAND, SWEEPS, 3),
    # The sweep that runs may have passed the log groups of the key: another one must follow, and one suffices.
    "a sweep runs, after a key event": ([[LONG_AGO], [LONG_AGO], []], KEY, SWEEPS, 3),
    "another key event waits": ([[LONG_AGO, Other("k", 60, "key-event")]], KEY, FOLLOWS, 1),
    "another key event sweeps already": ([[Other("k", 60, "key-event")], []], KEY, SWEEPS, 2),
    "another key event has not begun to sweep": ([[Other("k", 20, "key-event")]], KEY, FOLLOWS, 1),
    "another start has not begun to sweep": ([[Other("d", 20, "deployment")], []], KEY, SWEEPS, 2),
    "the next one is served by the oldest": ([[Other("k1", 40, "key-event"), Other("k2", 20, "key-event")], [Other("k1", 40, "key-event")], []], KEY, SWEEPS, 3),
    "the next one sweeps one prefix": ([[LONG_AGO, Other("p", 60, input=KEY | {"prefix": "/app/"})], [], ], KEY, SWEEPS, 2),
    "the next one has ended": ([[LONG_AGO, Other("k", 60, "key-event")], [Other("x", 60, "schedule")], []], HAND, SWEEPS, 3),
    "a person waits first": ([[LONG_AGO, Other("h", 120), Other("k", 50, "key-event")], [Other("h", 120), Other("k", 50, "key-event")]], KEY, FOLLOWS, 2),
    "a flood while a sweep runs": ([[LONG_AGO, *FLOOD]], KEY, FOLLOWS, 1),
}


def decides(definition, *rows):
    for what in rows or ROWS:
        others, request, how, at = ROWS[what]
        end = run([SWEPT], request, definition, others)
        same(end.status, "SUCCEEDED", f"{what}: the end ({end.error} {end.cause})")
        same(SWEEPS if end.calls else end.output.get("result"), how, what)
        same(len(end.pauses) + len(end.waits), at, f"{what}: at which look")
        same(end.calls, [{"action": "sweep"}] if how == SWEEPS else [], f"{what}: what the function is asked for")


# Sweeps that the sweep of all members started; the first is of the own account and Region.
OURS, THEIRS, ELSEWHERE = (Other(f"{place}_9f2c", 900) for place in ("123456789012_eu-west-1", "111122223333_eu-west-1", "123456789012_us-east-1"))


def keeps_accounts_and_regions_apart(definition):
    """Sweeps of other accounts and Regions are in nobody's way."""
    for what, name, others, at in (
        ("others by hand", "me", [[THEIRS, ELSEWHERE]], 1),
        ("the own one by hand", "me", [[OURS], []], 2),
        ("a member beside others", "111122223333_eu-west-1_me", [[OURS, ELSEWHERE, LONG_AGO]], 1),
        ("a member twice", "111122223333_eu-west-1_me", [[THEIRS], []], 2),
        ("the own one of all beside one by hand", "123456789012_eu-west-1_me", [[LONG_AGO], []], 2),
        ("another Region beside one by hand", "123456789012_us-east-1_me", [[LONG_AGO]], 1),
        ("the own one, before a page of others", "me", [[Other("old", 10), *(Other(f"111122223333_eu-west-1_{i}", 60 + i) for i in range(105))], [Other("young", -1)]], 2),
        ("others, on more than a page", "me", [[Other(f"111122223333_eu-west-1_{i}", 60 + i) for i in range(205)]], 1),
    ):
        end = run([SWEPT], HAND, definition, others, name)
        same((end.status, len(end.calls), len(end.pauses)), ("SUCCEEDED", 1, at), what)


def lets_exactly_one_go_on(definition):
    """Each of a crowd that was started at the same moment looks at the same list."""
    names = [f"e{i}" for i in range(8)]
    for kind in ("schedule", "key-event"):
        ends = [run([SWEPT], {"action": "sweep", "startedBy": kind}, definition, [[Other(n, 0, kind) for n in names if n != name]], name) for name in names]
        same([name for name, end in zip(names, ends) if end.calls], names[:1], f"those that sweep of a crowd by {kind}")


def waits_ever_longer_but_not_for_ever(definition):
    """Ten days, within 25,000 events, of which the sweep itself needs its part."""
    shorter = sam.swapped(definition, "WhoseTurn", "$looks >= 1000", "$looks >= 62")
    end = run([SWEPT], HAND, shorter, [[LONG_AGO]], patience=70)
    same((end.status, end.error, end.calls), ("FAILED", "WaitedTooLong", []), "the end")
    same("execution:sweep:old" in end.cause, True, f"who was waited for in {end.cause!r}")
    pauses = end.pauses[1:]
    same(len(pauses), 62, "times waited")
    same(pauses[:3] + pauses[-1:], [15, 30, 45, 900], "waits")
    whole = sum(pauses) + 900 * (1000 - 62)
    same(whole > 9 * 86400, True, f"{whole} seconds together")
    looks = [[LONG_AGO, Other("p", 60, input=KEY | {"prefix": "/"})]]
    costs = [run([SWEPT], KEY, definition, looks * n + [[]]).events for n in (2, 3)]
    calls = [run([SWEPT | {"cursor": "c"}] * n + [SWEPT], HAND, definition).events for n in (2, 3)]
    same(1000 * (costs[1] - costs[0]) + 500 * (calls[1] - calls[0]) < 22000, True, f"events: {costs} with 2 and 3 looks, {calls} with 2 and 3 calls")


def does_not_look_for_ever(definition):
    """Where Step Functions gives no list, the execution fails rather than sweeping beside another."""
    end = run([SWEPT], HAND, definition, [THROTTLED])
    same((end.status, end.calls, len(end.waits)), ("FAILED", [], 8), "the end")
    same(60 < sum(end.waits) < 900, True, f"waits {end.waits}")


CHECKS = (decides, keeps_accounts_and_regions_apart, lets_exactly_one_go_on, waits_ever_longer_but_not_for_ever, does_not_look_for_ever)


def mistakes(good):
    """Each is: what it is, the wrong definition, the check that must fail, the row of it that suffices."""
    def swap(state, old, new):
        return sam.swapped(good, state, old, new)

    def turn(i, condition="{% false %}"):
        return replaced(good, "States", "WhoseTurn", "Choices", i, "Condition", condition)

    yield "youngest first", swap("LookForOthers", "^(started, execution)", "^(>started, execution)"), decides, "an older one, by hand"
    yield "ties not decided", swap("LookForOthers", "^(started, execution)", "^(started)"), decides, "the same moment, after it by its ARN"
    yield "ties decided alone", swap("LookForOthers", "^(started, execution)", "^(execution)"), decides, "a millisecond, which the ARN does not outweigh"
    yield "times compared as texts", swap("LookForOthers", "'started': $toMillis(StartDate)", "'started': StartDate"), decides, "a whole second, which AWS writes without its zeros"
    yield "ended ones counted", swap("LookForOthers", "'RUNNING'", "'SUCCEEDED'"), looks_at_running_ones
    yield "first page only", turn(0), decides, "more than a page"
    yield "all are in the way", swap("LookForOthers", ") = $whose", ") = $whose or true"), keeps_accounts_and_regions_apart
    yield "the last look's list kept", without(good, "States", "WaitForTurn", "Output"), decides, "an older one, by hand"
    yield "nobody is told apart", swap("Begin", "[0].match :", "[0].index :"), keeps_accounts_and_regions_apart
    yield "one by hand is nobody's", swap("LookForOthers", ": $own)", ": '')"), keeps_accounts_and_regions_apart
    yield "the last page alone", swap("LookForOthers", "$append($states.input", "$append([]"), keeps_accounts_and_regions_apart
    yield "nobody waits", turn(1, "{% true %}"), decides, "an older one, by hand"
    yield "nobody sweeps", turn(1), decides, "nobody else, by hand"
    yield "a scheduled start waits", turn(2), decides, "an older one, on schedule"
    yield "everybody but the oldest ends", turn(2, "{% $listed %}"), decides, "an older one, by deployment"
    yield "who is not listed ends", turn(2, "{% $startedBy = 'schedule' %}"), decides, "not listed yet, beside a younger one"
    yield "who is not listed sweeps", turn(1, "{% $count($states.input) = 0 or $states.input[0].execution = $states.context.Execution.Id %}"), decides, "not listed yet, alone"
    yield "waits for ever", swap("WhoseTurn", "$looks >= 1000", "$looks >= 100000"), waits_ever_longer_but_not_for_ever
    yield "key events each sweep", turn(4), decides, "a flood while a sweep runs"
    yield "key events rely on the sweep that runs", swap("WhoseTurn", "+ 30000 ?", "+ 3000000 ?"), decides, "another key event waits"
    yield "key events rely on who is served", swap("WhoseTurn", "$states.input[1].started > $states.input[0].started + 30000", "true"), decides, "the next one is served by the oldest"
    yield "key events rely on anybody", replaced(good, "States", "LookAtOlder", "Output", "{% true %}"), decides, "the next one sweeps one prefix"
    yield "no time to settle", swap("Begin", "30 : 5", "0 : 0"), settles
    yield "waits too often", swap("WaitForTurn", "15 * ($looks + 1)", "15"), waits_ever_longer_but_not_for_ever
    yield "looks given up", sam.without(good, "States", "LookForOthers", "Retry"), does_not_look_for_ever
    yield "all of a crowd go on", turn(1, "{% $listed %}"), lets_exactly_one_go_on
    yield "who started it is told to the function", swap("Begin", "$name != 'startedBy'", "true"), decides, "nobody else, on schedule"


def settles(definition):
    """An event about a key is served by an execution that began up to half a minute before: that is how long such a one waits."""
    same((run([SWEPT], KEY, definition).pauses, run([SWEPT], HAND, definition).pauses), ([30], [5]), "first waits")
    same("+ 30000" in str(definition["States"]["WhoseTurn"]), True, "the same half minute")


def looks_at_running_ones(definition):
    same(run([SWEPT], HAND, definition).looks[0]["StatusFilter"], "RUNNING", "status")


class Lock(unittest.TestCase):
    def test_one_at_a_time(self):
        for check in (*CHECKS, settles, looks_at_running_ones):
            with self.subTest(check.__name__):
                check(sam.definition())

    def test_bites(self):
        """Each check sees the mistakes that it is there for."""
        seen = set()
        for what, definition, check, *row in mistakes(sam.definition()):
            seen.add(check)
            with self.subTest(what):
                self.assertNotEqual(definition, sam.definition())
                with self.assertRaises(AssertionError):
                    check(definition, *row)
        self.assertEqual({*CHECKS, settles, looks_at_running_ones}, seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
