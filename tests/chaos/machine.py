"""A Hypothesis state machine: it sends, duplicates, reorders, breaks, heals and kills, and compares all in the end."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from local.build import ROOT
from local.cloud import WEBHOOK_SECRET, LocalCloud
from relay.event import Event
from relay.notify import decide, rules
from relay.notify.notices import read_delivery
from relay.state import keep
from tests.chaos.courier import Courier
from tests.chaos.faults import Kind, broken
from tests.chaos.healing import SWEEP, all_waiting, await_true, redrive_all
from tests.chaos.kill import kill_workers
from tests.chaos.ledger import Sender, Sent
from tests.chaos.mapping import Record
from tests.chaos.outcome import VOLATILE_OF_CURRENT, VOLATILE_OF_TIMELINE, comparable, held
from tests.chaos.proxy import Answer, Call, Forward
from tests.chaos.rule import SERVICES, SIZES, Size, Store, expected
from tests.chaos.station import Station
from tests.chaos.tally import TALLY
from tests.local_cloud import Archive, put_secret
from tests.tables import Item, MemoryTable
from tests.told import no_base_url

STATIONS = ("Drain", "Archive", "State", "Notify", "Deliver")
QUEUES = dict(zip(STATIONS, ("Spool", "Archive", "State", "Notify", "Delivery"), strict=True))
JOBS = [f"9cc6c2e4-237d-42f6-8cb8-43010652fb2{number}" for number in range(3)]
QUICK: tuple[Kind, ...] = ("throttle", "5xx", "reset", "denied", "unanswered")
SERVICES_USED = [*SERVICES.values(), "dynamodb"]
ROUNDS = 20
RULES = rules.load(ROOT / "layers" / "config")
RETENTION_DAYS = 90
# A body sent twice has two times of receipt: readers of the archive are shown one of them, state keeps the later.
VOLATILE = VOLATILE_OF_CURRENT | VOLATILE_OF_TIMELINE
_numbers = count(1)


class World:
    """The cloud every run of the machine works with, and what is broken in it now."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud, self.archive = cloud, Archive(cloud)
        self.broken: dict[str, Kind] = {}

    def fault(self, call: Call, forward: Forward) -> Answer:
        return broken(self.broken)(call, forward)


