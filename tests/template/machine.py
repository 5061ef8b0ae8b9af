"""The state machine, executed by moto's interpreter of Amazon States Language with a scripted Lambda."""

import dataclasses
import io
import json
import logging
import time
import types
import unittest.mock

import sam

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:sweep"
session = boto3.Session()


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


def filled(definition):
    """The definition as JSON, its placeholders filled as the template does."""
    return json.dumps(definition).replace("${Partition}", "aws").replace("${SweepFunctionArn}", FUNCTION)


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def run(script, request, definition=None):
    """Executes the state machine, or a changed version of it."""
    # A choice that looks at a field which is not there is an error in moto's log.
    logging.disable(logging.CRITICAL)
    function, waits = _Lambda(script), []
    fake_time = types.SimpleNamespace(sleep=waits.append)
    full = types.SimpleNamespace(uniform=lambda _, longest: longest)
    with unittest.mock.patch.object(lambda_eval_utils, "boto_client_for", lambda **_: function), \
            unittest.mock.patch.object(retrier_decl, "time", fake_time), \
            unittest.mock.patch.object(jitter_strategy_decl, "random", full):
        client = session.client("stepfunctions", region_name="eu-west-1")
        machine = client.create_state_machine(
            name="sweep", definition=filled(definition or sam.definition()), roleArn="arn:aws:iam::123456789012:role/sweep",
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=machine, input=json.dumps(request))["executionArn"]
        deadline = time.monotonic() + 120
        while (end := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                raise TimeoutError(f"the execution does not end; {len(function.calls)} calls so far")
            time.sleep(0.02)
        history = client.get_execution_history(executionArn=execution)["events"]
    output = json.loads(end["output"]) if "output" in end else None
    return Run(end["status"], end.get("error"), end.get("cause", ""), output, function.calls, function.functions, waits, len(history))
