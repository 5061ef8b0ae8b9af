"""The sweeps of many accounts: which are started, and how the whole ends."""

import re
import unittest

import sam
from members import OTHERS, OWN, THROTTLED, run
from sam import replaced, without

A, B, C = "111122223333", "222233334444", "333344445555"
ALL = {"action": "sweep"}


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def places(end):
    return sorted((s["account"], s["region"]) for s in end.sweeps)


def failing(**errors):
    """How sweeps end: by account, all its Regions."""
    return lambda account, region: errors.get("a" + account)


def succeeded(end, count):
    same((end.status, end.error, end.output), ("SUCCEEDED", None, {"sweeps": count}), "the end")


def named(end, error="SweepsFailed"):
    """The lines of the end that name who failed."""
    same((end.status, end.error), ("FAILED", error), "the end")
    return re.findall(r"([0-9]{12} [a-z0-9-]+ [A-Za-z.]+)", end.cause)


# --- What it is to do. Each takes a definition, so that it can be shown to see a mistake in it. -----------------------------


def sweeps_each_account_in_each_region(machine):
    request = ALL | {"prefix": "/app/", "dryRun": True, "startedBy": "schedule"}
    end = run(request, machine, accounts=f"{A},{B},{A}", regions="eu-west-1,us-east-1,eu-west-1")
    succeeded(end, 6)
    same(places(end), sorted((a, r) for a in (OWN, A, B) for r in ("eu-west-1", "us-east-1")), "sweeps")
    same([s for s in end.sweeps if s | {"account": "", "region": ""} != request | {"account": "", "region": ""}], [], "sweeps that were asked for something else")
    same(sorted(name.rpartition("_")[0] for name in end.names), sorted("_".join(p) for p in places(end)), "names")
    same(all(len(name.rpartition("_")[2]) > 0 for name in end.names), True, "something of the execution in each name")


def sweeps_the_own_account_alone(machine):
    end = run(ALL, machine)
    succeeded(end, 1)
    same(places(end), [(OWN, "eu-west-1")], "sweeps")
    same(end.pages, [], "requests to AWS Organizations")


def lists_the_organization(machine):
    pages = [
        [{"Id": A, "State": "ACTIVE", "Status": "SUSPENDED"}, {"Id": "444444444444", "State": "SUSPENDED", "Status": "ACTIVE"}, {"Id": OWN, "State": "ACTIVE"}],
        [],
        [{"Id": B, "Status": "ACTIVE"}, {"Id": "555555555555", "Status": "SUSPENDED"}, {"Id": "666666666666", "State": "PENDING_CLOSURE"}],
        [{"Id": C}],
    ]
    end = run(ALL, machine, accounts="ORGANIZATION", pages=pages)
    succeeded(end, 4)
    same(places(end), [(a, "eu-west-1") for a in sorted((OWN, A, B, C))], "sweeps")
    same(end.pages, [{"MaxResults": 20}] + [{"MaxResults": 20, "NextToken": f"t{i}"} for i in (1, 2, 3)], "requests to AWS Organizations")


def leaves_out_whom_it_is_to(machine):
    end = run(ALL, machine, accounts="ORGANIZATION", skipped=f"{B},{OWN}", pages=[[{"Id": A, "State": "ACTIVE"}, {"Id": B, "State": "ACTIVE"}]])
    succeeded(end, 1)
    same(places(end), [(A, "eu-west-1")], "sweeps")
    same(named(run(ALL, machine, skipped=OWN), "NothingToSweep"), [], "names")


def goes_on_where_one_fails(machine):
    end = run(ALL, machine, failing(a222233334444="LogGroupsFailed"), accounts=f"{A},{B},{C}", regions="eu-west-1,us-east-1")
    same(len(end.sweeps), 8, "sweeps")
    same(sorted(named(end)), [f"{B} eu-west-1 LogGroupsFailed", f"{B} us-east-1 LogGroupsFailed"], "those named")
    same(end.cause.startswith("2 of 8 sweeps failed. Each is"), True, f"counts in {end.cause!r}")
    same(end.waits, [], "repetitions")


def says_how_each_failed(machine):
    ends = {A: "AccessDenied", B: "ABORTED", C: "TIMED_OUT"}
    end = run(ALL, machine, lambda account, region: ends.get(account), accounts=",".join(ends))
    same(sorted(named(end)), [f"{A} eu-west-1 AccessDenied", f"{B} eu-west-1 States.TaskFailed", f"{C} eu-west-1 States.TaskFailed"], "those named")


