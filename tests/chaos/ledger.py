"""What was sent and how it was answered, held against what the archive, the table and the receiver have in the end."""

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import NamedTuple
from uuid import UUID

from local.cloud import WEBHOOK_SECRET, LocalCloud
from local.orchestrator import Delivery
from relay.event import Event
from relay.state import CURRENT
from tests.chaos.healing import InVain, settle
from tests.chaos.rule import Size
from tests.local_cloud import Archive, webhook_url

SOURCE = "main"
_RANDOM = Random(3)
_FILLERS = {
    "small": "",
    "large": base64.b64encode(_RANDOM.randbytes(300_000)).decode(),
    "dense": base64.b64encode(_RANDOM.randbytes(800_000)).decode(),
}


class Sent(NamedTuple):
    """One event about a job of its own; `told` is how often people are to be told of it."""

    name: str
    body: bytes
    key: str
    told: int
    status: int | None
    seconds: float

    @property
    def kept(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Has the simulated Orchestrator send to a source, its breaker in force."""

    def __init__(self, cloud: LocalCloud, source: str = SOURCE) -> None:
        self._tenant, self._source = cloud.orchestrator, source
        self._webhook = self._tenant.put_webhook(source, webhook_url(cloud, source), secret=WEBHOOK_SECRET)

    def send(self, name: str, size: Size = "small", event: str = "faulted") -> Sent:
        """Send a new event about a job of its own and wait for its answer."""
        key = str(UUID(int=_RANDOM.getrandbits(128)))
        return self.post(name, self.body(key, event, size), key, told=int(event == "faulted"))

    def body(self, key: str, event: str, size: Size, **members: object) -> bytes:
        """Return a new event about a job."""
        job = {"Key": key, "State": event.title(), "Info": _FILLERS[size]}
        told = {"Job": job, "OrganizationUnitId": 1, **members}
        return self._tenant.ledger.event(f"job.{event}", **told)

    def post(self, name: str, body: bytes, key: str = "", told: int = 0) -> Sent:
        """Send these bytes and wait for the answer."""
        delivery = self._tenant.engine.submit(self._webhook, body).result(90)
        assert delivery.outcome != "skipped", f"{name}: never sent, for the breaker is open, since {self._failed()}"
        return Sent(name, body, key, told, delivery.status, delivery.milliseconds / 1000)

    def _failed(self) -> list[Delivery]:
        return [one for one in self._tenant.engine.deliveries() if one.outcome == "failed"]

    def breaker_opened(self) -> bool:
        """Whether Orchestrator's breaker is open; closes it."""
        was_open = self._tenant.engine.breaker(self._source).is_open
        if was_open:
            self._tenant.engine.reset()
        return was_open


class Ledger:
    """Reads each store once per look."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._archive = Archive(cloud)

    def wrong(self, sent: Iterable[Sent]) -> dict[str, list[str]]:
        """Return, by name, what is not as it must be of each event that was answered 2xx."""
        archived, rows, told = self._archived(), self._rows(), self._told()
        found: defaultdict[str, list[str]] = defaultdict(list)
        for one in (one for one in sent if one.kept):
            events = [event for event in archived[f"job/{one.key}"] if self._archive.body(event) == one.body]
            found[one.name] += _archive_faults(events)
            found[one.name] += _state_faults(rows[f"{SOURCE}#job#{one.key}"], events)
            if told[f"job/{one.key}"] != one.told:
                found[one.name].append(f"told {told[f'job/{one.key}']} times, not {one.told}")
        return {name: faults for name, faults in found.items() if faults}

    def _archived(self) -> defaultdict[str, list[Event]]:
        found: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self._archive.events():
            found[event.subject or ""].append(event)
        return found

    def _rows(self) -> defaultdict[str, list[str]]:
        """Sort keys by partition key."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        pages = self._cloud.aws.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(
            TableName=self._cloud.stack.outputs["StateTableName"], ProjectionExpression="pk, sk"
        ):
            for item in page["Items"]:
                found[item["pk"]["S"]].append(item["sk"]["S"])
        return found

    def _told(self) -> Counter[str]:
        accepted = [message for message in self._cloud.inbox.messages() if message.accepted]
        return Counter(json.loads(message.body)["event"].get("subject", "") for message in accepted)


def wrong_in_the_end(cloud: LocalCloud, sent: Sequence[Sent]) -> dict[str, list[str]]:
    """Drain and handle everything, and return what is wrong then."""
    ledger = Ledger(cloud)
    with suppress(InVain):
        settle(cloud, lambda: not ledger.wrong(sent))
    return ledger.wrong(sent)


def _archive_faults(events: list[Event]) -> Iterator[str]:
    if len(events) != 1:
        yield f"archived {len(events)} times, not once"


def _state_faults(rows: list[str], events: list[Event]) -> Iterator[str]:
    timeline = [row for row in rows if row != CURRENT]
    if CURRENT not in rows:
        yield "no state"
    if len(timeline) != 1 or not all(timeline[0].endswith(f"#{event.id}") for event in events):
        yield f"{len(timeline)} lines in the timeline, not its own one"
