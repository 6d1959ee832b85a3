"""Events as this Orchestrator writes them: compact UTF-8 JSON, EventIds from a ledger, timestamps of seven digits."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal, NamedTuple

EventIds = Literal["equal", "different"]


class Facts(NamedTuple):
    """What a delivery's record names of its body; None where the body does not say."""

    type: str | None
    event_id: str | None
    folder: int | None


class Ledger:
    """Gives each event an id, a small decimal as since 2021, and its time."""

    def __init__(self, first: int = 307348658) -> None:
        self._ids = count(first)

    def next_id(self) -> str:
        return str(next(self._ids))

    def now(self) -> str:
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds // 100:07d}Z"

    def event(self, event_type: str, **members: object) -> bytes:
        """Return a new event of tenant 1."""
        head = {"Type": event_type, "EventId": self.next_id(), "Timestamp": self.now()}
        return dump({**head, **members, "TenantId": 1})

    def fresh(self, body: bytes) -> bytes:
        """Return the same event as if it happened now: a new EventId and Timestamp, all else kept."""
        return dump({**members_of(body), "EventId": self.next_id(), "Timestamp": self.now()})

    def folder_copies(self, body: bytes, folders: Sequence[int], event_ids: EventIds = "equal") -> list[bytes]:
        """Return what is sent for a resource shared into `folders`: one event each (UiPath, "About webhooks").

        Whether the copies' EventIds are equal or different is not documented; the first copy keeps its own.
        """
        event = members_of(body)
        copies = [{**event, "OrganizationUnitId": folder} for folder in folders]
        if event_ids == "different":
            copies[1:] = [{**copy, "EventId": self.next_id()} for copy in copies[1:]]
        return [dump(copy) for copy in copies]


def dump(event: object) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def members_of(body: bytes) -> dict[str, Any]:
    """Return the event's members; raises ValueError for a body that is no JSON object."""
    try:
        event = json.loads(body)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    if not isinstance(event, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004
    return event


def facts_of(body: bytes) -> Facts:
    """Read a body's facts; any bytes will do."""
    try:
        event = members_of(body)
    except ValueError:
        return Facts(None, None, None)
    kind, event_id, folder = event.get("Type"), event.get("EventId"), event.get("OrganizationUnitId")
    return Facts(
        kind if isinstance(kind, str) else None,
        None if event_id is None else str(event_id),
        folder if isinstance(folder, int) else None,
    )
