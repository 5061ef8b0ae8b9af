"""Events beside those of events/, each with the rule that is to pass it on; None: no rule."""

import json

import sam

from moto.utilities.utils import get_partition

CREATE, DRIFT, DEPLOYMENT, KEYS = "CreateLogGroupRule", "DriftRule", "DeploymentRule", "KeyRule"


def golden(name):
    return json.loads((sam.ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))


def changed(name, **detail):
    """A golden event with other members of its CloudTrail record."""
    event = golden(name)
    event["detail"].update(detail)
    return event


def issued_by(name, role):
    """A golden event whose caller has a session of the role."""
    event = golden(name)
    event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = role
    return event


def without_issuer(name):
    event = golden(name)
    del event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]
    return event


def at_home(event, stack):
    """An event of events/, whose ARNs are eu-west-1's, as it would be in the stack's Region."""
    return json.loads(json.dumps(event).replace("arn:aws:logs:eu-west-1:", home(stack)))


def home(stack):
    return f"arn:{get_partition(stack.region)}:logs:{stack.region}:"


def drift(stack):
    """Key and tag changes by everybody but the stack itself."""
    own = home(stack) + "123456789012:"
    yield "by a user", changed("key-removed", userIdentity=golden("created-by-user")["detail"]["userIdentity"]), DRIFT
    yield "by a service", changed("key-removed", userIdentity={"type": "AWSService", "invokedBy": "events.amazonaws.com"}), DRIFT
    yield "by root", changed("key-changed", userIdentity={"type": "Root", "arn": "arn:aws:iam::123456789012:root"}), DRIFT
    yield "session without issuer", without_issuer("key-removed"), DRIFT
    for where, arns, rule in (
        ("here", own, DRIFT), ("of another account", home(stack) + "210987654321:", None),
        ("of another Region", f"arn:{get_partition(stack.region)}:logs:sa-east-1:123456789012:", None), ("of another partition", own.replace("arn:aws", "arn:aws-iso", 1), None),
    ):
        for name in ("AssociateKmsKey", "DisassociateKmsKey"):
            yield f"{name} by an ARN {where}", changed("key-removed", eventName=name, requestParameters={"resourceIdentifier": arns + "log-group:/app/orders"}), rule
            yield f"{name} for query results {where}", changed("key-removed", eventName=name, requestParameters={"resourceIdentifier": arns + "query-result:*"}), None
        for name in ("TagResource", "UntagResource"):
            yield f"{name} {where}", changed("tag-added", eventName=name, requestParameters={"resourceArn": arns + "log-group:/app/orders"}), rule
    yield "ARN with :*", changed("key-removed", requestParameters={"resourceIdentifier": own + "log-group:/app/orders:*"}), DRIFT
    for kind in ("destination:central", "delivery:a1b2", "anomaly-detector:a1b2"):
        arn = own + kind
        yield f"tag on {kind}", changed("tag-added", requestParameters={"resourceArn": arn}), None
    for name in ("AssociateKmsKey", "DisassociateKmsKey", "TagResource", "UntagResource", "TagLogGroup", "UntagLogGroup"):
        yield f"{name}, denied", changed("key-removed", eventName=name, errorCode="AccessDenied", requestParameters=None), None
        yield f"{name}, failed", changed("key-removed", eventName=name, errorCode="OperationAbortedException"), None
        yield f"{name}, parameters cut off", changed("key-removed", eventName=name, requestParameters=None), None
    for name in ("DeleteLogGroup", "PutRetentionPolicy", "CreateLogStream", "PutSubscriptionFilter"):
        yield name, changed("key-removed", eventName=name), None


def elsewhere():
    """Records that are ours but for one thing."""
    for name in ("created-by-user", "key-removed", "tag-added"):
        yield f"{name}, another service", changed(name, eventSource="s3.amazonaws.com"), None
        event = golden(name)
        yield f"{name}, another source", event | {"source": "aws.s3"}, None
        yield f"{name}, another detail-type", event | {"detail-type": "AWS Service Event via CloudTrail"}, None
    yield "bare record", golden("created-by-user")["detail"], None


