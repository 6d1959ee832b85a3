"""The webhooks a tenant has configured, and which of them want an event."""

import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any


@dataclass(frozen=True)
class Webhook:
    """One webhook; the members are those of Orchestrator's WebhookDto."""

    id: int
    name: str
    url: str
    secret: str | None = field(default=None, repr=False)
    enabled: bool = True
    subscribe_to_all: bool = True
    events: frozenset[str] = frozenset()
    allow_insecure_ssl: bool = False
    description: str | None = None
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    def wants(self, event_type: str | None) -> bool:
        """Tell whether an event of this type is sent; names are compared without case, as Orchestrator does."""
        if not self.enabled:
            return False
        return self.subscribe_to_all or (event_type or "").lower() in {name.lower() for name in self.events}


class Webhooks:
    """The list of webhooks, by id; safe for threads."""

    def __init__(self) -> None:
        self._by_id: dict[int, Webhook] = {}
        self._ids = count(1)
        self._lock = threading.Lock()

    def put(
        self,
        name: str,
        url: str,
        *,
        secret: str | None = None,
        events: Iterable[str] | None = None,
        enabled: bool = True,
        allow_insecure_ssl: bool = False,
    ) -> Webhook:
        """Add the webhook of this name or replace it, keeping its id; no `events` means all of them."""
        with self._lock:
            known = next((webhook for webhook in self._by_id.values() if webhook.name == name), None)
            webhook = Webhook(
                id=known.id if known else next(self._ids),
                name=name,
                url=url,
                secret=secret or None,
                enabled=enabled,
                subscribe_to_all=events is None,
                events=frozenset(events or ()),
                allow_insecure_ssl=allow_insecure_ssl,
                key=known.key if known else str(uuid.uuid4()),
            )
            self._by_id[webhook.id] = webhook
            return webhook

    def add(self, **members: Any) -> Webhook:
        """Add one more webhook under a new id; without a name it bears its id, which only this Orchestrator sees."""
        with self._lock:
            number = next(self._ids)
            webhook = Webhook(**{"id": number, "name": f"webhook-{number}", **members})
            self._by_id[number] = webhook
            return webhook

    def change(self, identifier: int, **members: Any) -> Webhook | None:
        """Replace the named members of a webhook; None where there is no such webhook."""
        with self._lock:
            known = self._by_id.get(identifier)
            if known is None:
                return None
            changed = self._by_id[identifier] = replace(known, **members)
            return changed

    def delete(self, identifier: int) -> bool:
        with self._lock:
            return self._by_id.pop(identifier, None) is not None

    def get(self, identifier: int) -> Webhook | None:
        with self._lock:
            return self._by_id.get(identifier)

    def remove(self, name: str) -> bool:
        with self._lock:
            found = [webhook.id for webhook in self._by_id.values() if webhook.name == name]
            for identifier in found:
                del self._by_id[identifier]
            return bool(found)

    def named(self, name: str) -> Webhook | None:
        return next((webhook for webhook in self.all() if webhook.name == name), None)

    def all(self) -> list[Webhook]:
        with self._lock:
            return list(self._by_id.values())

    def subscribers(self, event_type: str | None) -> list[Webhook]:
        return [webhook for webhook in self.all() if webhook.wants(event_type)]