def names_as_many_as_fit(machine):
    shorter = sam.swapped(sam.swapped(machine, "SweepsFailed", "0..399", "0..1"), "SweepsFailed", "400", "2")
    end = run(ALL, shorter, lambda *_: "AccessDenied", accounts=f"{A},{B},{C}")
    same(len(named(end)), 2, "those named")
    same(end.cause.endswith(" and 2 more"), True, f"the rest in {end.cause!r}")
    longest = len(f"{A} ap-southeast-2 {'x' * 40}, ")
    same(400 * longest + 1000 < 32768, True, "room for 400 of them")


def fails_where_a_sweep_says_nothing(machine):
    """A child that ends before it can say how is a failure, too."""
    mute = without(machine, "States", "SweepAll", "ItemProcessor", "States", "SweepOne", "Catch")
    end = run(ALL, mute, failing(a111122223333="AccessDenied"), accounts=f"{A},{B}")
    same(named(end), [], "those named")
    same(end.cause.startswith("1 of 3 sweeps failed. 1 of them did not say how"), True, f"counts in {end.cause!r}")
    same(len(end.sweeps), 3, "sweeps")


def starts_again_what_could_not_start(machine):
    end = run(ALL, machine, failing(a111122223333=THROTTLED), accounts=f"{A},{B}")
    succeeded(end, 3)
    same((len(end.sweeps), len(end.waits)), (3, 1), "sweeps and waits")


def runs_some_at_a_time(machine):
    end = run(ALL, machine, accounts=",".join(f"{i:012}" for i in range(1, 16)), concurrency=3, slow=True)
    succeeded(end, 16)
    same(end.at_once, 3, "sweeps at once")


def repeats_the_list_where_it_may_pass(machine):
    succeeded(run(ALL, machine, accounts="ORGANIZATION", pages=["TooManyRequestsException", "TooManyRequestsException", [{"Id": A, "State": "ACTIVE"}]]), 2)
    end = run(ALL, machine, accounts="ORGANIZATION", pages=["AccessDeniedException"])
    same((end.status, end.sweeps), ("FAILED", []), "the end without a list")


def does_not_list_for_ever(machine):
    endless = [[{"Id": f"{i:012}", "State": "ACTIVE"}] for i in range(1, 9)]
    end = run(ALL, sam.swapped(machine, "MorePages", "2000", "3"), accounts="ORGANIZATION", pages=endless)
    same((end.status, end.error, end.sweeps, len(end.pages)), ("FAILED", "TooManyPages", [], 3), "the end")


def leaves_it_to_one_that_runs(machine):
    """A start by the schedule does; one by hand or after a deployment has new settings to bring. A later one is none of its business."""
    scheduled = ALL | {"startedBy": "schedule"}
    end = run(scheduled, machine, others=[3600, 7200, -60])
    same((end.status, end.output["result"], end.sweeps), ("SUCCEEDED", "another sweep of all runs", []), "the end beside an older one")
    same(end.looks, [{"StateMachineArn": OTHERS.replace("execution", "stateMachine"), "StatusFilter": "RUNNING", "MaxResults": 100}], "who runs")
    succeeded(run(scheduled, machine, others=[-60]), 1)
    for request in (ALL, ALL | {"startedBy": "deployment"}):
        succeeded(run(request, machine, others=[3600]), 1)


def refuses_other_inputs(machine):
    for request in ({}, {"action": "check"}, ALL | {"account": A}, ALL | {"region": "eu-west-1"}, ALL | {"cursor": "c"}, {"Action": "sweep"}):
        end = run(request, machine)
        same((end.status, end.error, end.sweeps), ("FAILED", "InvalidEvent", []), f"the end of {request}")


CHECKS = (
    sweeps_each_account_in_each_region, sweeps_the_own_account_alone, lists_the_organization, leaves_out_whom_it_is_to, goes_on_where_one_fails,
    says_how_each_failed, names_as_many_as_fit, fails_where_a_sweep_says_nothing, starts_again_what_could_not_start, runs_some_at_a_time,
    repeats_the_list_where_it_may_pass, does_not_list_for_ever, leaves_it_to_one_that_runs, refuses_other_inputs,
)


# --- Mistakes in the definition, and who is to see them ----------------------------------------------------------------------


