"""Reads the parameters that make deploy wrote, by the SAM CLI's own parser, and holds them against what was meant.

Usage: parameters.py PARAMETERS.yaml EXPECTED.json"""

import json
import os
import sys

from samcli.cli.types import CfnParameterOverridesType

written, expected = sys.argv[1:]
want = {pair["ParameterKey"]: pair["ParameterValue"] for pair in json.load(open(expected, encoding="utf-8"))}
got = CfnParameterOverridesType().convert("file://" + os.path.abspath(written), None, None)
for name in sorted(want.keys() | got.keys()):
    if want.get(name) != got.get(name):
        sys.exit(f"SAM reads {name} as {got.get(name)!r}, want {want.get(name)!r}")
print(f"ok  {len(want)} parameters arrive as they are written")
