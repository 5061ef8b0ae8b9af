"""The translated template, deployed on moto's CloudFormation."""

import ast
import contextlib
import dataclasses
import functools
import io
import json
import logging
import os
import re
import unittest.mock
import warnings
import zipfile

import made
import sam

import boto3
from moto import mock_aws
from moto.cloudformation import models, parsing
from moto.cloudformation.models import cloudformation_backends
from moto.kms import models as kms_models
from moto.utilities.utils import get_partition

ACCOUNT = "123456789012"
NAME = "log-group-kms"
NOTHING = "(nothing)"

made.register()

# The templates given to moto here are JSON, and reading them as YAML would take most of the time.
models.Stack.parse_template = staticmethod(json.loads)

# One for all, since it keeps AWS's API models, which take a second to read.
session = boto3.Session()


# The same key material for each key; making it would take most of the time.
_private_key = functools.cache(kms_models.generate_private_key)


@dataclasses.dataclass
class Stack:
    """What a deployment came to."""

    region: str
    status: str
    outputs: dict
    conditions: dict  # name → bool
    resources: dict  # logical name → Type and Properties, resolved
    made: set  # logical names that moto made something of
    physical: dict  # logical name → name or ARN, of those
    stack_id: str
    refused: list  # what the Rules section says against the parameters
    unresolved: list  # references that came to nothing
    account: str = ACCOUNT

    def of_type(self, type_name):
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == type_name}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def patterns(self):
        """The rules' event patterns, by logical name."""
        return {name: p["EventPattern"] for name, p in self.of_type("AWS::Events::Rule").items() if "EventPattern" in p}

    def arn(self, name):
        """A resource's ARN, put together here and not by moto."""
        partition, physical = get_partition(self.region), self.physical[name]
        if "EventBusName" in self.properties(name) and self.resources[name]["Type"] == "AWS::Events::Rule":
            physical = f"{self.properties(name)['EventBusName']}/{self.properties(name)['Name']}"
        return {
            "AWS::Events::EventBus": f"arn:{partition}:events:{self.region}:{self.account}:event-bus/{physical}",
            "AWS::Events::Rule": f"arn:{partition}:events:{self.region}:{self.account}:rule/{physical}",
            "AWS::IAM::Role": f"arn:{partition}:iam::{self.account}:role/{physical}",
            "AWS::KMS::Key": f"arn:{partition}:kms:{self.region}:{self.account}:key/{physical}",
            "AWS::Lambda::Function": f"arn:{partition}:lambda:{self.region}:{self.account}:function:{physical}",
            "AWS::Logs::LogGroup": f"arn:{partition}:logs:{self.region}:{self.account}:log-group:{physical}",
            "AWS::SQS::Queue": f"arn:{partition}:sqs:{self.region}:{self.account}:{(physical or '').rpartition('/')[2]}",
            "AWS::StepFunctions::StateMachine": physical,
        }[self.resources[name]["Type"]]

    def statements(self, role):
        """What a role may do, by its own policies and those attached to it."""
        policies = list(self.properties(role).get("Policies", []))
        policies += [p for p in self.of_type("AWS::IAM::Policy").values() if self.physical[role] in p["Roles"]]
        return [s for p in policies for s in p["PolicyDocument"]["Statement"]]

    def may(self, role, action, resource):
        """Whether a role is given exactly this action on exactly this resource."""
        return any(s["Effect"] == "Allow" and action in listed(s["Action"]) and resource in listed(s["Resource"]) for s in self.statements(role))


def listed(value):
    """A member that may be one value or several."""
    return value if isinstance(value, list) else [value]


def _package(region):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bootstrap", "")
    s3 = session.client("s3", region_name=region)
    s3.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_object(Bucket="packages", Key="function.zip", Body=packed.getvalue())


def _strip(node):
    """Leaves out what AWS::NoValue stands for."""
    if isinstance(node, dict):
        return {k: _strip(v) for k, v in node.items() if v != NOTHING}
    if isinstance(node, list):
        return [_strip(v) for v in node if v != NOTHING]
    return node


@contextlib.contextmanager
def _careful(region, unresolved):
    """Notes each reference that moto resolves to nothing, which it would quietly leave out, and
    gives it the Region's partition and the end of its names, which it takes to be those of "aws" everywhere."""
    original = parsing.clean_json
    load = parsing.ResourceMap.load

    def loading(names):
        names._parsed_resources["AWS::Partition"] = get_partition(region)
        names._parsed_resources["AWS::URLSuffix"] = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        load(names)

    def watching(node, resources):
        result = original(node, resources)
        if isinstance(result, list):  # moto would leave an empty place
            result = [item for item in result if item is not None]
        if result is None and isinstance(node, dict) and node != {"Ref": "AWS::NoValue"}:
            if "Ref" in node or "Fn::GetAtt" in node:
                unresolved.append(json.dumps(node))
        return result

    with unittest.mock.patch.object(parsing, "clean_json", watching), \
            unittest.mock.patch.object(parsing.ResourceMap, "load", loading), \
            unittest.mock.patch.object(kms_models, "generate_private_key", _private_key):
        yield watching


