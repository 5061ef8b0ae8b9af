"""The template as CloudFormation gets it: read with its short tags, translated by SAM's own translator."""

import copy
import functools
import json
import os
import pathlib

# The translator asks boto3 for a Region and nothing else of it. These stand for no account.
os.environ.update(AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")

from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFINITION = "statemachine/sweep.asl.json"
MEMBERS = "statemachine/members.asl.json"
MEMBER = "deploy/member.yaml"


def without(node, *path):
    """A copy of a nested value that lacks what path leads to."""
    node = copy.deepcopy(node)
    inner = node
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return node


def replaced(node, *path_and_value):
    """A copy of a nested value in which path leads to another value."""
    *path, value = path_and_value
    node = copy.deepcopy(node)
    inner = node
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return node


def swapped(definition, state, old, new):
    """A copy of the state machine in which a text within one state is another."""
    text = json.dumps(definition["States"][state])
    inner = json.dumps(old)[1:-1]
    if inner not in text:
        raise ValueError(f"{state} no longer holds {old!r}, so the mistake cannot be made; make another")
    return replaced(definition, "States", state, json.loads(text.replace(inner, json.dumps(new)[1:-1])))


@functools.cache
def _source(file):
    return json.dumps(cfn_yaml.load(str(ROOT / file)))


def source(file="template.yaml"):
    """A template, with Ref and Fn::… in place of the short tags."""
    return json.loads(_source(file))


@functools.cache
def _definition(file):
    return (ROOT / file).read_text(encoding="utf-8")


def definition(file=DEFINITION):
    """A state machine, its placeholders not yet filled."""
    return json.loads(_definition(file))


class _NoManagedPolicies:
    def load(self):
        return {}


def translate(template):
    """What becomes of the template when it is deployed. The two files that it names are packed before that, as by `sam package`."""
    template = copy.deepcopy(template)
    if template["Globals"]["Function"].pop("CodeUri") != ".":
        raise ValueError("the function is not built from the repository's root")
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = {"Bucket": "packages", "Key": "function.zip"}
        if resource["Type"] == "AWS::Serverless::StateMachine":
            file = properties.pop("DefinitionUri")
            if file not in (DEFINITION, MEMBERS):
                raise ValueError(f"the state machine is another file: {file}")
            properties["Definition"] = definition(file)
    # The round trip takes away the translator's and the reader's own types.
    return json.loads(json.dumps(transform(template, {}, _NoManagedPolicies())))
