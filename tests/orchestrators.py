"""Orchestrators for tests: one on loopback that answers by script, one in memory that obeys the documented rules."""

import json
from collections.abc import Iterable
from typing import Any

from local.loopback import Answer, LoopbackServer, Request
from relay.exchange import Reply
from relay.orchestrator.api import Credential, Orchestrator, Patience, PersonalToken, connect
from relay.orchestrator.api.session import Document, Query, Session
from relay.orchestrator.catalogue import DOCUMENTED_TYPES
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


OFFERED = (*(name for name in DOCUMENTED_TYPES if not name.startswith("task.")), "process.paused")


class MemorySession(Session):
    """The real session over an Orchestrator in memory instead of HTTP."""

    def __init__(self, tenant: "MemoryTenant") -> None:
        super().__init__(Source(base_url="https://o.example"), TOKEN, Patience(sleep=lambda _: None))
        self.tenant = tenant

    def _ask(self, method: str, path: str, query: Query | None, body: Document | None) -> Reply:
        self.tenant.writes += method != "GET"
        status, document = self.tenant.answer(method, path, query or {}, body or {})
        headers = {"api-supported-versions": f"1.0, {self.tenant.version}.0", "content-type": "application/json"}
        return Reply(status, headers, json.dumps(document).encode())


class MemoryTenant:
    """The webhooks of one tenant, as the documented API of a version keeps them."""

    def __init__(self, version: int, offered: Iterable[str] = OFFERED, hooks: Iterable[dict[str, Any]] = ()) -> None:
        self.version, self.offered, self.writes = version, list(offered), 0
        self.hooks = {hook["Id"]: hook for hook in hooks}

    def client(self) -> Orchestrator:
        return Orchestrator(MemorySession(self))

    def answer(self, method: str, path: str, query: Query, body: Document) -> tuple[int, object]:
        if path.endswith("GetEventTypes"):
            return 200, {"value": [{"Name": name, "Group": name.partition(".")[0]} for name in self.offered]}
        if path == "/odata/Webhooks" and method == "GET":
            return 200, {"value": self._listed(query)}
        number = max(self.hooks, default=0) + 1 if method == "POST" else int(path.partition("(")[2].partition(")")[0])
        if method != "POST" and number not in self.hooks:
            return 404, {"errorCode": 1002, "message": "not found"}
        if method == "DELETE":
            del self.hooks[number]
            return 204, {}
        if method in ("POST", "PATCH"):
            wanted = {**self.hooks.get(number, hook(number, Enabled=None)), **body}
            if fault := self._fault(number, wanted, body):
                return 409 if fault == "WebhookDuplicateName" else 400, {"errorCode": 1000, "message": fault}
            self.hooks[number] = wanted
        return 200, {**self.hooks[number], "Secret": "****"}

    def _listed(self, query: Query) -> list[dict[str, Any]]:
        ordered = [{**self.hooks[number], "Secret": "****"} for number in sorted(self.hooks)]
        return [one for one in ordered if _matches(one, query)][int(query.get("$skip", 0)) :][:3]

    def _fault(self, number: int, wanted: dict[str, Any], body: Document) -> str | None:
        names = {str(other.get("Name")).lower() for other in self.hooks.values() if other["Id"] != number}
        offered = {name.lower() for name in self.offered}
        if self.version < 16 and {"Name", "Description", "Key"} & body.keys():
            return "unknown member"
        if self.version >= 16 and (not wanted.get("Name") or str(wanted["Name"]).lower() in names):
            return "WebhookDuplicateName"
        if not wanted["SubscribeToAllEvents"] and not wanted["Events"]:
            return "Events collection cannot be empty unless subscribing to all events"
        if any(event["EventType"].lower() not in offered for event in body.get("Events", ())):
            return "UnknownWebhookEventType"
        return "Events is missing" if "SubscribeToAllEvents" in body and "Events" not in body else None


def _matches(one: dict[str, Any], query: Query) -> bool:
    asked = str(query.get("$filter", ""))
    return not asked or asked == f"Url eq '{one['Url']}'"