def _silent():
    """moto warns of each type that it does not make; NOT_MADE says which those are."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore", message="Tried to parse")


def deploy(template=None, region="eu-west-1", **parameters):
    """Deploys template.yaml, or a changed version of it, and says what that came to."""
    return _deploy(json.dumps(template or sam.source()), region, tuple(sorted(parameters.items())))


@functools.cache
def _deploy(template, region, parameters):
    return deploy_translated(json.loads(_translated(template)), region, dict(parameters))


@functools.cache
def _translated(template):
    return json.dumps(sam.translate(json.loads(template)))


@mock_aws
def deploy_translated(translated, region, parameters, account=ACCOUNT):
    """Deploys a template that needs no translation any more."""
    _silent()
    unresolved = []
    with unittest.mock.patch.dict(os.environ, MOTO_ACCOUNT_ID=account), _careful(region, unresolved) as resolve:
        _package(region)
        client = session.client("cloudformation", region_name=region)
        client.create_stack(
            StackName=NAME, TemplateBody=json.dumps(translated), Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": str(v)} for k, v in parameters.items()],
        )
        described = client.describe_stacks(StackName=NAME)["Stacks"][0]
        deployed = cloudformation_backends[account][region].get_stack(NAME)
        names = deployed.resource_map
        names._parsed_resources["AWS::NoValue"] = NOTHING
        conditions = {name: bool(names.lazy_condition_map[name]) for name in translated.get("Conditions", {})}
        resources, made, physical = {}, set(), {}
        for name, resource in translated["Resources"].items():
            if not conditions.get(resource.get("Condition"), True):
                continue
            resources[name] = _strip(resolve(resource, names))
            if names._parsed_resources.get(name) is not None:
                made.add(name)
                physical[name] = getattr(names._parsed_resources[name], "physical_resource_id", None)
        return Stack(
            region=region, status=described["StackStatus"], conditions=conditions, resources=resources, made=made,
            stack_id=described["StackId"], physical=physical, unresolved=unresolved, account=account,
            outputs={o["OutputKey"]: o["OutputValue"] for o in described["Outputs"]},
            refused=_refused(translated, names),
        )


def settled(translated, parameters):
    """A template whose conditions are carried out for its parameters. moto does that when it makes a stack, but at an update does not
    see that a parameter changes a resource by way of a condition."""
    given = {name: p.get("Default") for name, p in translated["Parameters"].items()} | parameters
    true = {name: parsing.parse_condition(c, given, {}) for name, c in translated["Conditions"].items()}

    def settle(node):
        if isinstance(node, dict):
            if "Fn::If" in node:
                condition, yes, no = node["Fn::If"]
                return settle(yes if true[condition] else no)
            if node == {"Ref": "AWS::NoValue"}:
                return NOTHING
            return {key: settle(value) for key, value in node.items()}
        return list(map(settle, node)) if isinstance(node, list) else node

    def there(part):
        return {name: {k: v for k, v in item.items() if k != "Condition"} for name, item in part.items() if true.get(item.get("Condition"), True)}

    whole = translated | {"Resources": there(translated["Resources"]), "Outputs": there(translated["Outputs"]), "Conditions": {}}
    return _strip(settle(whole))


class Live:
    """moto's CloudFormation for several stacks that are made, changed and removed. Used within mock_aws."""

    def __init__(self, region="eu-west-1"):
        _silent()
        _package(region)
        self.region, self.client = region, session.client("cloudformation", region_name=region)

    def _call(self, method, translated, name, parameters):
        template = settled(translated, parameters)
        with _careful(self.region, []):
            method(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"],
                   Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()])
        known = cloudformation_backends[ACCOUNT][self.region].get_stack(name).resource_map._parsed_resources
        for removed in translated["Resources"].keys() - template["Resources"].keys():
            known.pop(removed, None)  # moto would take it for made when it comes back
        stack = self.client.describe_stacks(StackName=name)["Stacks"][0]
        return stack["StackStatus"], {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    def create(self, translated, name=NAME, **parameters):
        return self._call(self.client.create_stack, translated, name, parameters)

    def update(self, translated, name=NAME, **parameters):
        return self._call(self.client.update_stack, translated, name, parameters)

    def delete(self, name=NAME):
        with _careful(self.region, []):
            self.client.delete_stack(StackName=name)

    def aws(self, service):
        return session.client(service, region_name=self.region)

    def role_may(self, role_arn):
        """The actions of a role's policies, as IAM knows them."""
        iam, role = self.aws("iam"), role_arn.rpartition("/")[2]
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]
        # moto gives one that was changed as Python's text of it.
        return {a for d in documents for s in (ast.literal_eval(d) if isinstance(d, str) else d)["Statement"] for a in listed(s["Action"])}

    def key_state(self, key_arn):
        # Not by DescribeKey: moto cannot read the policy of a key that a stack made.
        return kms_models.kms_backends[ACCOUNT][self.region].keys[key_arn.rpartition("/")[2]].key_state


def refusals(template, parameters):
    """What the Rules section says against parameters, before anything is made."""
    return _refused(template, {name: p["Default"] for name, p in template["Parameters"].items()} | parameters)


def _refused(translated, names):
    return [
        assertion["AssertDescription"]
        for rule in translated.get("Rules", {}).values()
        for assertion in rule["Assertions"]
        if not parsing.parse_condition(assertion["Assert"], names, {})
    ]


def leftovers(node, where=""):
    """Finds what looks like a reference that nobody resolved."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" or key.startswith("Fn::"):
                yield f"{where}.{key}"
            yield from leftovers(value, f"{where}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leftovers(value, f"{where}[{i}]")
    elif node is None or isinstance(node, str) and re.search(r"\$\{", node):
        yield f"{where} = {node}"
