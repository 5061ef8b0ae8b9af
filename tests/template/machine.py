"""The state machine, executed by moto's interpreter of Amazon States Language with a scripted Lambda and a scripted list of executions."""

import dataclasses
import datetime
import functools
import io
import json
import logging
import threading
import time
import types
import unittest.mock

import sam

import boto3
import jsonata
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:sweep"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:sweep"
# When each execution starts: a known time, for its place among others.
STARTED = datetime.datetime(2026, 3, 27, 9, 12, 5, 250000, datetime.timezone.utc)
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
    calls: list  # the payloads that the function got
    functions: set  # the names under which it was called
    waits: list  # seconds before each repetition, without the jitter
    pauses: list  # seconds of each Wait state
    looks: list  # the requests to Step Functions
    events: int  # length of the history


class Slow:
    """An answer that takes its time, in seconds."""

    def __init__(self, seconds, answer):
        self.seconds, self.answer = seconds, answer


class _Lambda:
    """Plays a script: answers, errors of the function ("Throttled") and errors of Lambda's ("Lambda.…").

    An error at the end is repeated; a call after the last answer is an error of its own, so that nothing goes on for ever.
    """

    def __init__(self, script):
        self.script, self.calls, self.functions = list(script), [], set()

    def invoke(self, FunctionName, Payload):
        self.functions.add(FunctionName)
        self.calls.append(json.loads(Payload))
        step = self.script.pop(0) if self.script else "NotInTheScript"
        if not self.script and isinstance(step, str):
            self.script.append(step)
        if isinstance(step, Slow):
            time.sleep(step.seconds)
            step = step.answer
        if not isinstance(step, str):
            return self._answered(step)
        service, _, code = step.partition("Lambda.")
        if code and not service and code != "Unknown":
            raise ClientError({"Error": {"Code": code, "Message": ""},
                               "ResponseMetadata": {"HTTPStatusCode": 500, "RequestId": ""}}, "Invoke")
        return self._answered({"errorType": step, "errorMessage": ""}, FunctionError="Unhandled")

    def _answered(self, payload, **more):
        return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": io.BytesIO(json.dumps(payload).encode()), **more}


@dataclasses.dataclass
class Other:
    """Another execution: its name, how many seconds before this one it was started (negative: after), and what started it."""

    name: str
    older: float
    startedBy: str = "hand"
    status: str = "RUNNING"
    input: dict = None

    def request(self):
        return self.input or {"action": "sweep"} | ({} if self.startedBy == "hand" else {"startedBy": self.startedBy})


HIDDEN = "this execution is not listed yet"
THROTTLED = "throttled"


class _States:
    """Plays a script of who runs beside this execution: one list of Other for each look, the last one for all that follow.
    It pages as Step Functions does, newest first."""

    def __init__(self, script, name, patience):
        self.script, self.name, self.patience = list(script), name, patience
        self.looks, self.line = [], []

    def list_executions(self, **request):
        self.looks.append(request)
        if len(self.looks) > self.patience:
            raise RuntimeError("it looks for ever")
        at = 0
        if "NextToken" in request:
            at = int(request["NextToken"])
        else:
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if step == THROTTLED:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
                                   "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""}}, "ListExecutions")
            hidden = HIDDEN in step
            self.line = [o for o in step if isinstance(o, Other)] + ([] if hidden else [Other(self.name, 0)])
        newest = sorted((o for o in self.line if o.status == "RUNNING"), key=lambda o: o.older)
        page = newest[at:at + request["MaxResults"]]
        answer = {"Executions": [{
            "ExecutionArn": arn(o.name), "StateMachineArn": MACHINE, "Name": o.name, "Status": o.status,
            "StartDate": iso(STARTED - datetime.timedelta(seconds=o.older)),
        } for o in page]}
        return answer | ({"NextToken": str(at + len(page))} if at + len(page) < len(newest) else {})

    def describe_execution(self, ExecutionArn):
        self.looks.append({"ExecutionArn": ExecutionArn})
        other = next(o for o in self.line if arn(o.name) == ExecutionArn)
        return {"ExecutionArn": ExecutionArn, "Status": other.status, "Input": json.dumps(other.request())}


def iso(when):
    """As Step Functions writes it; the milliseconds are left out where they are none."""
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds").replace("+00:00", "Z")


def arn(name):
    return f"arn:aws:states:eu-west-1:123456789012:execution:sweep:{name}"


def filled(definition):
    """The definition as JSON, its placeholders filled as the template does."""
    return json.dumps(definition).replace("${Partition}", "aws").replace("${SweepFunctionArn}", FUNCTION)


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def run(script, request, definition=None, others=((),), name="me", patience=20):
    """Executes the state machine, or a changed version of it, among others. It fails after so many looks at them."""
    # A choice that looks at a field which is not there is an error in moto's log.
    logging.disable(logging.CRITICAL)
    client = session.client("stepfunctions", region_name="eu-west-1")
    function, states = _Lambda(script), _States(others, name, patience)
    waits, pauses = [], []
    fake_time = types.SimpleNamespace(sleep=waits.append)
    full = types.SimpleNamespace(uniform=lambda _, longest: longest)
    executions, ended = [], threading.Event()

    class Execution(models.Execution):
        def __init__(self, **given):
            super().__init__(**given | {"start_date": STARTED})
            executions.append(self)

    def terminated(communication, original=BaseExecutionWorkerCommunication.terminated):
        original(communication)
        ended.set()

    with unittest.mock.patch.object(models, "Execution", Execution), \
            unittest.mock.patch.object(BaseExecutionWorkerCommunication, "terminated", terminated), \
            unittest.mock.patch.object(lambda_eval_utils, "boto_client_for", lambda **_: function), \
            unittest.mock.patch.object(state_task_service_aws_sdk, "boto_client_for", lambda **_: states), \
            unittest.mock.patch.object(WaitFunction, "_wait_interval", lambda _, env, wait_seconds: pauses.append(wait_seconds)), \
            unittest.mock.patch.object(retrier_decl, "time", fake_time), \
            unittest.mock.patch.object(jitter_strategy_decl, "random", full):
        machine = client.create_state_machine(
            name="sweep", definition=filled(definition or sam.definition()), roleArn="arn:aws:iam::123456789012:role/sweep",
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=machine, input=json.dumps(request), name=name)["executionArn"]
        if not ended.wait(600):
            raise TimeoutError(f"the execution does not end; {len(function.calls)} calls so far")
        end = client.describe_execution(executionArn=execution)
        events = len(executions[0].to_history_output()["events"])
    output = json.loads(end["output"]) if "output" in end else None
    return Run(end["status"], end.get("error"), end.get("cause", ""), output, function.calls, function.functions,
               waits, pauses, states.looks, events)
