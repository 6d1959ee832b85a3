"""Every event in events/invocations/ runs through the built artifact, under awslambdaric and with its own role."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.invocations import INVOCATIONS, invocations, text_of

pytestmark = pytest.mark.integration

FILES = sorted(path.name for path in INVOCATIONS.glob("*.json"))
JOB_FAULTED = "job.faulted:ec5afc6f07254520b8a6d31036b96975.1"
STATUSES = {"ingest.forged.json": 401}
FAILED_ITEMS = {"archive.partial.json": ["00000000-0000-4000-8000-000000000001"]}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


def test_files_are_what_the_builder_writes() -> None:
    built = {name: text_of(event) for name, event in invocations()}

    assert {name: (INVOCATIONS / name).read_text(encoding="utf-8") for name in FILES} == built


@pytest.mark.parametrize("name", FILES)
def test_function_takes_the_event(cloud: LocalCloud, name: str) -> None:
    function = cloud.stack.functions[f"{name.partition('.')[0].capitalize()}Function"]

    answer = cloud.host.invoke(function, (INVOCATIONS / name).read_bytes())

    assert answer.function_error is None, answer.payload
    value = answer.value()
    assert isinstance(value, dict)
    if name.startswith("ingest."):
        check_response(value, STATUSES.get(name, 200))
    else:
        assert [item["itemIdentifier"] for item in value["batchItemFailures"]] == FAILED_ITEMS.get(name, [])


def check_response(response: dict[str, Any], status: int) -> None:
    assert response["statusCode"] == status
    if status == 200:
        assert json.loads(response["body"]) == {"id": JOB_FAULTED}
