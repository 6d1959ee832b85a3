"""The lists a reconciler reads."""

from local.loopback import Request
from local.orchestrator.api.front import Route
from local.orchestrator.tenant import Orchestrator


class EntitiesApi:
    def __init__(self, tenant: Orchestrator) -> None:
        self._tenant = tenant

    def route(self, request: Request) -> Route | None:
        del request
        return None
