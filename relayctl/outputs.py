"""`relayctl outputs`: a stack's outputs by their template names, from AWS or from the relay on this computer."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from local.instance import NotUp, outputs


class CannotRead(Exception):
    """The outputs cannot be read; the text says why and what to do."""


def read_outputs(wanted: argparse.Namespace) -> dict[str, str]:
    """Return the outputs of the stack that `--stack`, or else `--port`, names; raises CannotRead."""
    if wanted.stack:
        return aws_outputs(wanted.stack, region=wanted.region, profile=wanted.profile)
    try:
        return outputs(wanted.port)
    except NotUp as error:
        raise CannotRead(str(error)) from error


def aws_outputs(stack: str, *, region: str | None, profile: str | None) -> dict[str, str]:
    """Return the outputs of a stack in AWS; raises CannotRead."""
    import boto3

    from relay.aws.client import Failure, code_of

    try:
        client = boto3.Session(profile_name=profile, region_name=region).client("cloudformation")
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
    except Failure as error:
        remedy = "Check its name, --region, --profile, and that you are signed in."
        raise CannotRead(f"The outputs of stack {stack} cannot be read: {code_of(error)}. {remedy}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def clients_of(wanted: argparse.Namespace, outputs: Mapping[str, str]) -> Callable[[str], Any]:
    """Return what makes a client of an AWS service where the stack is, given its outputs."""
    if wanted.stack:
        import boto3

        session: Any = boto3.Session(profile_name=wanted.profile, region_name=wanted.region)
        return lambda service: session.client(service)
    from local.aws import client

    return lambda service: client(service, outputs["AwsEndpointUrl"])
