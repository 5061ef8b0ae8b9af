"""Invokes functions with boto3: a request on each line of standard input, its
answer on a line of standard output. Usage: invoke.py ENDPOINT REGION"""

import json
import sys

import boto3
from botocore.config import Config

endpoint, region = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=endpoint, region_name=region, aws_access_key_id="local",
                      aws_secret_access_key="local", config=Config(read_timeout=120, retries={"total_max_attempts": 1}))
for line in sys.stdin:
    request = json.loads(line)
    answer = client.invoke(FunctionName=request["function"], Payload=request["event"])
    print(json.dumps({"FunctionError": answer.get("FunctionError", ""), "Payload": answer["Payload"].read().decode()}), flush=True)
