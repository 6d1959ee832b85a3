import boto3
import pytest
from moto import mock_aws

from relayctl.dlq import letters
from tests.integration.dlq.stacks import REGION, Stack


@pytest.fixture
def stack(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(letters, "WAIT_SECONDS", 0)  # moto is one server, so there is none to wait for
    with mock_aws():
        yield Stack(boto3.client("sqs", REGION))


class Said(list[str]):
    """What a command says and notes."""

    def __call__(self, text):
        self.append(text)

    @property
    def text(self):
        return "\n".join(self)


@pytest.fixture
def said():
    return Said()
