"""kill -9 of ingest at each of its AWS calls: what was answered 2xx is archived, what was not may or may not be."""

from functools import partial

import pytest

from local.cloud import LocalCloud
from tests.chaos.conftest import ThroughProxy
from tests.chaos.faults import Kind, broken
from tests.chaos.kill import Boundary, boundaries, kill_workers, killing
from tests.chaos.ledger import Sender, Sent, wrong_in_the_end
from tests.chaos.proxy import Answer, Call, Fault, FaultProxy, Forward, no_fault
from tests.chaos.rule import SERVICES, Size, Store
from tests.chaos.tally import TALLY

pytestmark = pytest.mark.chaos

# Which stores refuse, so that ingest comes to those behind them; the first is sent to a new worker.
WAYS: dict[str, tuple[tuple[Store, ...], Size, list[str]]] = {
    "reading the secrets": ((), "small", [*["GetSecretValue"] * 4, "Publish"]),
    "publishing a large event": ((), "large", ["PutObject", "Publish"]),
    "spooling into the queue": (("topic",), "small", ["Publish", "SendMessage"]),
    "spooling into the bucket": (("topic", "queue"), "small", ["Publish", "SendMessage", "PutObject"]),
}


class Victim:
    """Ingest behind a proxy, sent one event at a time."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy) -> None:
        self._cloud, self._proxy, self.sender = cloud, proxy, Sender(cloud)
        self._kill = partial(kill_workers, cloud, "IngestFunction")

    def send(self, way: str, at: Boundary | None = None) -> tuple[Sent, list[Call]]:
        """Send an event, and have ingest die at a boundary."""
        stores, size, _ = WAYS[way]
        if way == "reading the secrets":
            self._cloud.host.restart(self._cloud.stack.functions["IngestFunction"])
        kinds: dict[str, Kind] = {SERVICES[store]: "denied" for store in stores}
        death = killing(self._kill, {at.call.number: at.side}) if at else no_fault
        with self._proxy.watched(over(death, broken(kinds))) as calls:
            sent = self.sender.send(f"{way}, {at}" if at else way, size)
        return sent, calls


def test_ingest_killed_at_any_call_loses_nothing_it_had_acknowledged(
    cloud: LocalCloud, through_proxy: ThroughProxy
) -> None:
    found = dict[str, tuple[Sent, bool, Sent]]()
    with through_proxy("IngestFunction") as proxy:
        victim = Victim(cloud, proxy)
        victim.send("reading the secrets")
        for way, (_, _, operations) in WAYS.items():
            undisturbed, calls = victim.send(way)
            assert [call.operation for call in calls] == operations
            assert undisturbed.kept
            for at in boundaries(calls):
                killed, _ = victim.send(way, at)
                found[killed.name] = killed, victim.sender.breaker_opened(), victim.sender.send(f"after {killed.name}")

    wrong = wrong_in_the_end(cloud, [one for killed, _, after in found.values() for one in (killed, after)])

    for name, (killed, tripped, after) in found.items():
        said = f"{killed.status}, breaker {'opened' if tripped else 'closed'}, then {after.status}"
        faults = [*wrong.get(name, []), *wrong.get(after.name, [])]
        TALLY.line(name, said, kept=int(killed.kept) + int(after.kept), rejected=int(not after.kept), faults=faults)
    assert wrong == {}
    assert all(after.kept and killed.kept != tripped for killed, tripped, after in found.values())


def over(outer: Fault, inner: Fault) -> Fault:
    """Return the fault in which what the outer one forwards meets the inner one."""

    def fault(call: Call, forward: Forward) -> Answer:
        return outer(call, partial(inner, call, forward))

    return fault
