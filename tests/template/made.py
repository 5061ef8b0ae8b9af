"""Types that moto's CloudFormation does not know, made by moto's own APIs; boto3 checks their properties on the way."""

import contextlib
import functools
import json

import boto3
from moto.cloudformation.parsing import get_model_map
from moto.utilities.utils import get_partition

session = boto3.Session()


@functools.cache
def client_for(service, region):
    return session.client(service, region_name=region)


def _numbers(properties, **members):
    """CloudFormation gives the numbers of parameters as texts."""
    return properties | {name: kind(properties[name]) for name, kind in members.items() if name in properties}


class _Made:
    """A resource whose physical name its type knows."""

    type_name = service = ""

    def __init__(self, name, arn):
        self.physical_resource_id, self.arn = name, arn

    @classmethod
    def cloudformation_type(cls):
        return cls.type_name

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr == "Arn"

    def get_cfn_attribute(self, attribute_name):
        if attribute_name != "Arn":
            raise KeyError(attribute_name)
        return self.arn

    def is_created(self):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        client = client_for(cls.service, region_name)
        name = cls.put(client, cloudformation_json["Properties"], resource_name)
        return cls(name, cls.arn_of(name, get_partition(region_name), region_name, account_id))

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        cls.remove(client_for(cls.service, region_name), original_resource.physical_resource_id)
        made = cls.create_from_cloudformation_json(original_resource.physical_resource_id, cloudformation_json, account_id, region_name)
        made.logical_resource_id, made.cf_resource_type = original_resource.logical_resource_id, cls.type_name
        return made

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        cls.remove(client_for(cls.service, region_name), resource_name)

    @staticmethod
    def arn_of(name, partition, region, account):
        return ""

    @staticmethod
    def put(client, properties, name):
        raise NotImplementedError

    @staticmethod
    def remove(client, name):
        raise NotImplementedError


class Alarm(_Made):
    type_name, service = "AWS::CloudWatch::Alarm", "cloudwatch"

    @staticmethod
    def put(client, properties, name):
        client.put_metric_alarm(**_numbers(properties, Threshold=float, EvaluationPeriods=int, DatapointsToAlarm=int))
        return properties["AlarmName"]

    @staticmethod
    def remove(client, name):
        client.delete_alarms(AlarmNames=[name])

    @staticmethod
    def arn_of(name, partition, region, account):
        return f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"


class ScheduleGroup(_Made):
    type_name, service = "AWS::Scheduler::ScheduleGroup", "scheduler"

    @staticmethod
    def put(client, properties, name):
        client.create_schedule_group(**properties)
        return properties["Name"]

    @staticmethod
    def remove(client, name):
        client.delete_schedule_group(Name=name)

    @staticmethod
    def arn_of(name, partition, region, account):
        return f"arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}"


class Schedule(_Made):
    type_name, service = "AWS::Scheduler::Schedule", "scheduler"

    @staticmethod
    def put(client, properties, name):
        window = _numbers(properties["FlexibleTimeWindow"], MaximumWindowInMinutes=int)
        client.create_schedule(**{"Name": name} | properties | {"FlexibleTimeWindow": window})
        return f"{properties['GroupName']}/{properties.get('Name', name)}"

    @staticmethod
    def remove(client, name):
        group, _, schedule = name.partition("/")
        with contextlib.suppress(client.exceptions.ResourceNotFoundException):  # it went with its group
            client.delete_schedule(GroupName=group, Name=schedule)


class QueuePolicy(_Made):
    type_name, service = "AWS::SQS::QueuePolicy", "sqs"

    @staticmethod
    def put(client, properties, name):
        for queue in properties["Queues"]:
            client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
        return ",".join(properties["Queues"])

    @staticmethod
    def remove(client, name):
        for queue in name.split(","):
            # moto removes in no particular order, and a policy goes with its queue.
            with contextlib.suppress(client.exceptions.QueueDoesNotExist):
                client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


class EventBus(_Made):
    """moto has this type, and gives the whole bus for its name."""

    type_name, service = "AWS::Events::EventBus", "events"

    @staticmethod
    def put(client, properties, name):
        client.create_event_bus(**properties)
        return properties["Name"]

    @staticmethod
    def remove(client, name):
        client.delete_event_bus(Name=name)

    @staticmethod
    def arn_of(name, partition, region, account):
        return f"arn:{partition}:events:{region}:{account}:event-bus/{name}"


class EventBusPolicy(_Made):
    type_name, service = "AWS::Events::EventBusPolicy", "events"

    @staticmethod
    def put(client, properties, name):
        unknown = set(properties) - {"EventBusName", "Statement", "StatementId"}
        if unknown:
            raise ValueError(f"a bus's policy knows no {unknown}")
        document = {"Version": "2012-10-17", "Statement": [properties["Statement"] | {"Sid": properties["StatementId"]}]}
        client.put_permission(EventBusName=properties["EventBusName"], Policy=json.dumps(document))
        return f"{properties['EventBusName']}/{properties['StatementId']}"

    @staticmethod
    def remove(client, name):
        bus, _, statement = name.partition("/")
        client.remove_permission(EventBusName=bus, StatementId=statement)


class QueryDefinition(_Made):
    type_name, service = "AWS::Logs::QueryDefinition", "logs"

    @staticmethod
    def put(client, properties, name):
        # moto has no put_query_definition, so that boto3 looks at the members only.
        shape = client.meta.service_model.operation_model("PutQueryDefinition").input_shape
        unknown = set(properties) - {member[0].upper() + member[1:] for member in shape.members}
        if unknown:
            raise ValueError(f"PutQueryDefinition knows no {unknown}")
        return name

    @staticmethod
    def remove(client, name):
        pass


def register():
    """Adds the types to those that moto makes."""
    for kind in (Alarm, ScheduleGroup, Schedule, QueuePolicy, EventBus, EventBusPolicy, QueryDefinition):
        get_model_map()[kind.type_name] = kind
