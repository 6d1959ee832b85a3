"""Events as consumers read them, made the way the relay makes them: a body, its envelope, the event."""

import json
from datetime import UTC, datetime
from pathlib import Path

from relay.event import Event, read, wrap

WEBHOOKS = Path(__file__).parent.parent / "events" / "webhooks"
RECEIVED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def told(name: str, event_id: str = "1", received_at: datetime = RECEIVED_AT, **members: object) -> Event:
    """Return the event of a body with this `Type`, `EventId` and members."""
    return event_of(json.dumps({"Type": name, "EventId": event_id, **members}).encode(), received_at)


def sample(name: str) -> Event:
    """Return the event of a body in events/webhooks/."""
    return event_of((WEBHOOKS / f"{name}.json").read_bytes())


def event_of(body: bytes, received_at: datetime = RECEIVED_AT) -> Event:
    return read(wrap(body, relaysource="main", received_at=received_at, secret_version="v1").text())


def no_base_url(_: str) -> None:
    """No Orchestrator's address is known, so no notice bears a link."""
