"""The stores ingest works with, in memory: secrets, and topic, queue and bucket in one; each fails as it is told."""

import base64
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from relay.errors import Unavailable
from relay.ingest import Ingest
from relay.keyring import Keyring
from relay.orchestrator.signature import sign
from relay.publish import Publisher
from relay.request import Request
from relay.spool import Budget, Spool, unpack

NOW = datetime(2026, 11, 21, 3, 0, 0, 5, UTC)
SECRET = "the current secret"
SECRETS = {
    ("relay/sources/main/webhook", "AWSCURRENT"): ("v2", SECRET),
    ("relay/sources/main/webhook", "AWSPREVIOUS"): ("v1", "the previous secret"),
    ("relay/sources/second/webhook", "AWSCURRENT"): ("v1", "the secret of source second"),
    ("relay/sources/hollow/webhook", "AWSCURRENT"): ("v1", ""),
}
HANGS = object()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Vault:
    """Secrets Manager in six lines: counts reads, and fails as told."""

    def __init__(self, values: dict[tuple[str, str], tuple[str, str]] = SECRETS) -> None:
        self.values, self.reads, self.down = dict(values), 0, False
        self.answers = threading.Event()  # cleared: reading hangs
        self.answers.set()

    def value(self, secret_id: str, stage: str) -> tuple[str, str] | None:
        self.reads += 1
        self.answers.wait(30)
        if self.down:
            raise Unavailable("a secret could not be read: Throttling")
        return self.values.get((secret_id, stage))


class Shelf:
    """Topic, queue and bucket in one: keeps what it is given, or does as each store is told in `faults`."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, str]]] = []
        self.queued: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, Any] = {}
        self.released = threading.Event()

    def publish(self, text: str, attributes: dict[str, str]) -> None:
        self._fault("topic")
        if "data_base64" not in text:
            self._fault("topic for text")
        self.published.append((text, attributes))

    def send(self, body: str) -> None:
        self._fault("queue")
        self.queued.append(body)

    def put(self, key: str, content: bytes, _: str) -> None:
        self._fault("bucket")
        self.objects[key] = content

    def deposit(self, body: bytes, sha256: str) -> str:
        self.put(f"payloads/{sha256}", body, "")
        return f"s3://bucket/payloads/{sha256}"

    def _fault(self, store: str) -> None:
        fault = self.faults.get(store)
        if fault is HANGS:
            self.released.wait(30)
        elif callable(fault):
            fault()
        elif fault:
            raise fault

    def spooled(self) -> list[tuple[Request, str | None]]:
        objects = [content.decode() for key, content in self.objects.items() if key.startswith("spool/")]
        return [unpack(text) for text in (*self.queued, *objects)]


def ingest_of(vault: Vault, shelf: Shelf, clock: Callable[[], float], seconds: float = 0.6) -> Ingest:
    """Return ingest working with these stores; its deadline is real time, everything else goes by the clock."""
    keyring = Keyring(vault.value, "relay/sources", clock)
    return Ingest(keyring, Publisher(shelf, shelf), Spool(shelf, shelf, Budget(1_000_000, clock)), seconds, lambda: NOW)


def request(body: bytes, secret: str = SECRET, source: str = "main") -> dict[str, Any]:
    """Return what API Gateway hands over for a signed body, which must be text."""
    content = {"body": body.decode("utf-8", "surrogatepass")} if body else {}
    return {**_request(body, secret, source), "isBase64Encoded": False, **content}


def encoded_request(body: bytes, secret: str = SECRET, source: str = "main") -> dict[str, Any]:
    """Return the same for a body that API Gateway hands over in Base64."""
    return {**_request(body, secret, source), "isBase64Encoded": True, "body": base64.b64encode(body).decode()}


def _request(body: bytes, secret: str, source: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "x-uipath-signature": sign(body, secret.encode())}
    return {"pathParameters": {"source": source}, "headers": headers}
