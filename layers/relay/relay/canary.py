"""The canary: a ping that Orchestrator delivers, followed through API, topic and queue until state has its EventId."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from relay.safe import safe
from relay.state.rows import CURRENT, Item, pk
from relay.telemetry import count, logger, metrics

WAIT_SECONDS = 60.0
POLL_SECONDS = 1.0


class Pings(Protocol):
    """What is asked of the API client; a ping's EventId is known before it is delivered."""

    def ping(self, webhook_id: int, /) -> str: ...


class Table(Protocol):
    def get(self, pk: str, sk: str, /) -> Item | None: ...


class Arrival(NamedTuple):
    """How long a ping took from the request to state, and which version of the secret had signed it."""

    milliseconds: int
    secret_version: str


class Canary:
    """Flies one ping for each webhook of a source."""

    def __init__(
        self,
        pings: Pings,
        table: Table,
        source: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pings = pings
        self._table = table
        self._source = source
        self._clock = clock
        self._sleep = sleep

    def fly(self, webhook_ids: Iterable[int]) -> dict[int, Arrival]:
        """Ping enabled webhooks and return what came into state within a minute, those missed left out.

        Raises what the API client and the table raise: then nothing is known of any.
        """
        flights = {webhook_id: (self._clock(), self._pings.ping(webhook_id)) for webhook_id in webhook_ids}
        until = self._clock() + WAIT_SECONDS
        arrived: dict[int, Arrival] = {}
        while True:
            for webhook_id in flights.keys() - arrived.keys():
                if version := self._version(flights[webhook_id][1]):
                    arrived[webhook_id] = Arrival(int((self._clock() - flights[webhook_id][0]) * 1000), version)
            if len(arrived) == len(flights) or self._clock() >= until:
                return arrived
            self._sleep(POLL_SECONDS)

    def _version(self, event_id: str) -> str | None:
        """Return the secret version state has for a ping, None while it has not come."""
        item = self._table.get(pk(self._source, "ping", safe(event_id) or ""), CURRENT)
        return str(item["secretversion"]) if item and "secretversion" in item else None


def record(source: str, webhook_ids: Iterable[int], arrived: Mapping[int, Arrival]) -> None:
    """Put the flights of a run into metrics, and those missed into the log."""
    for arrival in arrived.values():
        metrics.add_metric(name="CanaryLatency", unit=MetricUnit.Milliseconds, value=arrival.milliseconds)
    missed = sorted(set(webhook_ids) - arrived.keys())
    count("CanaryMissed", len(missed))
    if missed:
        logger.warning("canary missed", extra={"source": source, "webhooks": missed})
