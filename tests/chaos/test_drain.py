"""Drain's stores fail, and drain is killed at each of its AWS calls: what was spooled has its effect, once.

CI runs one kind for each store and every kill; `make chaos` runs all.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest

from local.cloud import LocalCloud
from tests.chaos.cells import selected
from tests.chaos.conftest import ThroughProxy
from tests.chaos.faults import KINDS, Kind, broken
from tests.chaos.kill import Boundary, boundaries, kill_workers, killing
from tests.chaos.ledger import Sent, wrong_in_the_end
from tests.chaos.proxy import Call, FaultProxy, no_fault
from tests.chaos.rule import SERVICES, Size, Store
from tests.chaos.spooled import Drainer, Spooler
from tests.chaos.tally import TALLY

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

# The queue matters where a message is to come later, so the topic fails with it.
CI_KINDS: dict[Store, Kind] = {"topic": "denied", "queue": "5xx", "bucket": "reset", "secrets": "throttle"}
SLOW_SECONDS = 0.3  # of every call
CELL = "drain, {} {}"
CELLS = {CELL.format(store, kind): (store, kind) for store in CI_KINDS for kind in KINDS}
NAMES = [
    pytest.param(name, marks=() if CI_KINDS[store] == kind else pytest.mark.exhaustive, id=name)
    for name, (store, kind) in CELLS.items()
]


class Way(NamedTuple):
    """How an event comes into the spool, and whether drain finds it in the queue or among the objects."""

    because: tuple[Store, ...]
    size: Size
    swept: bool


WAYS = {
    "unverified": Way(("secrets",), "small", swept=False),
    "large": Way(("topic",), "large", swept=False),
    "object": Way(("topic", "queue"), "small", swept=True),
    "large object": Way(("topic",), "dense", swept=True),
}


class Drain:
    """Drain behind a proxy, with a spooler before it."""

    def __init__(self, cloud: LocalCloud, spooler: Spooler, proxy: FaultProxy) -> None:
        self._cloud, self._spooler, self._proxy = cloud, spooler, proxy
        self._drainer = Drainer(cloud)
        self._kill = partial(kill_workers, cloud, "DrainFunction")

    def broken(self, store: Store, kind: Kind) -> list[Sent]:
        """Drain one event of each way in vain, then again with nothing broken."""
        sent = [self._spooler.spool(CELL.format(store, kind), way.because, way.size) for way in WAYS.values()]
        self._restart()
        kinds: dict[str, Kind] = {SERVICES[store]: kind}
        if store == "queue":
            kinds |= {SERVICES["topic"]: "denied"}
        with self._proxy.watched(broken(kinds, SLOW_SECONDS)) as calls:
            self._drainer.drain()
            self._drainer.sweep()
        assert SERVICES[store] in {call.service for call in calls}
        self._restart()  # one that could not read the secrets does not try again for some seconds
        left, answer = self._drainer.drain(), self._drainer.sweep()
        assert (left, answer.function_error) == (0, None)
        return sent

    def undisturbed(self, way: Way) -> tuple[Sent, list[Call]]:
        return self._drained("undisturbed", way, None)

    def killed(self, name: str, way: Way, at: Boundary) -> Sent:
        """Die once at a boundary; drain then goes on as it would after a crash."""
        sent, calls = self._drained(f"{name}, {at}", way, at)
        assert calls[-1] == at.call, f"{name} not {at}: {calls}"
        return sent

    def _drained(self, name: str, way: Way, at: Boundary | None) -> tuple[Sent, list[Call]]:
        sent = self._spooler.spool(name, way.because, way.size)
        self._restart()
        fault = killing(self._kill, {at.call.number: at.side}) if at else no_fault
        invoke = self._drainer.sweep if way.swept else self._drainer.drain
        with self._proxy.watched(fault) as calls:
            invoke()
        if at:
            invoke()
        return sent, calls

    def _restart(self) -> None:
        self._cloud.host.restart(self._cloud.stack.functions["DrainFunction"])


@pytest.fixture(scope="module")
def drain(cloud: LocalCloud, through_proxy: ThroughProxy) -> Iterator[Drain]:
    with through_proxy("IngestFunction") as before, through_proxy("DrainFunction") as proxy:
        yield Drain(cloud, Spooler(cloud, before), proxy)


@pytest.fixture(scope="module")
def wrong(cloud: LocalCloud, drain: Drain, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """What is wrong in the end, by cell."""
    sent = [one for name in selected(request, "cell") for one in drain.broken(*CELLS[name])]
    found = wrong_in_the_end(cloud, sent)
    for name in selected(request, "cell"):
        kept = sum(one.name == name for one in sent)
        TALLY.line(name, f"{kept} events spooled", kept=kept, faults=found.get(name, []))
    return found


@pytest.mark.parametrize("cell", NAMES)
def test_what_is_spooled_has_its_effect_once_though_drain_failed(wrong: dict[str, list[str]], cell: str) -> None:
    assert wrong.get(cell) is None


def test_drain_killed_at_any_call_loses_nothing(cloud: LocalCloud, drain: Drain) -> None:
    sent = list[Sent]()
    for name, way in WAYS.items():
        first, calls = drain.undisturbed(way)
        sent += [first, *(drain.killed(name, way, at) for at in boundaries(calls))]

    found = wrong_in_the_end(cloud, sent)

    for one in sent:
        TALLY.line(f"DrainFunction {one.name}", "spooled", kept=1, faults=found.get(one.name, []))
    assert found == {}
