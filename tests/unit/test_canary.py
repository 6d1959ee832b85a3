import json
from collections.abc import Iterator
from typing import Any

import pytest

from relay.canary import Arrival, Canary, Flown, last_flown, record
from relay.errors import Unavailable
from relay.event import read, wrap
from relay.safe import safe
from relay.state.store import keep
from relay.telemetry import metrics
from tests.stores import NOW, Clock
from tests.tables import MemoryTable


class Sky:
    """Orchestrator and everything between it and state: a ping of webhook n arrives so many seconds later."""

    def __init__(self, seconds: dict[int, float | None], event_id: str = "307348658") -> None:
        self.clock, self.table, self.seconds, self.event_id = Clock(), MemoryTable(), seconds, event_id
        self.due: list[tuple[float, str]] = []
        self.asked = 0

    def ping(self, webhook_id: int) -> str:
        event_id = f"{self.event_id}{webhook_id}"
        seconds = self.seconds[webhook_id]
        if seconds is not None:
            self.due.append((self.clock.now + seconds, event_id))
        return event_id

    def sleep(self, seconds: float) -> None:
        self.asked += 1
        self.clock.now += seconds
        for event_id in [event_id for due, event_id in self.due if due <= self.clock.now]:
            body = json.dumps({"Type": "ping", "EventId": event_id, "Timestamp": "2026-11-21T03:00:00Z"}).encode()
            envelope = wrap(body, relaysource="main", received_at=NOW, secret_version="v2")
            keep(read(envelope.text()), self.table, 90)

    def canary(self) -> Canary:
        return Canary(self, self.table, "main", self.clock, self.sleep)


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """What an invocation's record of a canary comes to, as CloudWatch reads it."""

    def emit(webhook_ids: list[int], arrived: dict[int, Arrival]) -> dict[str, Any]:
        metrics.clear_metrics()
        metrics.log_metrics(lambda *_: record("main", webhook_ids, arrived))({}, None)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        found: dict[str, Any] = next(line for line in lines if "_aws" in line)
        return found

    yield emit
    metrics.clear_metrics()


@pytest.mark.parametrize("event_id", ["307348658", "9f3c0d1a2b", "not a safe id/"])
def test_ping_is_found_in_state_by_its_event_id(event_id: str) -> None:
    sky = Sky({1: 2.0}, event_id)

    arrived = sky.canary().fly([1])

    assert arrived == {1: Arrival(2000, "v2")}
    assert safe(f"{event_id}1")


def test_pings_of_several_webhooks_fly_together() -> None:
    sky = Sky({1: 2.0, 2: 50.0, 3: 5.0})

    arrived = sky.canary().fly([1, 2, 3])

    assert {number: one.milliseconds for number, one in arrived.items()} == {1: 2000, 2: 50_000, 3: 5000}
    assert sky.clock.now == 1050.0


def test_ping_that_does_not_come_within_a_minute_is_missed() -> None:
    sky = Sky({1: 61.0, 2: None, 3: 60.0})

    arrived = sky.canary().fly([1, 2, 3])

    assert list(arrived) == [3]
    assert sky.asked == 60


def test_nothing_to_ping_takes_no_time() -> None:
    sky = Sky({})

    assert sky.canary().fly([]) == {}
    assert sky.asked == 0


def test_api_that_does_not_answer_is_said() -> None:
    class Down(Sky):
        def ping(self, _: int) -> str:
            raise Unavailable("Orchestrator cannot be reached: TimeoutError")

    with pytest.raises(Unavailable):
        Down({}).canary().fly([1])


def test_flights_are_recorded(emitted: Any) -> None:
    line = emitted([1, 2], {1: Arrival(2000, "v2"), 2: Arrival(3000, "v2")})

    assert line["CanaryLatency"] == [2000.0, 3000.0]
    assert line["CanaryMissed"] == [0.0]
    units = {one["Name"]: one["Unit"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units == {"CanaryLatency": "Milliseconds", "CanaryMissed": "Count"}


def test_missed_flights_are_recorded(emitted: Any) -> None:
    line = emitted([1, 2], {})

    assert line["CanaryMissed"] == [2.0]
    assert "CanaryLatency" not in line


def test_last_canary_is_remembered() -> None:
    sky = Sky({})

    assert last_flown(sky.table, "main") is None
    sky.canary().remember([1, 2, 3], {1: Arrival(700, "v2"), 3: Arrival(900, "v2")}, lambda: 1_800_000_000.5)
    assert last_flown(sky.table, "main") == Flown(1_800_000_000, 900, 2, 1)
    sky.canary().remember([1], {}, lambda: 1_800_000_900)

    assert last_flown(sky.table, "main") == Flown(1_800_000_900, 0, 0, 1)
    assert last_flown(sky.table, "second") is None