def own(stack):
    """What the stack's functions do themselves, beside roles with similar names."""
    for role in ("EventFunctionRole", "SweepFunctionRole"):
        arn = stack.arn(role)
        yield f"key set by {role}", issued_by("key-changed", arn), None
        yield f"tag by a role like {role}", at_home(issued_by("tag-added", arn + "-2"), stack), DRIFT
        yield f"key set by a role like {role}", issued_by("key-changed", arn[:-1]), DRIFT
    yield "key removed by another role of the stack", issued_by("key-removed", stack.arn("ScheduleRole")), DRIFT
    yield "log group made by the function", issued_by("created-by-function-role", stack.arn("EventFunctionRole")), CREATE


def keys(stack):
    """A recorded event of KMS, and what is like it."""
    key = f"arn:{get_partition(stack.region)}:kms:{stack.region}:123456789012:key/55487ec5-4c6b-4c87-80e5-3cfa8bcfc271"

    def event(name, **more):
        return {
            "version": "0", "id": "2f71316e-829b-4816-9202-797c00ffdf53", "detail-type": "AWS API Call via CloudTrail", "source": "aws.kms",
            "account": "123456789012", "time": "2026-05-18T05:41:19Z", "region": stack.region, "resources": [],
            "detail": {
                "eventVersion": "1.11", "eventTime": "2026-05-18T05:41:19Z", "eventSource": "kms.amazonaws.com", "eventName": name, "awsRegion": stack.region,
                "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/admin/alice"},
                "requestParameters": {"keyId": key.rpartition("/")[2]}, "responseElements": {"keyId": key}, "readOnly": False,
                "resources": [{"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": key}], "eventType": "AwsApiCall", **more,
            },
        }

    for name in ("DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteImportedKeyMaterial"):
        yield name, event(name), KEYS
        yield f"{name}, denied", event(name, errorCode="AccessDenied", requestParameters=None), None
        yield f"{name} of another service", event(name, eventSource="cloudhsm.amazonaws.com"), None
        yield f"{name} from somebody else", event(name) | {"source": "my.kms"}, None
        yield f"{name} by a service", event(name) | {"detail-type": "AWS Service Event via CloudTrail"}, None
    for name in ("CreateKey", "PutKeyPolicy", "CreateGrant", "UpdateAlias", "TagResource", "DisableKeyRotation"):
        yield name, event(name), None
    rotated = {"version": "0", "id": "1", "detail-type": "KMS CMK Rotation", "source": "aws.kms", "account": "123456789012", "time": "2026-05-18T05:41:19Z",
               "region": stack.region, "resources": [key], "detail": {"key-id": "1234"}}
    yield "a key was rotated", rotated, None


def deployments(stack):
    """Status changes of this stack and of another."""
    other = stack.stack_id[:-4] + "beef"
    for status, rule in (
        ("CREATE_COMPLETE", DEPLOYMENT), ("UPDATE_COMPLETE", DEPLOYMENT), ("CREATE_IN_PROGRESS", None), ("CREATE_FAILED", None),
        ("ROLLBACK_COMPLETE", None), ("UPDATE_IN_PROGRESS", None), ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_COMPLETE", None), ("DELETE_IN_PROGRESS", None), ("DELETE_COMPLETE", None),
    ):
        for owner, stack_id in (("own", stack.stack_id), ("another", other)):
            event = {
                "version": "0", "id": "b2b5a5a6-2c4d-4b0c-9f77-4f8f6a0f1c11", "source": "aws.cloudformation", "account": "123456789012",
                "detail-type": "CloudFormation Stack Status Change", "time": "2026-03-27T09:12:05Z", "region": stack.region,
                "resources": [stack_id],
                "detail": {"stack-id": stack_id, "status-details": {"status": status, "status-reason": ""}, "client-request-token": ""},
            }
            yield f"{owner} stack {status}", event, rule if owner == "own" else None
            yield f"{owner} stack {status}, by another source", event | {"source": "own.cloudformation"}, None
            yield f"{owner} stack {status}, of a resource", event | {"detail-type": "CloudFormation Resource Status Change"}, None


def all_of(stack):
    """Every variant: what it is, the event, the rule."""
    yield from drift(stack)
    yield from elsewhere()
    yield from own(stack)
    yield from keys(stack)
    yield from deployments(stack)
