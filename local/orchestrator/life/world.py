"""What is true of a tenant: its entities as records under the API's own names, and which of them events told of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]  # members with a leading underscore are ours and shown to nobody


@dataclass(frozen=True)
class Entity:
    """One entity an event has told of; `fields` as an event's payload names them, nested ones joined: `RobotName`."""

    kind: str
    key: str
    status: str
    folders: tuple[int, ...]
    fields: Mapping[str, object]


@dataclass
class World:
    """All entities by id, deleted ones too; ids are beyond 32 bits where Orchestrator's can be."""

    folders: dict[int, Record] = field(default_factory=dict)
    machines: dict[int, Record] = field(default_factory=dict)
    releases: dict[int, Record] = field(default_factory=dict)
    robots: dict[int, Record] = field(default_factory=dict)
    sessions: dict[int, Record] = field(default_factory=dict)
    queues: dict[int, Record] = field(default_factory=dict)
    items: dict[int, Record] = field(default_factory=dict)
    tasks: dict[int, Record] = field(default_factory=dict)
    schedules: dict[int, Record] = field(default_factory=dict)
    jobs: dict[int, Record] = field(default_factory=dict)


# kind: where its records are, and the member of an event's payload that identifies one
KINDS = {
    "process": ("releases", "Key"),
    "robot": ("robots", "Id"),
    "session": ("sessions", "Id"),
    "queue": ("queues", "Id"),
    "queueItem": ("items", "Key"),
    "task": ("tasks", "Id"),
    "schedule": ("schedules", "Id"),
    "job": ("jobs", "Key"),
}


def status_of(kind: str, record: Record) -> str:
    """Return what an entity is in, in one word."""
    if record.get("_deleted"):
        return "Deleted"
    if kind == "session":
        unresponsive = record["IsUnresponsive"] and record["State"] != "Disconnected"
        return "Unresponsive" if unresponsive else str(record["State"])
    if kind == "schedule":
        return "Failed"  # nothing else is ever told of one
    return str(record.get("State") or record.get("Status") or "Present")


_FREE = ("SpecificContent", "Output", "OutputArguments")  # whatever somebody's process puts in


def flat(element: Mapping[str, Any]) -> dict[str, object]:
    """Return an element's scalars, those of its objects under both names joined."""
    found: dict[str, object] = {}
    for name, value in element.items():
        if name in _FREE:
            continue
        if isinstance(value, Mapping):
            inner = {
                f"{name}{part}": scalar for part, scalar in value.items() if not isinstance(scalar, Mapping | list)
            }
            found |= {} if name in ("SpecificContent", "Output", "OutputArguments") else inner
        elif value is not None and not isinstance(value, list):
            found[name] = value
    return found
