"""The parameters' own checks: what they let pass and what they refuse."""

import json
import re
import unittest

import sam


def table():
    """Values that each parameter must take, and values that it must refuse."""
    return json.loads((sam.ROOT / "tests" / "template" / "parameters.json").read_text(encoding="utf-8"))


def takes(parameter, value):
    """Whether CloudFormation would take the value. A pattern must match all of it."""
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        try:
            number = float(value)
        except ValueError:
            return False
        return parameter.get("MinValue", float("-inf")) <= number <= parameter.get("MaxValue", float("inf"))
    if not parameter.get("MinLength", 0) <= len(value) <= parameter.get("MaxLength", 4096):
        return False
    return re.fullmatch(parameter.get("AllowedPattern", ".*"), value, 0 if "AllowedPattern" in parameter else re.DOTALL) is not None


def wrong(parameters):
    for name, parameter in parameters.items():
        if not takes(parameter, str(parameter["Default"])):
            yield f"{name} refuses its default"
        for value in table().get(name, {}).get("good", []):
            if not takes(parameter, value):
                yield f"{name} refuses {value!r}"
        for value in table().get(name, {}).get("bad", []):
            if takes(parameter, value):
                yield f"{name} takes {value!r}"


class Parameters(unittest.TestCase):
    def test_take_what_they_are_to_take(self):
        self.assertEqual([], list(wrong(sam.source()["Parameters"])))

    def test_every_parameter_has_a_row(self):
        free = {name for name, p in sam.source()["Parameters"].items() if "AllowedValues" not in p}
        self.assertEqual(free, set(table()), "parameters.json must have good and bad values of each parameter without AllowedValues")

    def test_bites(self):
        """Each check of a parameter is decided by some value; so is its default."""
        good = sam.source()["Parameters"]
        for name, parameter in good.items():
            for member in ("AllowedPattern", "MinValue", "MaxValue"):
                if member in parameter:
                    with self.subTest(f"{name} without {member}"):
                        self.assertTrue(list(wrong(sam.without(good, name, member))))
            with self.subTest(f"{name} with another default"):
                changed = sam.replaced(good, name, "Default", "-1" if parameter["Type"] == "Number" else "\n")
                self.assertTrue(list(wrong(changed)) or name == "Rules")


if __name__ == "__main__":
    unittest.main()
