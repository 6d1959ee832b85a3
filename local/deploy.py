"""Deploys a built template into the embedded AWS by CloudFormation, and closes the gaps that are known."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.aws import ACCOUNT, LocalAws
from local.build import Build
from local.runtime import Function, RuntimeHost

STACK = "relay"
ARTIFACTS = "relay-artifacts"
DEPLOY_SECONDS = 60
# The endpoint here is plain http, which the bucket policy denies.
PARAMETERS = {"RequireTls": "false"}
# Who may do the one may do the other in AWS; the embedded one asks for an action that IAM does not have.
BATCHES = {"sqs:SendMessage": "sqs:SendMessageBatch"}
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


class DeployFailed(Exception):
    """CloudFormation did not create the stack; the text names the resources and their reasons."""


@dataclass(frozen=True)
class Stack:
    """What was deployed: physical ids by logical id, and the outputs."""

    name: str
    resources: Mapping[str, str]
    outputs: Mapping[str, str]
    functions: Mapping[str, str] = field(default_factory=dict)  # names by logical id

    @cached_property
    def token(self) -> str:
        """The part of the webhook's path that nobody else knows."""
        return self.outputs["WebhookUrl"].rsplit("/", 2)[1]


def deploy(build: Build, aws: LocalAws, parameters: Mapping[str, str] = PARAMETERS) -> Stack:
    """Create the stack in an empty embedded AWS; raises DeployFailed."""
    aws.client("s3").create_bucket(
        Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": aws.client("s3").meta.region_name}
    )
    cloudformation = aws.client("cloudformation")
    _create(cloudformation, json.dumps(_with_uploaded_code(build, aws)), parameters)
    _close_topics(aws)
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    }
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    return Stack(
        STACK,
        resources,
        {output["OutputKey"]: output["OutputValue"] for output in outputs},
        {name: resources[name] for name in build.resources("AWS::Serverless::Function")},
    )


def serve_functions(build: Build, aws: LocalAws, stack: Stack, host: RuntimeHost, here: Mapping[str, str]) -> None:
    """Have the runtime host run every function of the stack, in place of the embedded AWS' own executor.

    It is told so in each function's environment after deployment: names are CloudFormation's, so nothing in the
    template could say it. `here` are variables with another value on this computer, in whichever function has them.
    """
    client = aws.client("lambda")
    for logical_id, name in stack.functions.items():
        deployed = client.get_function_configuration(FunctionName=name)
        given = deployed["Environment"]["Variables"]
        variables = given | {variable: here[variable] for variable in given.keys() & here.keys()}
        deployed["Environment"]["Variables"] = variables
        host.add(Function.deployed(deployed, code=build.code(logical_id), layers=build.layers(logical_id)))
        proxy = {"MINISTACK_LAMBDA_PROXY_URL": host.proxy_url(name)}
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables | proxy})


def _with_uploaded_code(build: Build, aws: LocalAws) -> dict[str, Any]:
    """The built template with its code in S3, as `sam deploy` does it."""
    template: dict[str, Any] = json.loads(json.dumps(build.template))
    template["Resources"] = {name: one for name, one in template["Resources"].items() if not _is_unknown(one)}
    for logical_id, resource in template["Resources"].items():
        if place := CODE.get(resource["Type"]):
            key = f"{logical_id}.zip"
            aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=zipped(build.code(logical_id)))
            resource["Properties"][place] = f"s3://{ARTIFACTS}/{key}"
        for policy in resource.get("Properties", {}).get("Policies", []):
            _allow_batches(policy["PolicyDocument"]["Statement"])
    return template


def _is_unknown(resource: dict[str, Any]) -> bool:
    """Whether the embedded AWS cannot create it: it knows no alarm that names its metrics in a list."""
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def _allow_batches(statements: list[dict[str, Any]]) -> None:
    for statement in statements:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        statement["Action"] = [*actions, *(BATCHES[action] for action in actions if action in BATCHES)]


def _close_topics(aws: LocalAws) -> None:
    """Leave topics to their owner's roles, as AWS does; the embedded one creates them open to everybody."""
    sns, owner = aws.client("sns"), {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    for topic in (topic["TopicArn"] for topic in sns.list_topics()["Topics"]):
        statement = {"Effect": "Allow", "Principal": owner, "Action": "sns:*", "Resource": topic}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def zipped(directory: Path) -> bytes:
    """A directory's files as a zip archive, fast rather than small."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(directory))
    return content.getvalue()


def _create(cloudformation: Any, template: str, parameters: Mapping[str, str]) -> None:
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=template,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        raise DeployFailed(f"The embedded AWS refuses the template: {error.response['Error']['Message']}") from error
    _await_created(cloudformation)


def _await_created(cloudformation: Any) -> None:
    until = time.monotonic() + DEPLOY_SECONDS
    while time.monotonic() < until:
        status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if status != "CREATE_IN_PROGRESS":
            raise DeployFailed(f"The stack became {status}:\n{_failures(cloudformation)}")
        time.sleep(0.05)
    raise DeployFailed(f"The stack was not created within {DEPLOY_SECONDS} s.")


def _failures(cloudformation: Any) -> str:
    """A line for each resource that failed, and for the whole only where no resource did."""
    reasons: dict[str, str] = {}
    for event in cloudformation.describe_events(StackName=STACK)["OperationEvents"]:
        reason = event.get("ValidationStatusReason") or event.get("ResourceStatusReason", "")
        if "FAILED" in (event.get("ValidationStatus"), event.get("ResourceStatus", "")[-6:]):
            reasons.setdefault(event["LogicalResourceId"], reason)
    if len(reasons) > 1:
        reasons.pop(STACK, None)
    return "\n".join(f"  {name}: {reason}" for name, reason in reasons.items())
