"""What the events sent have caused, read back from the archive, the table and the inbox of the local cloud."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.cloud import LocalCloud
from local.orchestrator import Delivery
from relay.aws.table import Item, Table
from relay.event import Event, read
from relay.notify import decide, rules
from relay.orchestrator import sources
from relay.orchestrator.catalogue import entities, entity_of, key_of
from relay.state import CURRENT, pk


@dataclass(frozen=True)
class Sent:
    """One body and what Orchestrator's side knows of it."""

    name: str
    body: bytes
    delivery: Delivery


@dataclass(frozen=True)
class Archived:
    """One archived line: the object it is in and the envelope."""

    key: str
    event: Event


@dataclass(frozen=True)
class Held:
    """One entity an event spoke of: what is known of it now, and whether the event is in its timeline."""

    kind: str
    key: str
    current: Item | None
    told: bool


@dataclass(frozen=True)
class Notified:
    """A notice an event deserves, and whether its receiver got it."""

    receiver: str
    title: str
    severity: str
    arrived: bool


@dataclass(frozen=True)
class Effect:
    """All that became of one body; what is not archived has no effects to look for."""

    sent: Sent
    archived: Archived | None
    held: Sequence[Held]
    notified: Sequence[Notified]

    @property
    def missing(self) -> list[str]:
        """What should be there and is not, in words."""
        if self.sent.delivery.outcome != "delivered":
            return [f"not delivered ({self.sent.delivery.status or self.sent.delivery.error})"]
        if self.archived is None:
            return ["not archived byte for byte"]
        state = [f"no state of {one.kind} {one.key}" for one in self.held if not (one.current and one.told)]
        return state + [f"no notice to {one.receiver}" for one in self.notified if not one.arrived]


class Effects:
    """Reads the stores of one local cloud; what was read from the archive once is remembered."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._archived: dict[str, Archived] = {}
        self.objects: dict[str, int] = {}  # lines by key

    def of(self, sent: Sequence[Sent]) -> list[Effect]:
        """Say of each body what has become of it by now."""
        self._read_archive()
        arrived = self._arrived()
        return [self._effect(one, self._archived.get(sha256(one.body)), arrived) for one in sent]

    def _effect(self, sent: Sent, archived: Archived | None, arrived: set[tuple[str, str]]) -> Effect:
        event = archived.event if archived else None
        return Effect(
            sent,
            archived if event and event.body == sent.body else None,
            list(self._held(event)) if event else [],
            list(self._notified(event, arrived)) if event else [],
        )

    def _read_archive(self) -> None:
        s3, bucket = self._cloud.aws.client("s3"), self._cloud.stack.outputs["ArchiveBucketName"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="events/"):
            for key in (item["Key"] for item in page.get("Contents", []) if item["Key"] not in self.objects):
                text = gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode()
                self.objects[key] = text.count("\n")
                for event in map(read, filter(None, text.split("\n"))):
                    self._archived.setdefault(sha256(event.body), Archived(key, event))

    def _held(self, event: Event) -> Iterator[Held]:
        entity = entity_of(event.name)
        for item in entities(event.name, event.payload):
            key = key_of(event.name, item)
            if entity and key:
                place = pk(event.relaysource, entity.kind, key)
                told = any(str(row["sk"]).endswith(f"#{event.id}") for row in self._table.timeline(place))
                yield Held(entity.kind, key, self._table.get(place, CURRENT), told)

    def _notified(self, event: Event, arrived: set[tuple[str, str]]) -> Iterator[Notified]:
        for told in decide.deliveries(event, self._rules, self._base_url):
            if told.receiver in self._cloud.receivers:
                notice = told.notice
                yield Notified(told.receiver, notice.title, notice.severity, (told.receiver, notice.id) in arrived)

    def _arrived(self) -> set[tuple[str, str]]:
        """Receiver and id of every notice the inbox accepted."""
        return {(message.receiver, _id(message.body)) for message in self._cloud.inbox.messages() if message.accepted}

    @cached_property
    def _table(self) -> Table:
        return Table(self._cloud.aws.client("dynamodb"), self._cloud.stack.outputs["StateTableName"])

    @cached_property
    def _rules(self) -> rules.Rules:
        return rules.load(self._cloud.config)

    @cached_property
    def _base_url(self) -> Callable[[str], str | None]:
        return sources.load(self._cloud.config).base_url


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _id(body: bytes) -> str:
    try:
        notice: Any = json.loads(body)
    except ValueError:
        return ""
    return str(notice.get("id", "")) if isinstance(notice, dict) else ""