class Machine(RuleBasedStateMachine):
    """One source of its own for each run; every function's calls meet what is broken."""

    world: World
    bodies: Bundle[tuple[bytes, Size]] = Bundle("bodies")

    @initialize(target=bodies)
    def begin(self) -> tuple[bytes, Size]:
        """No run is without an event."""
        self.source = f"machine-{next(_numbers)}"
        put_secret(self.world.cloud, f"sources/{self.source}/webhook", WEBHOOK_SECRET)
        self.sender = Sender(self.world.cloud, self.source)
        self.sent = list[Sent]()
        self.stations = [Station(self.world.cloud, f"{name}Function", f"{QUEUES[name]}Queue") for name in STATIONS]
        body = self.sender.body(JOBS[0], "faulted", "small")
        self._post(body, "small")
        return body, "small"

    @rule(
        target=bodies,
        key=st.sampled_from(JOBS),
        event=st.sampled_from(["started", "faulted", "completed", "stopped"]),
        second=st.integers(0, 59),
        folder=st.integers(1, 2),
        size=st.sampled_from(["small", "small", "small", *SIZES]),
    )
    def send(self, key: str, event: str, second: int, folder: int, size: Size) -> tuple[bytes, Size]:
        """Events tell of any second, so their order is not that of their times."""
        at = {"Timestamp": f"2026-03-01T12:00:{second:02}.2879878Z", "OrganizationUnitId": folder}
        body = self.sender.body(key, event, size, **at)
        self._post(body, size)
        return body, size

    @rule(sent=bodies)
    def send_again(self, sent: tuple[bytes, Size]) -> None:
        self._post(*sent)

    @rule(service=st.sampled_from(SERVICES_USED), kind=st.sampled_from(QUICK), key=st.sampled_from(JOBS))
    def break_store(self, service: str, kind: Kind, key: str) -> None:
        """What is sent at once meets it first."""
        self.world.broken[service] = kind
        self._post(self.sender.body(key, "faulted", "small"), "small")

    @rule()
    def heal_all(self) -> None:
        self.world.broken.clear()

    @rule(name=st.sampled_from(["Ingest", *STATIONS]))
    def kill(self, name: str) -> None:
        host, function = self.world.cloud.host, self.world.cloud.stack.functions[f"{name}Function"]
        kill_workers(self.world.cloud, f"{name}Function")
        await_true(lambda: not host.worker_pids(function), f"the death of {name}")  # lest it be given a request yet

    @rule(number=st.integers(0, len(STATIONS) - 1), seed=st.integers(0, 99))
    def handle(self, number: int, seed: int) -> None:
        """One function handles what waits for it, shuffled: how much that is, Hypothesis must not depend on."""
        self.stations[number].handle(Random(seed))

    def teardown(self) -> None:
        if hasattr(self, "sent"):
            self._settle()
            wrong = [*self._wrong_in_archive(), *self._wrong_elsewhere()]
            kept = sum(one.kept for one in self.sent)
            TALLY.line(self.source, f"{kept} of {len(self.sent)} events kept", kept=kept, faults=wrong)
            assert not wrong, wrong

    def _post(self, body: bytes, size: Size) -> None:
        sent = self.sender.post(self.source, body)
        self.sent.append(sent)
        stores: list[Store] = [store for store, service in SERVICES.items() if service in self.world.broken]
        # Whether the worker has read this source's secrets is not known here.
        allowed = {expected(stores, each, warm=warm) for warm in (True, False) for each in {size, "small"}}
        assert sent.status in allowed, f"{sent.status} with {self.world.broken}"
        assert self.sender.breaker_opened() != sent.kept

    def _settle(self) -> None:
        """Heal, then drain and handle until nothing waits anywhere; what is put off comes at once."""
        cloud = self.world.cloud
        self.world.broken.clear()
        for name in STATIONS:
            cloud.host.restart(cloud.stack.functions[f"{name}Function"])
        for _ in range(ROUNDS):
            cloud.host.invoke(cloud.stack.functions["DrainFunction"], SWEEP)
            for station in self.stations:
                self._hurry(station.handle())
            redrive_all(cloud)
            if not any(all_waiting(cloud, "QueueUrl")) and not any(all_waiting(cloud, "DeadLetterQueueUrl")):
                return
        raise AssertionError(f"left in the queues: {all_waiting(cloud, 'QueueUrl')}")

    def _hurry(self, again: list[Record]) -> None:
        """Let the time pass for which deliver puts notices off."""
        for message in again:
            if message["eventSourceARN"].endswith("-DeliveryQueue"):
                Courier(self.world.cloud).let_an_hour_pass(read_delivery(message["body"]).notice.id)

    def _wrong_in_archive(self) -> Iterator[str]:
        """Every body that was kept is archived, as it was; nothing else is, but what was not acknowledged."""
        digests = Counter(event.datasha256 for event in self._events())
        known = {sha256(one.body).hexdigest(): one for one in self.sent}
        kept = {sha256(one.body).hexdigest() for one in self.sent if one.kept}
        yield from (f"archived 0 times: {digest}" for digest in kept - digests.keys())
        yield from (f"archived, and never sent: {digest}" for digest in digests.keys() - known.keys())
        yield from (f"archived {number} times" for number in digests.values() if number != 1)

    def _wrong_elsewhere(self) -> Iterator[str]:
        """State and notices are what the archived events make of them, one by one and undisturbed."""
        table, facts = MemoryTable(), set[str]()
        for event in self._events():
            keep(event, table, RETENTION_DAYS)
            facts |= {told.notice.id for told in decide.deliveries(event, RULES, no_base_url)}
        stored = held(self.world.cloud, self.source, VOLATILE)
        if stored != comparable(map(typed, table.items.values()), self.source, VOLATILE):
            yield "another state"
        told = Counter(self._told())
        if told != Counter(facts):
            yield f"told {sum(told.values())} times of {len(facts)} facts"

    def _events(self) -> Iterator[Event]:
        for event in self.world.archive.events():
            if event.relaysource == self.source:
                yield event.with_body(self.world.archive.body(event)) if event.dataref else event

    def _told(self) -> Iterator[str]:
        for message in self.world.cloud.inbox.messages():
            notice = json.loads(message.body)
            if message.accepted and notice["event"]["relaysource"] == self.source:
                yield notice["id"]


def typed(item: Item) -> dict[str, Any]:
    """Return an item as DynamoDB writes it."""
    return {name: {"S": value} if isinstance(value, str) else {"N": str(value)} for name, value in item.items()}
