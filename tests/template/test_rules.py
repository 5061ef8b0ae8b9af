"""Every EventBridge pattern of the template against every event, with moto's implementation of patterns."""

import json
import unittest

import sam
import stack
import variants

from moto.events.models import EventPattern

OPERATORS = ("exists", "prefix", "anything-but")
REGIONS = ("eu-west-1", "us-gov-west-1", "cn-north-1")


def routes():
    """The rule that is to pass on each golden event, by file."""
    return json.loads((sam.ROOT / "tests" / "template" / "routes.json").read_text(encoding="utf-8"))


def cases(deployed):
    """Every event: what it is, the event, the rule that is to pass it on."""
    for file, rule in routes().items():
        yield file, variants.at_home(variants.golden(file.removesuffix(".json")), deployed), rule
    yield from variants.all_of(deployed)


def wrong(patterns, events):
    """The events that other rules pass on than are to."""
    loaded = {name: EventPattern.load(json.dumps(pattern)) for name, pattern in patterns.items()}
    for what, event, rule in events:
        got = sorted(name for name, pattern in loaded.items() if pattern.matches_event(event))
        if got != ([rule] if rule else []):
            yield f"{what}: passed on by {got or 'none'}, want {rule or 'none'}"


def combinations(node):
    """How many rules EventBridge makes of a pattern: each alternative with each other, and each value."""
    if isinstance(node, list):
        return len(node)
    count = 1
    for key, inner in node.items():
        count *= sum(map(combinations, inner)) if key == "$or" else combinations(inner)
    return count


def too_much(pattern):
    """What EventBridge may refuse in a pattern: its length, its combinations, and wildcards, of which it takes few ("Rule is too
    complex") and whose limit depends on their order."""
    text = json.dumps(pattern, separators=(",", ":"))
    if len(text) > 2048:
        yield f"{len(text)} characters"
    if combinations(pattern) >= 1000:
        yield f"{combinations(pattern)} combinations"
    if '"wildcard"' in text:
        yield "wildcards"


def weakened(node, path=""):
    """A pattern without each of its parts in turn, and with each prefix shorter."""
    if isinstance(node, dict):
        for key in node:
            if key not in OPERATORS:
                yield f"{path}.{key} left out", {k: v for k, v in node.items() if k != key}
            for what, inner in weakened(node[key], f"{path}.{key}"):
                yield what, node | {key: inner}
    elif isinstance(node, list):
        for i, inner in enumerate(node):
            if len(node) > 1:
                yield f"{path}[{i}] left out", node[:i] + node[i + 1:]
            for what, changed in weakened(inner, f"{path}[{i}]"):
                yield what, node[:i] + [changed] + node[i + 1:]
    elif isinstance(node, bool):
        yield f"{path} turned round", not node
    elif isinstance(node, str) and path.endswith(".prefix"):
        parts = node.split(":")
        for n in range(1, len(parts) - 1):
            yield f"{path} of {n} parts only", ":".join(parts[:n]) + ":"


class Rules(unittest.TestCase):
    def test_every_golden_event_has_a_row(self):
        files = {path.name for path in (sam.ROOT / "events").glob("*.json")}
        self.assertEqual(files, set(routes()), "routes.json must say of each file of events/ which rule passes it on")

    def test_exactly_the_right_events_pass(self):
        for region in REGIONS:
            with self.subTest(region=region):
                deployed = stack.deploy(region=region)
                self.assertEqual({"CreateLogGroupRule", "DriftRule", "DeploymentRule", "KeyRule"}, set(deployed.patterns()))
                self.assertEqual([], list(wrong(deployed.patterns(), cases(deployed))))

    def test_without_drift_events_nobody_listens_to_changes(self):
        deployed = stack.deploy(DriftEvents="false")
        events = [(what, event, None if rule == variants.DRIFT else rule) for what, event, rule in cases(deployed)]
        self.assertEqual([], list(wrong(deployed.patterns(), events)))

    def test_without_key_events_nobody_listens_to_keys(self):
        deployed = stack.deploy(KeyEvents="false")
        events = [(what, event, None if rule == variants.KEYS else rule) for what, event, rule in cases(deployed)]
        self.assertEqual([], list(wrong(deployed.patterns(), events)))

    def test_event_bridge_takes_them(self):
        """Also with the longest paths of roles that the template lets pass."""
        longest = "/" + "p" * (int(sam.source()["Parameters"]["RolePath"]["MaxLength"]) - 2) + "/"
        for region in REGIONS:
            for name, pattern in stack.deploy(region=region, RolePath=longest).patterns().items():
                with self.subTest(name, region=region):
                    self.assertEqual([], list(too_much(pattern)))

    def test_what_event_bridge_refuses_is_seen(self):
        for what, pattern in {
            "a wildcard": {"a": {"b": [{"wildcard": "arn:*:x:*"}]}}, "a wildcard in a choice": {"$or": [{"a": ["b"]}, {"c": [{"anything-but": {"wildcard": "*"}}]}]},
            "a long one": {"a": ["b" * 2048]}, "a thousand choices": {"$or": [{"a": list(range(100))}, {"a": [1]}], "c": list(range(10))},
        }.items():
            with self.subTest(what):
                self.assertTrue(list(too_much(pattern)))

    def test_bites(self):
        """Whatever is taken away from a pattern, some event shows it."""
        deployed = stack.deploy()
        events, patterns = list(cases(deployed)), deployed.patterns()
        changes = 0
        for name, pattern in patterns.items():
            for what, weaker in weakened(pattern):
                changes += 1
                with self.subTest(name + what):
                    self.assertTrue(list(wrong_unparsed(patterns | {name: weaker}, events)), "no event shows the difference")
        self.assertGreater(changes, 40)


def wrong_unparsed(patterns, events):
    """As wrong, for patterns that EventBridge would refuse, such as those with an empty list."""
    for _, event, rule in events:
        got = [name for name, pattern in patterns.items() if EventPattern(None, pattern).matches_event(event)]
        if got != ([rule] if rule else []):
            yield got


if __name__ == "__main__":
    unittest.main()
