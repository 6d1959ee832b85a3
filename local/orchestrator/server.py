"""The simulated Orchestrator's HTTP side: a room per first path segment; whatever else is asked is for its API."""

from collections.abc import Callable, Mapping

from local.loopback import Answer, LoopbackServer, Request, json_answer
from local.orchestrator.api.entities import EntitiesApi
from local.orchestrator.api.front import Front
from local.orchestrator.api.webhooks import WebhooksApi
from local.orchestrator.control import Control
from local.orchestrator.tenant import Orchestrator

Room = Callable[[Request], Answer]


def rooms_of(orchestrator: Orchestrator) -> Mapping[str, Room]:
    return {"control": Control(orchestrator)}


def front_of(orchestrator: Orchestrator) -> Front:
    return Front(orchestrator.desk, [WebhooksApi(orchestrator).route, EntitiesApi(orchestrator).route])


class OrchestratorServer(LoopbackServer):
    """Serves one simulated tenant on loopback; stopping it stops the tenant."""

    def __init__(self, orchestrator: Orchestrator, port: int = 0) -> None:
        self.orchestrator = orchestrator
        self._rooms = rooms_of(orchestrator)
        self._front = front_of(orchestrator)
        super().__init__(self._answer, port)
        orchestrator.address = self.api_url

    @property
    def api_url(self) -> str:
        """The base URL as a client is configured with it: without a final slash, `/odata` follows."""
        return "/".join((self.url, *self.orchestrator.profile.base))

    @property
    def token_url(self) -> str:
        return "/".join((self.url, *self.orchestrator.profile.token_paths[0]))

    def stop(self) -> None:
        super().stop()
        self.orchestrator.stop()

    def _answer(self, request: Request) -> Answer:
        room = self._rooms.get(request.path[0]) if request.path else None
        answer = room(request) if room else self._front(request)
        if answer is None:
            known = ", ".join(f"/{name}" for name in self._rooms)
            return json_answer(404, {"error": f"nothing here; there is {known}, and the API below {self.api_url}"})
        return answer
