"""The state machine for the sweeps of many accounts, executed by moto's interpreter of Amazon States Language with a scripted
AWS Organizations and scripted sweeps."""

import dataclasses
import datetime
import functools
import json
import logging
import threading
import types
import unittest.mock

import sam

import boto3
import jsonata
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk, state_task_service_sfn
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

OTHERS = "arn:aws:states:eu-west-1:123456789012:execution:members"
SWEEP = "arn:aws:states:eu-west-1:123456789012:stateMachine:sweep"
OWN = "123456789012"
session = boto3.Session()

# moto has no engine for JSONata of its own; it leaves this place for one.
moto_jsonata._eval_jsonata = lambda expression: jsonata.Jsonata(expression).evaluate(None)

# Reading a definition takes longer than executing it.
AmazonStateLanguageParser.parse = staticmethod(functools.lru_cache(maxsize=4)(AmazonStateLanguageParser.parse))


@dataclasses.dataclass
class Run:
    """One execution."""

    status: str
    error: str
    cause: str
    output: object  # None where it failed
    sweeps: list  # the inputs of the sweeps that were started, in any order
    names: list  # their names
    at_once: int  # how many ran at a time, at most
    pages: list  # the requests to AWS Organizations
    waits: list  # seconds before each repetition, without the jitter
    looks: list  # the requests to Step Functions, for who runs


def filled(machine, accounts="", regions="eu-west-1", skipped="", concurrency=5):
    """The definition as JSON, its placeholders filled as the template does."""
    # moto's grammar wants a decimal point here, where AWS takes any number.
    text = json.dumps(machine).replace('"ToleratedFailurePercentage": 100,', '"ToleratedFailurePercentage": 100.0,')
    for name, value in {
        "Partition": "aws", "OwnAccount": OWN, "Accounts": accounts, "SkippedAccounts": skipped, "Regions": regions,
        "Concurrency": str(concurrency), "SweepStateMachineArn": SWEEP,
    }.items():
        text = text.replace("${" + name + "}", value)
    return text


class _Services:
    """AWS Organizations answers pages one after the other; each is a list of accounts, or the code of an error. Step Functions says who
    runs: this execution, and others that were started so many seconds before it (negative: after)."""

    def __init__(self, pages, others):
        self.pages, self.asked, self.others, self.looks = list(pages), [], others, []

    def list_executions(self, **request):
        self.looks.append(request)
        ages = {f"{OTHERS}:{i}": age for i, age in enumerate(self.others)} | {f"{OTHERS}:all": 0}
        started = datetime.datetime.now(datetime.timezone.utc)
        return {"Executions": [{"ExecutionArn": arn, "Status": "RUNNING", "StartDate": (started - datetime.timedelta(seconds=age)).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
                               for arn, age in sorted(ages.items(), key=lambda o: o[1])]}

    def list_accounts(self, **request):
        self.asked.append(request)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, str):
            raise ClientError({"Error": {"Code": page, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""}}, "ListAccounts")
        return {"Accounts": page} | ({"NextToken": f"t{len(self.asked)}"} if self.pages[0] is not page else {})


class _Sweeps:
    """Starts sweeps. outcome gives, by account and Region, how one ends: None well, else the name of its error; THROTTLED
    refuses a start once. Slow ones still run when they are first looked at."""

    def __init__(self, outcome, slow):
        self.slow, self.seen = slow, set()
        self.outcome, self.started, self.names, self.refused = outcome, [], [], set()
        self.lock, self.running, self.at_once = threading.Lock(), 0, 0

    def start_execution(self, StateMachineArn, Name, Input):
        request = json.loads(Input)
        place = (request["account"], request["region"])
        with self.lock:
            if StateMachineArn != SWEEP:
                raise ClientError({"Error": {"Code": "StateMachineDoesNotExist", "Message": StateMachineArn}, "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""}}, "StartExecution")
            if self.outcome(*place) == THROTTLED and place not in self.refused:
                self.refused.add(place)
                raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}, "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""}}, "StartExecution")
            self.started.append(request)
            self.names.append(Name)
            self.running += 1
            self.at_once = max(self.at_once, self.running)
        return {"ExecutionArn": f"{SWEEP.replace('stateMachine', 'execution')}:{Name}", "StartDate": "2026-03-27T09:12:05Z"}

    def describe_execution(self, executionArn):
        account, region, _ = executionArn.rpartition(":")[2].split("_", 2)
        error = self.outcome(account, region)
        if self.slow and executionArn not in self.seen:
            self.seen.add(executionArn)
            return {"executionArn": executionArn, "status": "RUNNING"}
        with self.lock:
            self.running -= 1
        common = {"executionArn": executionArn, "stateMachineArn": SWEEP, "input": "{}"}
        if error in (None, THROTTLED):
            return common | {"status": "SUCCEEDED", "output": "{}"}
        if error in ("ABORTED", "TIMED_OUT"):
            return common | {"status": error}
        return common | {"status": "FAILED", "error": error, "cause": 'it says "Error":"Fake"'}


THROTTLED = "throttled"


def as_aws_writes(value, **more):
    """The end of a sweep, which a failed task has for its cause. AWS writes the names in it with capitals, moto without."""
    if isinstance(value, dict) and "executionArn" in value:
        value = {name[0].upper() + name[1:]: part for name, part in value.items()}
    return to_json_str(value, **more)


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def run(request, machine=None, outcome=lambda account, region: None, pages=((),), slow=False, others=(), **parameters):
    """Executes the state machine, or a changed version of it."""
    # A choice that looks at a field which is not there is an error in moto's log.
    logging.disable(logging.CRITICAL)
    client = session.client("stepfunctions", region_name="eu-west-1")
    services, sweeps, waits = _Services(pages, others), _Sweeps(outcome, slow), []
    ended = threading.Event()

    def terminated(communication, original=BaseExecutionWorkerCommunication.terminated):
        original(communication)
        ended.set()

    with unittest.mock.patch.object(BaseExecutionWorkerCommunication, "terminated", terminated), \
            unittest.mock.patch.object(state_task_service_aws_sdk, "boto_client_for", lambda **_: services), \
            unittest.mock.patch.object(state_task_service_sfn, "boto_client_for", lambda **_: sweeps), \
            unittest.mock.patch.object(state_task_service_sfn, "to_json_str", as_aws_writes), \
            unittest.mock.patch.object(retrier_decl, "time", types.SimpleNamespace(sleep=waits.append)), \
            unittest.mock.patch.object(jitter_strategy_decl, "random", types.SimpleNamespace(uniform=lambda _, longest: longest)):
        arn = client.create_state_machine(
            name="members", definition=filled(machine or sam.definition(sam.MEMBERS), **parameters), roleArn="arn:aws:iam::123456789012:role/members",
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=arn, input=json.dumps(request), name="all")["executionArn"]
        if not ended.wait(300):
            raise TimeoutError(f"the execution does not end; {len(sweeps.started)} sweeps so far")
        end = client.describe_execution(executionArn=execution)
    output = json.loads(end["output"]) if "output" in end else None
    return Run(end["status"], end.get("error"), end.get("cause", ""), output, sweeps.started, sweeps.names, sweeps.at_once, services.asked, waits, services.looks)
