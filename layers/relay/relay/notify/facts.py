"""What happened to one entity, and the identity that keeps it one notice however often it is told.

Orchestrator sends an event once for each folder that shares the entity, with or without the same EventId, and may send
each again. What stays the same is the source, the type, the entity and the time at which it changed.
"""

from dataclasses import dataclass
from typing import cast

from relay.event import Event
from relay.notify.notices import Severity
from relay.orchestrator.catalogue import entity_of, key_of, severity
from relay.safe import digest

Item = dict[str, object]
Lines = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a group's module says of one entity; `changed` is the entity's own time (and kind) of change."""

    title: str
    lines: Lines
    name: str | None = None  # what summaries name it by, so as to tell it from its like
    changed: str | None = None
    reason: str | None = None
    text: str | None = None
    process: str | None = None
    queue: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One entity's change, as its group tells it."""

    id: str
    severity: Severity
    telling: Telling


def fact(event: Event, item: Item, place: int, telling: Telling) -> Fact:
    """Return the fact of the entity at `place` in the event; one without a key belongs to this event alone."""
    entity, key = entity_of(event.name), key_of(event.name, item)
    kind = entity.kind if entity else event.relaygroup
    whose = (event.relaysource, event.name, kind, key or f"{event.id}/{place}")
    level = cast(Severity, severity(event.name, [item]))
    return Fact(identity(*whose, _changed(event, telling)), level, telling)


def identity(*parts: str) -> str:
    """Return a digest of parts, in 32 hexadecimal digits."""
    return digest("\0".join(parts)).removeprefix("sha256-")


def _changed(event: Event, telling: Telling) -> str:
    # Times the relay derived (the payload's latest, or that of receipt) do not tell two changes of an entity apart.
    return telling.changed or (event.time if event.timesource == "event" else event.id)
