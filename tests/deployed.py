"""A deployed stack as relayctl finds it: moto's secrets and table, a described stack, and a relay that takes pings."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.loopback import Answer, LoopbackServer, Request
from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Orchestrator, OrchestratorServer, Profile
from relay.aws.secret import Secret, Secrets
from relay.aws.table import Table
from relay.errors import RelayError
from relay.event import read, wrap
from relay.keyring import Keyring
from relay.request import Request as Received
from relay.request import verified
from relay.state.store import keep
from relayctl.__main__ import main

REGION = "eu-central-1"
TOKEN = "1b4f0e98-0000-4000-8000-000000000000"
WEBHOOK_SECRET = "the webhook's secret"
CREDENTIAL = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
HIDDEN = (WEBHOOK_SECRET, CLIENT_SECRET, TOKEN, "Bearer", "access_token")


class Deployed:
    """The stack `prod` with one source, `main`, and its Orchestrator."""

    def __init__(self, directory: Path, profile: Profile) -> None:
        self.directory, self.tenant = directory, Orchestrator(profile)
        self.orchestrator = OrchestratorServer(self.tenant)
        self.edge = LoopbackServer(self._receive)
        self.secrets = boto3.client("secretsmanager", REGION)
        dynamodb = boto3.client("dynamodb", REGION)
        dynamodb.create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.table = Table(dynamodb, "state")
        self.deaf = False  # takes deliveries, and loses them
        self.put("webhook", WEBHOOK_SECRET)
        self.put("api", CREDENTIAL)

    @property
    def url(self) -> str:
        return f"{self.edge.url}/webhooks/{TOKEN}/main"

    @property
    def outputs(self) -> dict[str, str]:
        return {"WebhookUrl": self.url, "StateTableName": "state", "RotateFunctionName": "prod-Rotate"}

    def put(self, kind: str, text: str | None, source: str = "main") -> None:
        value: Any = {"SecretString": text} if text is not None else {}
        self.secrets.create_secret(Name=f"prod/sources/{source}/{kind}", **value)

    def change(self, kind: str, text: str) -> None:
        """Change a secret by hand; by put_secret_value moto would leave AWSCURRENT where RELAYSENT is as well."""
        secret = Secret(self.secrets, f"prod/sources/main/{kind}")
        version, current = str(uuid.uuid4()), secret.stages()["AWSCURRENT"]
        secret.put(version, text, "BYHAND")
        secret.move("AWSCURRENT", to=version, away_from=current)
        secret.move("BYHAND", to=None, away_from=version)

    def configure(self, mode: str = "enforce", more: str = "", **members: object) -> None:
        """Write sources.yaml."""
        source = json.dumps({"base_url": self.orchestrator.api_url, "mode": mode, **members})
        (self.directory / "sources.yaml").write_text(f"sources:\n  main: {source}\n{more}")

    def secret_of(self, webhook_id: int = 1) -> str:
        webhook = self.tenant.webhooks.get(webhook_id)
        assert webhook
        return str(webhook.secret)

    def stages(self) -> dict[str, str]:
        described = self.secrets.describe_secret(SecretId="prod/sources/main/webhook")
        return {stage: version for version, stages in described["VersionIdsToStages"].items() for stage in stages}

    def _receive(self, call: Request) -> Answer:
        headers = {name.lower(): value for name, value in call.headers.items()}
        request = Received(call.path[-1], datetime.now(UTC), headers.get("x-uipath-signature", ""), call.body)
        try:
            version = verified(request, Keyring(Secrets(self.secrets).value, "prod/sources"))
        except RelayError:
            return Answer(401)
        if not self.deaf:
            wrapped = wrap(call.body, relaysource="main", received_at=request.received_at, secret_version=version)
            keep(read(wrapped.text()), self.table, 90)
        return Answer(200)


class Ctl:
    """The command against the stack; keeps what it said, and never says what is secret."""

    def __init__(self, deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
        self._deployed, self._capsys = deployed, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str, shows_url: bool = False) -> int:
        place = ("--stack", "prod", "--region", REGION, "--config", str(self._deployed.directory))
        code = main([*arguments, *place])
        self.out, self.err = self._capsys.readouterr()
        for hidden in HIDDEN:
            assert hidden not in self.out + self.err or (shows_url and hidden == TOKEN)
        return code


@contextmanager
def deployed(directory: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile) -> Iterator[Deployed]:
    with mock_aws():
        made = Deployed(directory, profile)
        with made.orchestrator, made.edge, LoopbackServer(lambda _: _described(made.outputs)) as cloudformation:
            monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation.url)
            made.configure()
            yield made


def _described(outputs: dict[str, Any]) -> Answer:
    listed = "".join(
        f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for name, value in outputs.items()
    )
    text = (
        '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
        f"<Stacks><member><StackName>prod</StackName><Outputs>{listed}</Outputs></member></Stacks>"
        "</DescribeStacksResult></DescribeStacksResponse>"
    )
    return Answer(200, text.encode(), {"Content-Type": "text/xml"})
