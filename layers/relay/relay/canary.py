"""The canary: a ping that Orchestrator delivers, followed through API, topic and queue until state has its EventId."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from relay.safe import safe
from relay.state.rows import CURRENT, Item, pk
from relay.telemetry import count, logger, metrics

WAIT_SECONDS = 60.0
_REMEMBERED_SECONDS = 60 * 86_400
POLL_SECONDS = 1.0


class Pings(Protocol):
    """What is asked of the API client; a ping's EventId is known before it is delivered."""

    def ping(self, webhook_id: int, /) -> str: ...


class Table(Protocol):
    def get(self, pk: str, sk: str, /) -> Item | None: ...
    def replace(self, item: Item, revision: int, /) -> bool: ...


class Arrival(NamedTuple):
    """How long a ping took from the request to state, and which version of the secret had signed it."""

    milliseconds: int
    secret_version: str


class Flown(NamedTuple):
    """A source's last canary: when, in epoch seconds, how many pings arrived and how many did not."""

    at: int
    milliseconds: int  # of the slowest
    arrived: int
    missed: int


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

    def remember(
        self, webhook_ids: Iterable[int], arrived: Mapping[int, Arrival], now: Callable[[], float] = time.time
    ) -> None:
        """Keep how it went, for `last_flown`; where somebody else keeps theirs at the same time, theirs will do."""
        held = self._table.get(*_place(self._source))
        missed, revision = len(set(webhook_ids) - arrived.keys()), int(held["revision"]) if held else 0
        slowest = max((one.milliseconds for one in arrived.values()), default=0)
        flown = Flown(int(now()), slowest, len(arrived), missed)
        (partition, sort), expires = _place(self._source), flown.at + _REMEMBERED_SECONDS
        item: Item = {"pk": partition, "sk": sort, **flown._asdict(), "expires": expires, "revision": revision + 1}
        self._table.replace(item, revision)

    def _version(self, event_id: str) -> str | None:
        """Return the secret version state has for a ping, None while it has not come."""
        item = self._table.get(pk(self._source, "ping", safe(event_id) or ""), CURRENT)
        return str(item["secretversion"]) if item and "secretversion" in item else None


def last_flown(table: Table, source: str) -> Flown | None:
    """Return a source's last canary, None where none has flown for 60 days; raises Unavailable."""
    item = table.get(*_place(source))
    return Flown(*(int(item[name]) for name in Flown._fields)) if item else None


def record(source: str, webhook_ids: Iterable[int], arrived: Mapping[int, Arrival]) -> None:
    """Put the flights of a run into metrics, and those missed into the log."""
    for arrival in arrived.values():
        metrics.add_metric(name="CanaryLatency", unit=MetricUnit.Milliseconds, value=arrival.milliseconds)
    missed = sorted(set(webhook_ids) - arrived.keys())
    count("CanaryMissed", len(missed))
    if missed:
        logger.warning("canary missed", extra={"source": source, "webhooks": missed})


def _place(source: str) -> tuple[str, str]:
    return f"{source}#canary", "last"
