"""The rotation function against the simulated Orchestrator, whose real deliveries a real ingest verifies."""

import json
import runpy
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.loopback import Answer, LoopbackServer
from local.loopback import Request as Call
from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Orchestrator, OrchestratorServer, Profile
from relay.aws.secret import Secrets
from relay.errors import Refused, RelayError, SettingsError
from relay.event import read, wrap
from relay.keyring import Keyring
from relay.request import Request, verified
from relay.rotate.ends import NotProven
from relay.state.store import keep
from tests.rotation import NEW, OLD, STEPS
from tests.strict_secrets import StrictSecrets
from tests.tables import MemoryTable

PREFIX = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay/sources"
WEBHOOK = f"{PREFIX}/main/webhook"
API = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})


class Store:
    """Secrets Manager with a webhook's secret, which rotates, and the API's, which does not."""

    def __init__(self) -> None:
        self.vault = StrictSecrets(WEBHOOK, OLD, "the old secret", time.time)

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        if asked["SecretId"] == f"{PREFIX}/main/api":
            return {"VersionId": OLD, "SecretString": API}
        return self.vault.get_secret_value(**asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.vault, name)


class Relay:
    """A stack in this process: ingest, always cold, and state behind it."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self.orchestrator, self.store, self.table = orchestrator, Store(), MemoryTable()
        self.answers: list[int] = []
        self.server = LoopbackServer(self._receive)
        self.deaf = False

    def _receive(self, call: Call) -> Answer:
        headers = {name.lower(): value for name, value in call.headers.items()}
        request = Request(call.path[-1], datetime.now(UTC), headers["x-uipath-signature"], call.body)
        try:
            version = verified(request, Keyring(Secrets(self.store).value, PREFIX))
        except RelayError:
            self.answers.append(401)
            return Answer(401)
        if not self.deaf:
            wrapped = wrap(call.body, relaysource="main", received_at=request.received_at, secret_version=version)
            keep(read(wrapped.text()), self.table, 90)
        self.answers.append(200)
        return Answer(200)

    def holds(self) -> list[str]:
        return [str(webhook.secret) for webhook in self.orchestrator.webhooks.all()]


@pytest.fixture
def relay() -> Iterator[Relay]:
    made = Relay(Orchestrator(Profile(ping_on_change=False)))
    with made.server:
        yield made


@pytest.fixture
def rotate(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """The function as Lambda calls it; nobody is waited for but the pings."""
    monkeypatch.setattr("relay.aws.client.client", lambda service: relay.store if service == "secretsmanager" else None)
    monkeypatch.setattr("relay.aws.table.Table", lambda *_: relay.table)
    for name in ("SETTLE_SECONDS", "GRACE_SECONDS"):
        monkeypatch.setattr(f"relay.rotate.ends.{name}", 0.0)
    urls = f"{relay.server.url}/webhooks/token"
    with OrchestratorServer(relay.orchestrator) as server:
        relay.orchestrator.put_webhook("first", f"{urls}/main", secret="the old secret")
        relay.orchestrator.put_webhook("foreign", f"{urls}/other", secret="somebody else's")
        source = f"{{base_url: '{server.api_url}', mode: enforce}}"
        (tmp_path / "sources.yaml").write_text(f"sources: {{main: {source}, other: {{}}}}")
        environment = {"TABLE_NAME": "state", "SECRETS_PREFIX": PREFIX, "WEBHOOKS_URL": urls, "CONFIG_PATH": tmp_path}
        environment["SETTLE_SECONDS"] = "0"
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        handler = runpy.run_path("functions/rotate/app.py")["handler"]
        yield lambda step, secret=WEBHOOK: handler({"SecretId": secret, "ClientRequestToken": NEW, "Step": step}, None)


def test_function_rotates_the_secret_at_both_ends(relay: Relay, rotate: Callable[..., None]) -> None:
    relay.store.rotate_secret(SecretId=WEBHOOK, ClientRequestToken=NEW)

    for step in STEPS:
        rotate(step)

    assert relay.store.stages == {"AWSCURRENT": NEW, "AWSPREVIOUS": OLD, "RELAYSENT": NEW}
    assert relay.holds() == [relay.store.values[NEW], "somebody else's"]
    assert relay.answers
    assert set(relay.answers) == {200}


def test_function_takes_an_unproved_secret_back(
    relay: Relay, rotate: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.canary.WAIT_SECONDS", 1.0)
    relay.store.rotate_secret(SecretId=WEBHOOK, ClientRequestToken=NEW)
    for step in STEPS[:2]:
        rotate(step)
    relay.deaf = True

    with pytest.raises(NotProven):
        rotate("testSecret")

    assert relay.holds() == ["the old secret", "somebody else's"]
    assert relay.store.stages["RELAYSENT"] == NEW  # nothing was proved, so both stay
    assert set(relay.answers) == {200}


@pytest.mark.parametrize("secret", [f"{PREFIX}/other/webhook-a1B2c3", f"{PREFIX}/main/api", "another"])
def test_function_leaves_other_secrets_alone(rotate: Callable[..., None], secret: str) -> None:
    with pytest.raises(Refused):
        rotate("createSecret", secret)


def test_function_names_a_secret_that_is_being_deleted(
    relay: Relay, rotate: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted(_: Store, **asked: Any) -> None:
        raise ClientError({"Error": {"Code": "InvalidRequestException", "Message": ""}}, "GetSecretValue")

    monkeypatch.setattr(Store, "get_secret_value", deleted)

    with pytest.raises(SettingsError, match="the secret relay/sources/main/api is scheduled for deletion"):
        rotate("createSecret")


def test_function_is_small() -> None:
    assert len(Path("functions/rotate/app.py").read_text().splitlines()) <= 40
