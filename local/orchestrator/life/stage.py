"""Where a life takes place: a seed, a virtual clock, what is due next, and how events are raised."""

import heapq
import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from local.orchestrator.api.versions import offered
from local.orchestrator.events import EventIds, dump
from local.orchestrator.life.clock import SECOND, Clock
from local.orchestrator.life.payloads import element, everything
from local.orchestrator.life.world import KINDS, Entity, Record, World, flat, status_of

START = datetime(2026, 3, 2, tzinfo=UTC)
ZONELESS = ("task.forwarded", "task.deleted")  # as documented: their Timestamp names no zone

Act = Callable[[], object]


class Stage:
    """The same seed, version and start give the same bytes.

    `event_ids` says whether copies for several folders share their EventId, which is not documented.
    """

    def __init__(
        self, seed: int, *, api_version: int = 20, start: datetime = START, event_ids: EventIds = "equal"
    ) -> None:
        self.world, self.clock, self.version = World(), Clock(start), api_version
        self.random = random.Random(seed)  # noqa: S311
        self._offered, self._event_ids = frozenset(offered(api_version)), event_ids
        self._due: list[tuple[int, int, Act]] = []
        self._order, self._event_numbers, self._ids = count(), count(2_121_093_386), count(4_294_967_301)
        self._raised: list[bytes] = []
        self._told: dict[tuple[str, int], None] = {}

    def advance(self, time: timedelta) -> list[bytes]:
        """Live on for some time; return the bodies of the events raised in it."""
        end = self.clock.ticks + time // timedelta(microseconds=1) * 10
        return [body for bodies in self.steps(end) for body in bodies]

    def steps(self, end: int) -> Iterator[list[bytes]]:
        """Do one thing after the other until the clock shows `end`; yield what each raised."""
        while self._due and self._due[0][0] <= end:
            at, _, act = heapq.heappop(self._due)
            self.clock.forward(at)
            act()
            raised, self._raised = self._raised, []
            yield raised
        self.clock.forward(max(end, self.clock.ticks))

    def truth(self) -> dict[tuple[str, str], Entity]:
        """Return every entity that an event has told of, by kind and key, as it is now."""
        found = {}
        for kind, number in self._told:
            record = getattr(self.world, KINDS[kind][0])[number]
            key = str(record[KINDS[kind][1]])
            fields = flat(everything(kind, record, self.version))
            found[kind, key] = Entity(kind, key, status_of(kind, record), tuple(record.get("_folders", ())), fields)
        return found

    # What the script's parts do it with

    def offers(self, event_type: str) -> bool:
        return event_type in self._offered

    def after(self, seconds: float, act: Act) -> None:
        """Do something later."""
        heapq.heappush(self._due, (self.clock.ticks + max(1, int(seconds * SECOND)), next(self._order), act))

    def often(self, mean: float, act: Act) -> None:
        """Do something again and again, every `mean` seconds on average."""

        def again() -> None:
            act()
            self.after(self.random.expovariate(1 / mean), again)

        self.after(self.random.expovariate(1 / mean), again)

    def between(self, least: float, most: float) -> float:
        return self.random.uniform(least, most)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def number(self) -> int:
        return next(self._ids)

    def key(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def now(self) -> str:
        return self.clock.text()

    def tell(
        self, event_type: str, kind: str, records: Sequence[Record], *, user: int | None = None, **members: Any
    ) -> None:
        """Raise an event about some records, one copy per folder; `members` are the event's own, whole."""
        for record in records:
            record["LastModificationTime"] = self.now()
        if not self.offers(event_type):
            return
        self._told |= {(kind, record["Id"]): None for record in records}
        self.clock.forward(self.clock.ticks + self.random.randint(1, 300_000))
        event_id, folders = next(self._event_numbers), records[0].get("_told_in", (None,))
        for place, folder in enumerate(folders):
            if place and self._event_ids == "different":
                event_id = next(self._event_numbers)
            zone = "" if event_type in ZONELESS else "Z"
            head = {"Type": event_type, "EventId": str(event_id), "Timestamp": self.clock.text(zone=zone)}
            tail = {"TenantId": 1, "OrganizationUnitId": folder, "UserId": user}
            said = {name: value for name, value in tail.items() if value is not None}
            self._raised.append(dump({**head, **members, **said}))

    def element(self, kind: str, record: Record) -> dict[str, Any]:
        """Return a copy of what an event says of a record."""
        told: dict[str, Any] = json.loads(json.dumps(element(kind, record, self.version)))
        return told