def mistakes(good):
    """Each is: what it is, the wrong definition, the check that must fail."""
    def swap(state, old, new):
        return sam.swapped(good, state, old, new)

    one = ("States", "SweepAll", "ItemProcessor", "States", "SweepOne")
    yield "any input will do", replaced(good, "States", "CheckInput", "Choices", 0, "Condition", "{% true %}"), refuses_other_inputs
    yield "two at a time", swap("AnyOlder", "$older != ''", "false"), leaves_it_to_one_that_runs
    yield "nobody goes first", swap("LookForOthers", "$toMillis($other.StartDate) < $toMillis($states.context.Execution.StartTime) and ", ""), leaves_it_to_one_that_runs
    yield "a deployment is nothing new", swap("WhoStartsIt", "= 'schedule'", "in ['schedule', 'deployment']"), leaves_it_to_one_that_runs
    yield "the own account forgotten", swap("Begin", "$append(['${OwnAccount}'], ", "$append([], "), sweeps_the_own_account_alone
    yield "an account twice", swap("Gather", "$distinct($states.input)", "$states.input"), sweeps_each_account_in_each_region
    yield "a Region twice", swap("Gather", "$distinct($split('${Regions}', ','))", "$split('${Regions}', ',')"), sweeps_each_account_in_each_region
    yield "the request forgotten", replaced(good, *one, "Arguments", "Input", "{% {'action': 'sweep', 'account': $states.input.account, 'region': $states.input.region} %}"), \
        sweeps_each_account_in_each_region
    yield "a name of the place alone", replaced(good, *one, "Arguments", "Name", "{% $states.input.account & '_' & $states.input.region & '_' %}"), sweeps_each_account_in_each_region
    yield "a name that tells nothing", replaced(good, *one, "Arguments", "Name", "{% $states.context.Execution.Name %}"), sweeps_each_account_in_each_region
    yield "first page only", swap("MorePages", "$page != ''", "$page = 'x'"), lists_the_organization
    yield "an empty page ends it", swap("ListAccounts", "$states.result.NextToken ?", "$count($states.result.Accounts) > 0 and $states.result.NextToken ?"), lists_the_organization
    yield "Status goes before State", swap("ListAccounts", "State ? State : Status ? Status", "Status ? Status : State ? State"), lists_the_organization
    yield "no word is no account", swap("ListAccounts", ": 'ACTIVE') =", ": '') ="), lists_the_organization
    yield "every account", swap("ListAccounts", "[(State ? State : Status ? Status : 'ACTIVE') = 'ACTIVE']", ""), lists_the_organization
    yield "nobody left out", swap("Gather", "'${SkippedAccounts}'", "''"), leaves_out_whom_it_is_to
    yield "nothing to do is well done", replaced(good, "States", "AnyFailure", "Choices", 1, "Condition", "{% false %}"), leaves_out_whom_it_is_to
    yield "failures forgotten", replaced(good, "States", "AnyFailure", "Choices", 0, "Condition", "{% false %}"), goes_on_where_one_fails
    yield "failed sweeps started again", replaced(good, *one, "Retry", 0, "ErrorEquals", ["States.ALL"]), goes_on_where_one_fails
    yield "no reason given", swap("SweepAll", "[0].groups[0] : $states.errorOutput.Error", "[0].groups[1] : ''"), says_how_each_failed
    yield "all named, however many", swap("SweepsFailed", "[[0..399]]", ""), names_as_many_as_fit
    yield "silence is consent", swap("AnyFailure", " or $silent > 0", ""), fails_where_a_sweep_says_nothing
    yield "starts given up", without(good, *one, "Retry"), starts_again_what_could_not_start
    yield "all at once", swap("SweepAll", "$number('${Concurrency}')", "10000"), runs_some_at_a_time
    yield "the list given up", without(good, "States", "ListAccounts", "Retry"), repeats_the_list_where_it_may_pass
    yield "lists for ever", swap("MorePages", "$pages >= 2000", "$pages >= 2000000"), does_not_list_for_ever


class Members(unittest.TestCase):
    def test_does_what_it_is_to(self):
        for check in CHECKS:
            with self.subTest(check.__name__):
                check(sam.definition(sam.MEMBERS))

    def test_three_hundred_members_that_all_fail(self):
        accounts = [f"{i:012}" for i in range(1, 301)]
        end = run(ALL, sam.definition(sam.MEMBERS), lambda *_: "AccessDenied", accounts=",".join(accounts), concurrency=20)
        self.assertEqual(sorted(f"{a} eu-west-1 AccessDenied" for a in [OWN, *accounts]), sorted(named(end)))
        self.assertEqual(301, len(end.sweeps))
        self.assertLessEqual(end.at_once, 20)
        self.assertLess(len(end.cause), 32768)

    def test_bites(self):
        """Each check sees the mistakes that it is there for, if only by missing something."""
        seen = set()
        for what, wrong, check in mistakes(sam.definition(sam.MEMBERS)):
            seen.add(check)
            with self.subTest(what):
                with self.assertRaises((AssertionError, LookupError, ValueError)):
                    check(wrong)
        self.assertEqual(set(CHECKS), seen, "a check without a mistake that it sees")


if __name__ == "__main__":
    unittest.main()
