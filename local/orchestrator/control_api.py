"""The control API's part about the simulated API itself: who may ask, what was asked, what is to fail.

GET    /control/profile
GET    /control/requests?after=<number>   {"requests", "counts": {"PATCH /odata/Webhooks({id})": 1}, "writes", "last"}
POST   /control/faults           {"kind": "status"|"reset"|"hang"|"html", "method"?, "path"?: part of it, "status"?,
                                  "retry_after"?, "retry_as"?: "seconds"|"date", "seconds"?, "when"?: "before"|"after",
                                  "times"?}
GET    /control/faults           {"left"}             DELETE /control/faults
PUT    /control/clients/<id>     {"secret", "scopes"?: [...], "roles"?: true}
POST   /control/tokens           {"scopes"?: [...]}; 201 with a personal access token
DELETE /control/tokens           every token stops working
PUT    /control/limits           {"lists_per_minute": number or null, "retry_as"?: "seconds"|"date"}
POST   /control/webhooks/<name>/disable   as the cloud does with one that keeps failing
"""

from dataclasses import asdict
from typing import Any

from local.loopback import Answer, BadRequest, Request, json_answer
from local.orchestrator.api.faults import Fault
from local.orchestrator.api.identity import SCOPES, Client
from local.orchestrator.tenant import Orchestrator


class ApiControl:
    """Answers those requests; None for any other."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._tenant, self._desk = orchestrator, orchestrator.desk

    def __call__(self, request: Request) -> Answer | None:
        match (request.method, *request.path[1:]):
            case ("GET", "profile"):
                return json_answer(200, {**asdict(self._desk.profile), "api_url": self._tenant.address})
            case ("GET", "requests"):
                after = request.query.get("after", "0")
                return self._requests(int(after) if after.isdecimal() else 0)
            case ("POST" | "GET" | "DELETE" as method, "faults"):
                return self._faults(method, request)
            case ("PUT", "clients", name):
                self._desk.identity.register(name, _client(request.json_object()))
                return Answer(204)
            case ("POST" | "DELETE" as method, "tokens"):
                return self._tokens(method, request)
            case ("PUT", "limits"):
                return self._limit(request.json_object())
            case ("POST", "webhooks", name, "disable"):
                return self._disable(name)
        return None

    def _requests(self, after: int) -> Answer:
        journal = self._desk.journal
        asked = [asdict(one) for one in journal.all(after)]
        writes = len(journal.writes(after))
        said = {"requests": asked, "counts": journal.counts(after), "writes": writes, "last": journal.last}
        return json_answer(200, said)

    def _faults(self, method: str, request: Request) -> Answer:
        if method == "GET":
            return json_answer(200, {"left": self._desk.faults.left()})
        if method == "DELETE":
            self._desk.faults.clear()
        else:
            self._desk.faults.order(Fault.read(request.json_object()))
        return Answer(204)

    def _tokens(self, method: str, request: Request) -> Answer:
        if method == "DELETE":
            self._desk.identity.revoke_all()
            return Answer(204)
        scopes = _scopes(request.json_object().get("scopes", list(SCOPES)))
        return json_answer(201, {"token": self._desk.identity.personal_token(scopes)})

    def _limit(self, wanted: dict[str, Any]) -> Answer:
        match {"retry_as": "seconds", **wanted}:
            case {"lists_per_minute": int() | None as most, "retry_as": "seconds" | "date" as form, **rest} if not rest:
                self._desk.limits.per_minute, self._desk.limits.retry_as = most, form
                return Answer(204)
        raise BadRequest("limits has lists_per_minute, a number or null, and optionally retry_as (seconds or date)")

    def _disable(self, name: str) -> Answer:
        webhook = self._tenant.webhooks.named(name)
        if webhook is None:
            return json_answer(404, {"error": f"no webhook is named {name}"})
        self._tenant.webhooks.change(webhook.id, enabled=False)
        return Answer(204)


def _client(wanted: dict[str, Any]) -> Client:
    match {"scopes": list(SCOPES), "roles": True, **wanted}:
        case {"secret": str(secret), "scopes": scopes, "roles": bool(roles), **rest} if not rest:
            return Client(secret, _scopes(scopes), roles)
    raise BadRequest("a client has secret, and optionally scopes (a list) and roles")


def _scopes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(scope, str) for scope in value):
        raise BadRequest("scopes is a list of names")
    return tuple(value)
