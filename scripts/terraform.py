"""Reads a folder of Terraform by a parser of its language, and finds variables that nobody declares and parameters that
the template has not. Usage: terraform.py FOLDER TEMPLATE"""

import json
import pathlib
import re
import sys

import hcl2
import yaml


def declared(module, kind):
    """Names of a kind of block."""
    return {name.strip('"') for block in module.get(kind, []) for name in block if not name.startswith("__")}


def faults(module, text, parameters):
    for kind, prefix in (("variable", "var"), ("locals", "local")):
        used = set(re.findall(rf"\b{prefix}\.([a-z_]+)", text))
        known = declared(module, kind)
        yield from (f"{prefix}.{name} is used and not declared" for name in sorted(used - known))
        yield from (f"{prefix}.{name} is declared and not used" for name in sorted(known - used))
    set_here = set(re.findall(r"^\s+([A-Z]\w+)\s*=", text, re.M))
    if not set_here:
        yield "it sets no parameters of the stack"
    yield from (f"the template has no parameter {name}" for name in sorted(set_here - parameters))


def main(folder, template):
    parameters = set(yaml.safe_load(pathlib.Path(template).read_text(encoding="utf-8"))["Parameters"])
    files = sorted(pathlib.Path(folder).glob("*.tf"))
    if not files:
        sys.exit(f"{folder} holds no Terraform")
    for file in files:
        text = file.read_text(encoding="utf-8")
        code = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        found = list(faults(json.loads(json.dumps(hcl2.loads(text))), code, parameters))
        if found:
            sys.exit("\n".join(f"{file}: {fault}" for fault in found))
        print(f"{file}: no faults that a parser finds")


if __name__ == "__main__":
    main(*sys.argv[1:])
