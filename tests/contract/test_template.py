"""What template.yaml says twice, or says beside the code, agrees."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from samcli.yamlhelper import yaml_parse

from relay import settings
from relay.notify.groups import GROUPS as NOTIFY_GROUPS
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, group_of
from relay.state import GROUPS as STATE_GROUPS

TEMPLATE = yaml_parse(Path("template.yaml").read_text())
RESOURCES = TEMPLATE["Resources"]
FUNCTIONS = sorted(path.parent.name for path in Path("functions").glob("*/app.py"))
CONSUMERS = {
    "drain": "SpoolQueue",
    "archive": "ArchiveQueue",
    "state": "StateQueue",
    "notify": "NotifyQueue",
    "deliver": "DeliveryQueue",
}
# A receiver or the topic may be down for days; anything else that fails five times is poison.
RECEIVES = {"SpoolQueue": 1000, "DeliveryQueue": 1000}
SUBSCRIBERS = ["archive", "state", "notify"]

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, "Execution role permissions"
POLLING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
DATA_PLANE = {
    "ingest": {"sns:Publish", "sqs:SendMessage", "secretsmanager:GetSecretValue", "s3:PutObject"},
    "drain": {
        "sqs:ChangeMessageVisibility",
        "sns:Publish",
        "secretsmanager:GetSecretValue",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
    },
    "archive": {"s3:PutObject"},
    "sync": {
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
        "secretsmanager:UpdateSecretVersionStage",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
    },
    "rotate": {
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
    },
    "state": {"dynamodb:GetItem", "dynamodb:PutItem", "s3:GetObject"},
    "notify": {"sqs:SendMessage", "s3:GetObject"},
    "deliver": {
        "sqs:ChangeMessageVisibility",
        "sqs:SendMessage",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "secretsmanager:GetSecretValue",
    },
}


def _of(logical_id):
    return RESOURCES[logical_id]["Properties"]


def _function(name):
    return _of(f"{name.title()}Function")


def _mapping(name):
    (mapping,) = (event["Properties"] for event in _function(name)["Events"].values() if event["Type"] == "SQS")
    return mapping


def _groups(subscription):
    return sorted(_of(subscription)["FilterPolicy"]["relaygroup"])


def _statements(name):
    (policy,) = _of(f"{name.title()}Role")["Policies"]
    return policy["PolicyDocument"]["Statement"]


def _actions(statement):
    return {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])


def test_every_function_has_its_code():
    named = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::Serverless::Function"}

    assert named == {f"{name.title()}Function" for name in FUNCTIONS}
    assert {_function(name)["CodeUri"] for name in FUNCTIONS} == {f"functions/{name}" for name in FUNCTIONS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_environment_is_what_the_settings_read(name):
    variables = set(_function(name)["Environment"]["Variables"]) | set(
        TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    )

    model = getattr(settings, f"{name.title()}Settings")

    assert {field.name.upper() for field in fields(model)} == {v for v in variables if not v.startswith("POWERTOOLS_")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_grants_exactly_what_its_function_calls(name):
    granted = set().union(*(_actions(statement) for statement in _statements(name)))

    assert granted == DATA_PLANE[name] | LOGGING | (POLLING if name in CONSUMERS else set())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_names_its_resources(name):
    wildcards = [
        statement for statement in _statements(name) if statement["Resource"] == "*" or statement["Effect"] != "Allow"
    ]

    assert wildcards == []
    assert _function(name)["Role"] == {"Fn::GetAtt": [f"{name.title()}Role", "Arn"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_to_its_own_group(name):
    group = f"{name.title()}LogGroup"

    assert _function(name)["LoggingConfig"] == {"LogGroup": {"Ref": group}}
    assert _of(group) == {"RetentionInDays": {"Ref": "LogDays"}}


@pytest.mark.parametrize(("name", "queue"), CONSUMERS.items())
def test_visibility_is_six_timeouts_and_the_batching_window(name, queue):
    mapping = _mapping(name)
    window = mapping.get("MaximumBatchingWindowInSeconds", 0)

    assert _of(queue)["VisibilityTimeout"] == 6 * _function(name)["Timeout"] + window
    assert mapping["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_consumers_leave_ingest_its_concurrency():
    assert sum(_mapping(name)["ScalingConfig"]["MaximumConcurrency"] for name in CONSUMERS) <= 50  # as the README says


@pytest.mark.parametrize("queue", CONSUMERS.values())
def test_every_queue_has_a_dead_letter_queue_that_outlives_it(queue):
    dead = queue.replace("Queue", "DeadLetterQueue")

    assert _of(queue)["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead, "Arn"]}
    assert _of(queue)["RedrivePolicy"]["maxReceiveCount"] == RECEIVES.get(queue, 5)
    assert _of(queue)["MessageRetentionPeriod"] == (14 if queue == "SpoolQueue" else 4) * 86400
    assert _of(dead)["MessageRetentionPeriod"] == 14 * 86400
    assert _of(queue)["SqsManagedSseEnabled"]
    assert _of(dead)["SqsManagedSseEnabled"]


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_every_subscription_is_raw_and_has_a_dead_letter_queue(name):
    subscription, dead = _of(f"{name.title()}Subscription"), f"{name.title()}DeadLetterQueue"

    assert subscription["RawMessageDelivery"] is True
    assert subscription["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead, "Arn"]}
    assert {"Ref": dead} in _of(f"{name.title()}QueuePolicy")["Queues"]


ALARMS = {name: resource for name, resource in RESOURCES.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}
COUNTED = re.findall(r'count\("(\w+)"', "".join(path.read_text() for path in Path("layers/relay/relay").rglob("*.py")))


def _metrics(alarm):
    named = [
        metric["MetricStat"]["Metric"] for metric in alarm["Properties"].get("Metrics", ()) if "MetricStat" in metric
    ]
    return named or [alarm["Properties"]]


@pytest.mark.parametrize("name", ALARMS)
def test_alarms_watch_metrics_that_exist(name):
    for metric in _metrics(ALARMS[name]):
        if (
            metric["Namespace"]
            == TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        ):
            (dimension,) = metric["Dimensions"]
            services = {
                _function(function)["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for function in FUNCTIONS
            }
            assert metric["MetricName"] in COUNTED
            assert dimension["Name"] == "service"
            assert dimension["Value"] in services
        else:  # an HTTP API's metrics are 4xx and 5xx; those of REST APIs have other names and would never fire
            assert (metric["Namespace"], metric["MetricName"]) in {
                ("AWS/ApiGateway", "4xx"),
                ("AWS/ApiGateway", "5xx"),
                ("AWS/Lambda", "Errors"),
                ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
                ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"),
            }


def test_every_dead_letter_queue_has_an_alarm():
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in ALARMS.values()
        for metric in _metrics(alarm)
        for dimension in metric["Dimensions"]
        if isinstance(dimension["Value"], dict) and "Fn::GetAtt" in dimension["Value"]
    }

    assert {queue.replace("Queue", "DeadLetterQueue") for queue in CONSUMERS.values()} <= watched


def test_every_alarm_is_published_and_documented():
    operations = Path("docs/operations.md").read_text()

    assert {str(alarm["Properties"]["AlarmActions"]) for alarm in ALARMS.values()} == {str([{"Ref": "AlarmTopic"}])}
    assert [name for name in ALARMS if name not in operations and "DeadLetters" not in name] == []


def test_a_flood_parameter_explains_its_number():
    for name in ("RequestsPerSecond", "RequestsInBurst", "IngestConcurrency", "UnverifiedBytesPerMinute"):
        assert len(TEMPLATE["Parameters"][name]["Description"]) > 60


def test_subscriptions_ask_for_the_groups_that_have_a_module():
    assert "FilterPolicy" not in _of("ArchiveSubscription")
    assert _groups("StateSubscription") == sorted(STATE_GROUPS)
    assert _groups("NotifySubscription") == sorted(NOTIFY_GROUPS)


def test_state_knows_every_documented_group():
    assert {group_of(name) for name in DOCUMENTED_TYPES} <= set(STATE_GROUPS)


def test_payloads_outlive_the_lines_that_name_them():
    days = TEMPLATE["Parameters"]["ArchiveDays"]["AllowedValues"]

    assert {day: found["Days"] for day, found in TEMPLATE["Mappings"]["Payloads"].items()} == {
        day: int(day) + 28 for day in days
    }


def test_the_timeline_outlives_the_dead_letter_queues():
    assert TEMPLATE["Parameters"]["TimelineDays"]["MinValue"] > 14


def test_table_and_code_agree_on_keys_index_and_time_to_live():
    code = "".join(Path("layers/relay/relay", name).read_text() for name in ("aws/table.py", "state/rows.py"))
    table = _of("StateTable")
    (index,) = table["GlobalSecondaryIndexes"]

    names = [key["AttributeName"] for key in (*table["KeySchema"], *index["KeySchema"])]

    assert [name for name in (*names, index["IndexName"]) if not re.search(rf'"{name}"|\b{name} =', code)] == []
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_no_resource_but_secrets_and_the_api_has_a_physical_name():
    physical = ("BucketName", "QueueName", "TopicName", "TableName", "FunctionName", "RoleName", "LogGroupName", "Name")

    named = {
        logical_id
        for logical_id, resource in RESOURCES.items()
        if resource["Type"] not in ("AWS::SecretsManager::Secret", "AWS::ApiGatewayV2::Api", "AWS::Lambda::Permission")
        and set(physical) & set(resource.get("Properties", {}))
    }

    assert named == set()


@pytest.mark.parametrize("resource", ["ArchiveBucket", "StateTable"])
def test_what_was_kept_survives_the_stack(resource):
    assert (RESOURCES[resource]["DeletionPolicy"], RESOURCES[resource]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_athena_has_a_column_for_every_attribute_of_the_envelope():
    attributes = json.loads(Path("docs/envelope.schema.json").read_text())["properties"]
    table = _of("ArchiveTable")["TableInput"]

    columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]

    assert columns == ["eventsource" if name == "source" else name for name in attributes]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["source", "date", "hour"]


def test_every_output_is_documented():
    readme = Path("README.md").read_text() + Path("docs/operations.md").read_text()

    assert [name for name in TEMPLATE["Outputs"] if not re.search(rf"\b{name}\b", readme)] == []
