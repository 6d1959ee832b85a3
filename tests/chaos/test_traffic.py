"""Minutes of traffic at 80 % of the rate this computer sustains, while faults come and go: the ledgers are equal.

The relay is one of its own with the template's own numbers. One store of ingest is broken at a time, and no answer sees
two of them broken one after the other, so that nothing may be refused; consumers have theirs broken, and are killed,
independently of that.
"""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random

import pytest

from local.cloud import LocalCloud
from tests.chaos.faults import KINDS, Kind, broken
from tests.chaos.healing import all_waiting, await_true, redrive_all, shorter_visibility, swept
from tests.chaos.kill import kill_workers
from tests.chaos.ledger import Ledger, Sender, Sent
from tests.chaos.proxy import Fault, FaultProxy
from tests.chaos.rule import SERVICES, Size
from tests.chaos.tally import TALLY
from tests.local_cloud import unscheduled

MINUTES = float(os.environ.get("MINUTES", "10"))
pytestmark = [pytest.mark.chaos, pytest.mark.exhaustive, pytest.mark.timeout(60 * MINUTES + 1500)]

MEASURED_EVENTS = 400
SHARE = 0.8
CALM_SECONDS = 3.0  # between two faults of ingest's: the deadline of an answer, in the template
CONNECTIONS = 10  # as many workers as the simulated Orchestrator delivers with
CONSUMERS = ("Drain", "Archive", "State", "Notify", "Deliver")
CONSUMERS_SERVICES = (*SERVICES.values(), "dynamodb")
VISIBILITY_SECONDS = 65  # longer than any function runs, shorter than the template's six times as long
EMPTY_SECONDS = 900  # a notice may be put off several times, each time for longer


def test_traffic_through_faults_ends_in_equal_ledgers(tmp_path: Path) -> None:
    with LocalCloud(directory=tmp_path) as cloud, shorter_visibility(cloud, VISIBILITY_SECONDS), ExitStack() as during:
        sender = Sender(unscheduled(cloud))
        rate = measured_rate(cloud, sender)
        weather = during.enter_context(Weather(cloud))
        sent = paced(sender, SHARE * rate, 60 * MINUTES)
        weather.clear()
        await_empty(cloud)
        wrong = Ledger(cloud).wrong(sent)

    rejected = [one.name for one in sent if not one.kept]
    said = f"{len(sent)} events at {SHARE * rate:.0f} of {rate:.0f} a second, {weather.number} faults"
    slowest = max(one.seconds for one in sent)
    faults = [f"{name}: {', '.join(faults)}" for name, faults in wrong.items()]
    TALLY.line("traffic", f"{said}, slowest {slowest:.1f} s", kept=len(sent), rejected=len(rejected), faults=faults)
    assert (rejected, faults) == ([], [])
    assert not sender.breaker_opened()


def measured_rate(cloud: LocalCloud, sender: Sender) -> float:
    """Return how many events a second come through to the end when nothing is broken."""
    started = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert all(one.kept for one in pool.map(lambda number: event(sender, number), range(MEASURED_EVENTS)))
    await_empty(cloud)
    return MEASURED_EVENTS / (time.monotonic() - started)


def paced(sender: Sender, rate: float, seconds: float) -> list[Sent]:
    """Send at this rate, whether answers come or not, for so long."""
    started, numbers = time.monotonic(), count()
    with ThreadPoolExecutor(4 * CONNECTIONS) as pool:
        pending = list[Future[Sent]]()
        while (at := next(numbers) / rate) < seconds:
            time.sleep(max(0.0, started + at - time.monotonic()))
            pending.append(pool.submit(event, sender, len(pending)))
        return [future.result() for future in pending]


def event(sender: Sender, number: int) -> Sent:
    """Mostly events nobody is told of; some large, but none that has only the bucket to be kept in."""
    size: Size = "large" if number % 50 == 7 else "small"
    return sender.send(f"traffic {number}", size, "faulted" if number % 10 == 0 else "completed")


def await_empty(cloud: LocalCloud) -> None:
    """Return once nothing waits anywhere; dead letters are redriven as often as they come."""

    def is_empty() -> bool:
        redrive_all(cloud)
        return swept(cloud) and not any(all_waiting(cloud, "QueueUrl") + all_waiting(cloud, "DeadLetterQueueUrl"))

    await_true(is_empty, "the queues to be empty", EMPTY_SECONDS)


class Weather:
    """Breaks and heals stores at random until it is cleared. Use it in `with`."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.number, self._cloud, self._random = 0, cloud, Random(4)
        self._cleared = threading.Event()
        self._broken: dict[str, dict[str, Kind]] = {"Ingest": {}, "consumers": {}}
        self._threads = [threading.Thread(target=self._blow, args=(where,)) for where in self._broken]
        self._parts = ExitStack()

    def __enter__(self) -> "Weather":
        for name in ("Ingest", *CONSUMERS):
            proxy = self._parts.enter_context(FaultProxy(self._cloud.aws.url))
            broken_there = self._broken["Ingest" if name == "Ingest" else "consumers"]
            self._parts.enter_context(proxy.watched(meeting(broken_there)))
            self._cloud.host.set_environment(self._cloud.stack.functions[f"{name}Function"], proxy.environment())
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
        self._parts.close()

    def clear(self) -> None:
        self._cleared.set()
        for thread in self._threads:
            thread.join()

    def _blow(self, where: str) -> None:
        calm = CALM_SECONDS if where == "Ingest" else 0
        while not self._cleared.wait(calm + self._random.uniform(1, 4)):
            services = tuple(SERVICES.values()) if where == "Ingest" else CONSUMERS_SERVICES
            self.number += 1
            self._broken[where][self._random.choice(services)] = self._random.choice(KINDS)
            if where != "Ingest" and self._random.random() < 0.2:
                kill_workers(self._cloud, f"{self._random.choice(CONSUMERS)}Function")
            self._cleared.wait(self._random.uniform(1, 4))
            self._broken[where].clear()


def meeting(kinds: dict[str, Kind]) -> Fault:
    """Return the fault of what is broken at the time of each call."""
    return lambda call, forward: broken(kinds)(call, forward)
