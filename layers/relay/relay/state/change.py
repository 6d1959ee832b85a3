"""What one event says of one entity, as a state to be merged."""

from collections.abc import Mapping
from typing import NamedTuple

from relay.event import Event
from relay.orchestrator.catalogue import entities, entity_of, key_of, latest_time
from relay.orchestrator.payloads import MODELS, Entity
from relay.state.kind import OPEN, Kind
from relay.state.merge import State, version
from relay.state.registry import KINDS

_MAX_BYTES = 1024
_CUT = "…"


class Change(NamedTuple):
    """`time` is when the event happened, never when it was received; empty where it does not say.

    The state is empty for types nobody knows the meaning of: they leave the entity as it is.
    """

    kind: Kind
    key: str
    time: str
    state: State


def changes(event: Event) -> list[Change]:
    """Return what the event says of each entity that bears a key; empty for groups whose state is not kept."""
    if event.name == "ping":
        key = (event.subject or "").removeprefix("ping/")
        return [_change(event, KINDS["ping"], key, {}, Entity())] if key else []
    entity = entity_of(event.name)
    if entity is None or entity.kind not in KINDS:
        return []
    kind, model = KINDS[entity.kind], MODELS[entity.kind]
    keyed = ((key_of(event.name, item), item) for item in entities(event.name, event.payload))
    return [_change(event, kind, key, item, model.of(item, event.payload)) for key, item in keyed if key]


def _change(event: Event, kind: Kind, key: str, item: dict[str, object], entity: Entity) -> Change:
    time = event.time if event.timesource == "event" else latest_time([item]) or ""
    return Change(kind, key, time, _state(event, kind, time, entity) if event.name in kind.steps else {})


def _state(event: Event, kind: Kind, time: str, entity: Entity) -> State:
    rank, named, cleared = kind.steps[event.name]
    status = named or kind.status(entity) or None
    absorbing = kind.absorbing.get(status or "", OPEN)
    # Without a time an event may end an entity, which is a fact, but else only fills in what is missing.
    of_status, of_fields = (version(part, time, rank, event.id) for part in (absorbing, absorbing if time else OPEN))
    said = {
        "status": status,
        "reported_state": kind.reported(entity),
        "receivedat": event.receivedat if status else None,
    }
    fields = kind.scalars(entity, cleared) | {name: getattr(event, name) for name in kind.envelope}
    return _stamped(of_status, said) | _stamped(of_fields, fields)


def _stamped(version: str, fields: Mapping[str, str | int | None]) -> State:
    return {name: (version, _bounded(value)) for name, value in fields.items() if value is not None}


def _bounded(value: str | int | bool) -> str | int:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    encoded = value.encode("utf-8", "replace")
    if len(encoded) <= _MAX_BYTES:
        return encoded.decode()
    return encoded[: _MAX_BYTES - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT
