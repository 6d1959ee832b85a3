"""One simulated tenant: its webhooks, its ledger of events and the engine that delivers them."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from local.orchestrator.breaker import CLOUD_SECONDS
from local.orchestrator.delivery import TIMEOUT_SECONDS
from local.orchestrator.engine import WORKERS, Delivery, Engine
from local.orchestrator.events import Ledger, facts_of
from local.orchestrator.webhooks import Webhook, Webhooks


class Orchestrator:
    """What raises and sends events. Stop it when done; sending never waits."""

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        timeout: float = TIMEOUT_SECONDS,
        breaker_seconds: float = CLOUD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.webhooks = Webhooks()
        self.ledger = Ledger()
        self.engine = Engine(workers=workers, timeout=timeout, breaker_seconds=breaker_seconds, clock=clock)

    def put_webhook(
        self, name: str, url: str, *, secret: str | None = None, events: Iterable[str] | None = None
    ) -> Webhook:
        """Add or replace the webhook of this name; no `events` subscribes it to all."""
        return self.webhooks.put(name, url, secret=secret, events=events)

    def send(self, body: bytes) -> list["Future[Delivery]"]:
        """Deliver the bytes as they are to every webhook that wants their type, and tell what becomes of each."""
        facts = facts_of(body)
        return [self.engine.submit(webhook, body, facts) for webhook in self.webhooks.subscribers(facts.type)]

    def send_all(self, bodies: Iterable[bytes]) -> list["Future[Delivery]"]:
        return [future for body in bodies for future in self.send(body)]

    def ping(self, webhook: Webhook) -> tuple[bytes, "Future[Delivery]"]:
        """Raise a `ping` for one webhook, whatever it subscribes to; return the event and its delivery."""
        body = self.ledger.event("ping")
        return body, self.engine.submit(webhook, body)

    def deliveries(self, after: int = 0) -> list[Delivery]:
        return self.engine.deliveries(after)

    def stop(self) -> None:
        self.engine.stop()
