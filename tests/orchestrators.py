"""Orchestrators for tests: one on loopback that answers by script, one in memory that obeys the documented rules."""

import json
from collections.abc import Iterable
from typing import Any

from local.loopback import Answer, LoopbackServer, Request
from relay.orchestrator.api import Credential, Orchestrator, Patience, PersonalToken, connect
from relay.orchestrator.sources import Source

VERSIONS = {"api-supported-versions": "1.0, 16.0, 9.0"}
TOKEN = PersonalToken("pat-5ecr3t-0123456789")


class Scripted(LoopbackServer):
    """Gives the next answer of its script to each request, and keeps the requests."""

    def __init__(self, script: Iterable[Answer]) -> None:
        self.script = list(script)
        self.requests: list[Request] = []
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.script.pop(0)

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} /{'/'.join(request.path)}" for request in self.requests]


class Clock:
    """Time passes only while somebody sleeps."""

    def __init__(self, now: float = 1_770_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def answer(document: object = None, status: int = 200, **headers: str) -> Answer:
    body = b"" if document is None else json.dumps(document).encode()
    kind = {"Content-Type": "application/json; odata.metadata=minimal"}
    return Answer(
        status, body, {**VERSIONS, **kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def client_of(
    server: LoopbackServer, clock: Clock | None = None, credential: Credential = TOKEN, **source: Any
) -> Orchestrator:
    clock = clock or Clock()
    patience = Patience(answer_seconds=0.25, sleep=clock.sleep, clock=clock)
    return connect(Source(base_url=server.url, **source), credential, patience)


def hook(number: int = 4, **members: object) -> dict[str, object]:
    """Return a WebhookDto."""
    return {
        "Id": number,
        "Url": "https://relay.example/webhooks/t/main",
        "Enabled": True,
        "SubscribeToAllEvents": True,
        "AllowInsecureSsl": False,
        "Events": [],
        **members,
    }
