"""The way in: base path, token, tenant, limits and ordered faults, before a request reaches what it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from local.loopback import Answer, Request
from local.orchestrator.api.errors import Refusal, forbidden, said, scope_missing, unauthenticated
from local.orchestrator.api.faults import Faults, page, retry_after
from local.orchestrator.api.identity import Grant, Identity
from local.orchestrator.api.journal import Journal
from local.orchestrator.api.limits import Limits
from local.orchestrator.odata import BadQuery
from local.orchestrator.profile import Profile

Handler = Callable[[Request], Answer]


@dataclass(frozen=True)
class Route:
    """What answers a request, and the scopes of which the token needs one."""

    scopes: tuple[str, ...]
    handler: Handler


Router = Callable[[Request], Route | None]


@dataclass
class Desk:
    """What watches every request."""

    profile: Profile
    identity: Identity
    limits: Limits
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)


class Front:
    """Answers everything that is not under /control."""

    def __init__(self, desk: Desk, routers: Sequence[Router]) -> None:
        self._desk, self._routers = desk, routers

    def __call__(self, request: Request) -> Answer | None:
        """Answer a request; None where no Orchestrator would be asked this."""
        profile = self._desk.profile
        if request.path in profile.token_paths:
            return self._watched(request, self._desk.identity.token)
        if below := _below(request, profile.base):
            return self._watched(below, self._api)
        if {"odata", "api", "connect", "orchestrator_"} & set(request.path) or request.path[:1] == profile.base[:1]:
            self._desk.journal.note(request.method, "/" + "/".join(request.path), request.query, 200)
            return page()  # a wrong base path leads to the application's index page
        return None

    def _watched(self, request: Request, handler: Handler) -> Answer:
        """Let an ordered fault meet the request, and note what became of it."""
        path = "/" + "/".join(request.path)
        fault, status = self._desk.faults.taken(request.method, path), None
        try:
            if fault and fault.when == "before":
                answer = self._desk.faults.answer(fault)
            else:
                answer = handler(request)
                answer = self._desk.faults.answer(fault) if fault else answer
            status = answer.status
        finally:
            self._desk.journal.note(request.method, path, request.query, status)
        return answer

    def _api(self, request: Request) -> Answer:
        answer = self._limited(request)
        return Answer(
            answer.status,
            answer.body,
            {**answer.headers, "api-supported-versions": self._desk.profile.supported_versions},
        )

    def _limited(self, request: Request) -> Answer:
        path = "/" + "/".join(request.path)
        seconds = self._desk.limits.seconds_to_wait(request.method, path)
        if seconds is not None:
            answer = said(429, "Too many requests.", 0)
            return Answer(429, answer.body, {**answer.headers, **retry_after(seconds, self._desk.limits.retry_as)})
        grant = self._desk.identity.grant_of(_header(request.headers, "authorization"))
        return self._granted(request, grant) if grant else unauthenticated()

    def _granted(self, request: Request, grant: Grant) -> Answer:
        route = next((route for router in self._routers if (route := router(request))), None)
        try:
            if route is None:
                raise Refusal(404, "No HTTP resource was found that matches the request URI.", 0)
            if not _allowed(grant, route):
                return scope_missing(" ".join(grant.scopes), route.scopes)
            if not grant.roles or not self._tenant_is_right(request):
                return forbidden()
            return route.handler(request)
        except BadQuery as error:
            return Refusal(400, f"Invalid OData query options. {error}").answer
        except Refusal as refusal:
            return refusal.answer

    def _tenant_is_right(self, request: Request) -> bool:
        profile = self._desk.profile
        given = _header(request.headers, "x-uipath-tenantname")
        return not profile.needs_tenant or given.lower() == profile.tenant.lower()


def _below(request: Request, base: tuple[str, ...]) -> Request | None:
    """Return the request as seen from below the base path, None for one that is not there."""
    rest = request.path[len(base) :]
    return replace(request, path=rest) if request.path[: len(base)] == base and rest[:1] == ("odata",) else None


def _allowed(grant: Grant, route: Route) -> bool:
    return "OR.Default" in grant.scopes or bool(set(grant.scopes) & set(route.scopes))


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for given, value in headers.items() if given.lower() == name), "")
