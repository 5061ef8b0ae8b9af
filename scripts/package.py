"""Writes the template as CloudFormation alone takes it: SAM's transform carried out, the state machine inlined, the code
in a bucket that parameters name. Usage: package.py FILE"""

import json
import os
import pathlib
import sys

# The translator asks boto3 for a Region and nothing else of it. These stand for no account.
os.environ.update(AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")

import yaml
from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

ROOT = pathlib.Path(__file__).resolve().parents[1]
VERSION = (ROOT / "VERSION").read_text(encoding="utf-8").strip()


class _NoManagedPolicies:
    def load(self):
        return {}


def read(file):
    """A template's file as a mapping, with Ref and Fn::… in place of the short tags."""
    return json.loads(json.dumps(cfn_yaml.load(str(ROOT / file))))


def prepare(template, code):
    """Does what `sam package` does, and adds the parameters that say where the code is."""
    template["Globals"]["Function"].pop("CodeUri", None)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = code["Code"]
            for name in ("BuildMethod", "ContextPath"):
                resource.get("Metadata", {}).pop(name, None)
            if not resource.get("Metadata", True):
                del resource["Metadata"]
        if resource["Type"] == "AWS::Serverless::StateMachine" and "DefinitionUri" in properties:
            properties["Definition"] = json.loads((ROOT / properties.pop("DefinitionUri")).read_text(encoding="utf-8"))
    for section in ("Parameters", "Conditions"):
        taken = template[section].keys() & code[section]
        if taken:
            raise ValueError(f"template.yaml has {sorted(taken)} itself")
        template[section].update(code[section])
    release = template.get("Mappings", {}).get("Program", {}).get("Release", {})
    if "Version" in release:
        release["Version"] = VERSION
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    groups.append({"Label": {"default": "Where the code is"}, "Parameters": list(code["Parameters"])})
    return template


def package():
    """The plain template, as a mapping."""
    code = json.loads(json.dumps(read("scripts/code.yaml")).replace("VERSION", VERSION))
    template = prepare(read("template.yaml"), code)
    plain = json.loads(json.dumps(transform(template, {}, _NoManagedPolicies())))
    plain.pop("Transform", None)
    left = [name for name, resource in plain["Resources"].items() if resource["Type"].startswith("AWS::Serverless::")]
    if left or "Globals" in plain:
        raise ValueError(f"SAM's translator left {left or 'Globals'} as it was")
    first = ["AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs"]
    return {section: plain[section] for section in sorted(plain, key=lambda s: first.index(s) if s in first else len(first))}


def main(file):
    text = yaml.safe_dump(package(), sort_keys=False, allow_unicode=True, width=120)
    pathlib.Path(file).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
