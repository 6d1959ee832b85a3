"""One simulated tenant: its webhooks, its ledger of events, the engine that delivers them, and who may ask."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import timedelta

from local.orchestrator.api.front import Desk
from local.orchestrator.api.identity import Identity
from local.orchestrator.api.limits import Limits
from local.orchestrator.deliveries import Delivery
from local.orchestrator.delivery import TIMEOUT_SECONDS
from local.orchestrator.engine import WORKERS, Engine
from local.orchestrator.events import Ledger, facts_of
from local.orchestrator.life import Entity, Life
from local.orchestrator.life.player import Player
from local.orchestrator.profile import Profile
from local.orchestrator.webhooks import Webhook, Webhooks


class Orchestrator:
    """What raises and sends events. Stop it when done; sending never waits.

    Breaker and retries are the profile's unless given. `address` is the API's base URL, once a server has one.
    """

    def __init__(
        self,
        profile: Profile | None = None,
        *,
        workers: int = WORKERS,
        timeout: float = TIMEOUT_SECONDS,
        breaker_seconds: float | None = None,
        retries: Sequence[float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.profile = profile or Profile()
        self.webhooks = Webhooks()
        self.ledger = Ledger()
        self.engine = Engine(
            workers=workers,
            timeout=timeout,
            breaker_seconds=self.profile.breaker_seconds if breaker_seconds is None else breaker_seconds,
            clock=clock,
            retries=self.profile.retries if retries is None else retries,
            failed=self._failed,
        )
        limits = Limits(self.profile.lists_per_minute, clock)
        self.desk = Desk(self.profile, Identity(self.profile, clock), limits)
        self.address = ""
        self.life: Life | None = None
        self.living = threading.RLock()  # held by whoever reads or moves the life
        self._player: Player | None = None

    @property
    def identity(self) -> Identity:
        return self.desk.identity

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

    def begin(self, life: Life, *, speed: float = 0.0) -> None:
        """Let a life begin; with a speed, virtual seconds a second, it goes on by itself."""
        if self._player:
            self._player.stop()
        with self.living:
            self.life = life
        if speed:
            self._player = Player(self.live, speed)
            self._player.start()

    def live(self, time: timedelta) -> tuple[list[bytes], list["Future[Delivery]"]]:
        """Live on for some virtual time; return the events raised and their deliveries."""
        with self.living:
            bodies = self.life.advance(time) if self.life else []
            return bodies, self.send_all(bodies)

    def truth(self) -> dict[tuple[str, str], Entity]:
        """Return every entity that an event has told of as it is now, by kind and key."""
        with self.living:
            return self.life.truth() if self.life else {}

    def deliveries(self, after: int = 0) -> list[Delivery]:
        return self.engine.deliveries(after)

    def reset(self) -> None:
        """Forget what was delivered and asked and what is to fail; webhooks and tokens stay."""
        self.engine.reset()
        self.desk.journal.clear()
        self.desk.faults.clear()

    def stop(self) -> None:
        if self._player:
            self._player.stop()
        self.desk.faults.clear()
        self.engine.stop()

    def _failed(self, webhook: Webhook, times: int) -> None:
        """The cloud disables a webhook that keeps failing (observed; after how many hours of it is not known)."""
        if self.profile.to_disable is not None and times >= self.profile.to_disable:
            self.webhooks.change(webhook.id, enabled=False)
