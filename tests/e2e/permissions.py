"""The permissions of the functions' roles, as template.yaml grants them, and taking one away for a while."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from samcli.yamlhelper import yaml_parse

from local.cloud import LocalCloud
from local.deploy import BATCHES

Document = dict[str, Any]


def granted() -> set[tuple[str, str]]:
    """Every function, by the stem of its logical ids, and action that its role allows."""
    resources: dict[str, Any] = yaml_parse(Path("template.yaml").read_text())["Resources"]
    return {
        (name.removesuffix("Role"), action)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role"
        for policy in resource["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _actions(statement)
    }


@contextmanager
def without(cloud: LocalCloud, function: str, action: str) -> Iterator[None]:
    """Take an action from a function's role; it counts from the next request on, sessions that exist included."""
    iam, role = cloud.aws.client("iam"), cloud.stack.resources[f"{function}Role"]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = _document(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
    less = {**document, "Statement": list(_less(document["Statement"], action))}
    assert less != document, f"{role} does not allow {action}"
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def _less(statements: list[Document], action: str) -> Iterator[Document]:
    gone = {action, BATCHES.get(action)}
    for statement in statements:
        if kept := [one for one in _actions(statement) if one not in gone]:
            yield {**statement, "Action": kept}


def _actions(statement: Document) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def _document(answer: Any) -> Document:
    """botocore decodes what IAM percent-encodes; the embedded one may not have encoded it."""
    document: Document = answer if isinstance(answer, dict) else json.loads(unquote(answer))
    return document
