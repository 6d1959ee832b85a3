"""The simulated Orchestrator's HTTP side: a room per first path segment (control; the OData API will join it)."""

from collections.abc import Callable, Mapping

from local.loopback import Answer, LoopbackServer, Request, json_answer
from local.orchestrator.control import Control
from local.orchestrator.tenant import Orchestrator

Room = Callable[[Request], Answer]


def rooms_of(orchestrator: Orchestrator) -> Mapping[str, Room]:
    return {"control": Control(orchestrator)}


class OrchestratorServer(LoopbackServer):
    """Serves one simulated tenant on loopback; stopping it stops the tenant."""

    def __init__(self, orchestrator: Orchestrator, port: int = 0) -> None:
        self.orchestrator = orchestrator
        self._rooms = rooms_of(orchestrator)
        super().__init__(self._answer, port)

    def stop(self) -> None:
        super().stop()
        self.orchestrator.stop()

    def _answer(self, request: Request) -> Answer:
        room = self._rooms.get(request.path[0]) if request.path else None
        if room is None:
            known = ", ".join(f"/{name}" for name in self._rooms)
            return json_answer(404, {"error": f"nothing here; there is {known}"})
        return room(request)
