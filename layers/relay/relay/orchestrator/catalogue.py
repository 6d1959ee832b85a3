"""The event types UiPath documents or ships definitions for, and where each keeps its entities.

Source: UiPath's page "Types of events" (the 28 documented types) and the `x-webhook-event` definitions of
Orchestrator's API up to version 20.0. Types not listed here are accepted as they come.
"""

from typing import NamedTuple

from relay.safe import safe
from relay.times import utc7

# event types by group, in the order of an entity's life
DOCUMENTED = {
    "job": "created started completed faulted stopped suspended",
    "queueItem": "added transactionStarted transactionCompleted transactionFailed transactionAbandoned",
    "robot": "created updated deleted status",
    "queue": "created updated deleted",
    "process": "created updated deleted",
    "schedule": "failed",
    "task": "created saved assignmentChanged forwarded completed deleted",
}
DEFINED = {
    "job": "resumed stopping terminating",
    "queueItem": "retried updated deferred deleted reviewStatusChanged",
    "task": "updated sla.evaluate sla.update",
    "stc": "task.update",
    "alert": "subscribed unsubscribed",
    "blobfile": "uploaded deleted",
    "deploymentsetting": "updated",
}
DOCUMENTED_TYPES = tuple(f"{group}.{name}" for group, names in DOCUMENTED.items() for name in names.split())
OTHER_TYPES = ("ping", "custom", *(f"{group}.{name}" for group, names in DEFINED.items() for name in names.split()))

_SPELLING = {name.lower(): name for name in (*DOCUMENTED_TYPES, *OTHER_TYPES)}
_GROUPS = {name.partition(".")[0].lower(): name.partition(".")[0] for name in _SPELLING.values()}


class Entity(NamedTuple):
    """Where a group keeps its entities: a single object, a list of them, and the member that identifies one."""

    kind: str
    members: tuple[str, ...]
    id_member: str


_ENTITIES = {
    "job": Entity("job", ("Job", "Jobs"), "Key"),
    "queueItem": Entity("queueItem", ("QueueItem", "QueueItems"), "Key"),
    "robot": Entity("robot", ("Robots", "Robot"), "Id"),
    "queue": Entity("queue", ("Queues", "Queue"), "Id"),
    "process": Entity("process", ("Releases", "Release"), "Key"),
    "schedule": Entity("schedule", ("ProcessSchedule", "ProcessSchedules"), "Id"),
    "task": Entity("task", ("Tasks", "Task"), "Id"),
}
_SESSION = Entity("session", ("Sessions", "Session"), "SessionId")

# Due, deadline and defer dates are left out: they lie in the future.
_TIME_MEMBERS = {
    "CreationTime",
    "StartTime",
    "EndTime",
    "ResumeTime",
    "StartProcessing",
    "EndProcessing",
    "ReportingTime",
    "LastModificationTime",
    "CompletionTime",
    "DeletionTime",
}


def spelled(name: str) -> str:
    """Return an event type in the catalogue's spelling; case does not matter, unknown types come back as they are."""
    return _SPELLING.get(name.lower(), name)


def group_of(name: str) -> str:
    """Return the text before the first dot, in the catalogue's spelling where it is known."""
    group = name.partition(".")[0]
    return _GROUPS.get(group.lower(), group)


def entity_of(name: str) -> Entity | None:
    """Return where events of this type keep their entities; None for groups without any."""
    return _SESSION if name == "robot.status" else _ENTITIES.get(group_of(name))


def entities(name: str, payload: object) -> list[dict[str, object]]:
    """Return the event's entities as objects, whether the payload holds one object or a list (both occur)."""
    entity = entity_of(name)
    if entity is None or not isinstance(payload, dict):
        return []
    found: object = next((payload[member] for member in entity.members if payload.get(member)), [])
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def key_of(name: str, item: dict[str, object]) -> str | None:
    """Return the entity's id in the safe alphabet, None where it bears none."""
    entity = entity_of(name)
    return safe(item.get(entity.id_member)) if entity else None


def latest_time(items: list[dict[str, object]]) -> str | None:
    """Return the latest time the entities themselves name, in the form of `utc7`."""
    told = (value for item in items for member, value in item.items() if member in _TIME_MEMBERS)
    return max(filter(None, map(utc7, told)), default=None)


def severity(name: str, items: list[dict[str, object]]) -> str:
    """Return `error`, `warning` or `info` by the pure table of docs/architecture.md; unknown types are info."""
    if name in ("job.faulted", "schedule.failed"):
        return "error"
    if name == "queueItem.transactionFailed":
        return "warning" if any(_is_business(item) for item in items) else "error"
    if name in ("job.stopped", "queueItem.transactionAbandoned"):
        return "warning"
    if name == "robot.status" and any(_is_away(item) for item in items):
        return "warning"
    return "info"


def _is_business(item: dict[str, object]) -> bool:
    exception = item.get("ProcessingException")
    return isinstance(exception, dict) and exception.get("Type") == "BusinessException"


def _is_away(session: dict[str, object]) -> bool:
    return session.get("State") == "Disconnected" or session.get("IsUnresponsive") is True
