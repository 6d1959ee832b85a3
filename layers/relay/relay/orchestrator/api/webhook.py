"""A webhook as Orchestrator keeps it, without its secret: that is never read, since what comes back may be a mask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from relay.orchestrator.api.errors import not_orchestrator

NAMED_SINCE = 16  # the API version that brought Name, Description and Key

Fields = Mapping[str, object]  # by the names of Orchestrator's WebhookDto; Events a frozenset of types


@dataclass(frozen=True)
class Webhook:
    """The members of Orchestrator's WebhookDto; below API version 16 there is no name, description or key."""

    id: int
    url: str = field(repr=False)  # its path may hold a token
    enabled: bool = True
    subscribe_to_all: bool = False
    allow_insecure_ssl: bool = False
    events: frozenset[str] = frozenset()
    name: str = ""
    description: str = ""
    key: str = ""

    def fields(self, version: int) -> dict[str, object]:
        """Return what can be set, by the names the API of this version knows."""
        return known_fields(
            {
                "Name": self.name,
                "Description": self.description,
                "Url": self.url,
                "Enabled": self.enabled,
                "SubscribeToAllEvents": self.subscribe_to_all,
                "AllowInsecureSsl": self.allow_insecure_ssl,
                "Events": self.events,
            },
            version,
        )


def known_fields(fields: Fields, version: int) -> dict[str, object]:
    """Leave out what the API of a version does not know."""
    unknown = () if version >= NAMED_SINCE else ("Name", "Description")
    return {name: value for name, value in fields.items() if name not in unknown}


def document_of(fields: Fields, version: int) -> dict[str, Any]:
    """Return fields as Orchestrator takes them."""
    known = known_fields(fields, version)
    events = known.get("Events")
    if isinstance(events, Iterable):
        known["Events"] = [{"EventType": name} for name in sorted(map(str, events))]
    return known


def webhook_of(document: Mapping[str, Any], what: str) -> Webhook:
    """Read a WebhookDto; raises NotOrchestrator for anything that cannot be one."""
    number, url, events = document.get("Id"), document.get("Url"), document.get("Events") or []
    if not isinstance(number, int) or not isinstance(url, str) or not isinstance(events, list):
        raise not_orchestrator(what, "not a webhook")
    return Webhook(
        id=number,
        url=url,
        enabled=document.get("Enabled") is True,
        subscribe_to_all=document.get("SubscribeToAllEvents") is True,
        allow_insecure_ssl=document.get("AllowInsecureSsl") is True,
        events=frozenset(
            str(event["EventType"]) for event in events if isinstance(event, dict) and "EventType" in event
        ),
        name=str(document.get("Name") or ""),
        description=str(document.get("Description") or ""),
        key=str(document.get("Key") or ""),
    )
