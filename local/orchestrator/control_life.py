"""The control API's part about life.

POST /control/life           {"seed": 7, "start"?: "2026-03-02T00:00:00Z", "event_ids"?: "equal"|"different"}; 201
POST /control/life/advance   {"hours"?: a day, "wait"?: seconds}; {"events", "deliveries", "now"}
GET  /control/life/truth     {"now", "entities": [{"kind", "key", "status", "folders", "fields"}]}
"""

from concurrent.futures import wait
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from local.loopback import Answer, BadRequest, Request, json_answer
from local.orchestrator.life import DAY, START, Life
from local.orchestrator.tenant import Orchestrator

MAX_WAIT_SECONDS = 120.0


class LifeControl:
    """Answers those requests; None for any other."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._tenant = orchestrator

    def __call__(self, request: Request) -> Answer | None:
        match (request.method, *request.path[1:]):
            case ("POST", "life"):
                self._tenant.begin(self._life(request.json_object()))
                return Answer(201)
            case ("POST", "life", "advance"):
                return self._advance(request.json_object())
            case ("GET", "life", "truth"):
                with self._tenant.living:
                    life = self._begun()
                    entities = [asdict(entity) for entity in life.truth().values()]
                    return json_answer(200, {"now": life.now(), "entities": entities})
        return None

    def _life(self, wanted: dict[str, Any]) -> Life:
        match {"start": START.isoformat(), "event_ids": "equal", **wanted}:
            case {"seed": int(seed), "start": str(start), "event_ids": "equal" | "different" as ids, **rest} if (
                not rest
            ):
                return Life(seed, api_version=self._tenant.profile.api_version, start=_time(start), event_ids=ids)
        raise BadRequest("a life has a seed, and optionally start (a time) and event_ids (equal or different)")

    def _advance(self, wanted: dict[str, Any]) -> Answer:
        match {"hours": DAY.total_seconds() / 3600, "wait": 0, **wanted}:
            case {"hours": int() | float() as hours, "wait": int() | float() as seconds, **rest} if not rest:
                self._begun()
                bodies, futures = self._tenant.live(timedelta(hours=hours))
                wait(futures, min(seconds, MAX_WAIT_SECONDS))
                now = self._begun().now()
                return json_answer(200, {"events": len(bodies), "deliveries": len(futures), "now": now})
        raise BadRequest("hours and wait are numbers")

    def _begun(self) -> Life:
        if self._tenant.life is None:
            raise BadRequest("no life has begun: POST /control/life first")
        return self._tenant.life


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("start is a time such as 2026-03-02T00:00:00Z") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
