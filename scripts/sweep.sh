#!/usr/bin/env bash
# Starts the sweep of a deployed stack and waits for its end; exits 0 only if the
# execution succeeded. Usage: sweep.sh STACK INPUT, with the Region in REGION,
# AWS_REGION or AWS_DEFAULT_REGION.
set -euo pipefail

stack=$1 input=$2
export AWS_REGION=${REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-}}}
if [ -n "$AWS_REGION" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; else unset AWS_REGION; fi

machine=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query "Stacks[0].Outputs[?OutputKey=='SweepStateMachineArn'].OutputValue")
[ -n "$machine" ] || { echo "stack $stack has no output SweepStateMachineArn" >&2; exit 1; }

execution=$(aws stepfunctions start-execution --state-machine-arn "$machine" --input "$input" \
  --query executionArn --output text)
echo "started $execution"
while :; do
  status=$(aws stepfunctions describe-execution --execution-arn "$execution" --query status --output text)
  [ "$status" = RUNNING ] || break
  sleep 5
done
echo "$status"
aws stepfunctions describe-execution --execution-arn "$execution" --query '[output, error, cause]' --output text
[ "$status" = SUCCEEDED ]
