"""Both ends of a source's webhook secret: its stages here, and the webhooks at Orchestrator that sign with it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from relay.canary import Arrival
from relay.errors import RelayError, SettingsError
from relay.safe import safe
from relay.telemetry import logger

CURRENT, PENDING, PREVIOUS, SENT = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "RELAYSENT"
SETTLE_SECONDS = 120.0  # a warm ingest reads the stages every 60 s; as much again for Secrets Manager's own replicas
KEPT_SECONDS = 24 * 3600  # AWSPREVIOUS, for what was signed before a rotation and is delivered again
GRACE_SECONDS = 60.0  # Orchestrator's request timeout: what it signed before has arrived by then, or never will
_PROOFS, _PAUSE_SECONDS = 3, 10.0  # Orchestrator may take a moment until it signs with what it was given


class NotProven(RelayError):
    """Orchestrator did not prove that it signs with a version of the secret; both are kept."""


class Webhook(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def enabled(self) -> bool: ...


class Orchestrator(Protocol):
    """What is asked of the API client; relay/orchestrator/api/client.py is the real one."""

    def by_url(self, url: str, /) -> Sequence[Webhook]: ...
    def patch(self, webhook_id: int, fields: Mapping[str, object], /) -> object: ...


class Secret(Protocol):
    """What is asked of Secrets Manager; relay/aws/secret.py is the real one."""

    def value(self, stage: str, /) -> tuple[str, str] | None: ...
    def stages(self) -> dict[str, str]: ...
    def changed_at(self) -> float: ...
    def put(self, version: str, text: str, stage: str, /) -> bool: ...
    def move(self, stage: str, *, to: str | None, away_from: str | None) -> None: ...


class Canary(Protocol):
    def fly(self, webhook_ids: Iterable[int], /) -> dict[int, Arrival]: ...
    def remember(self, webhook_ids: Iterable[int], arrived: Mapping[int, Arrival], /) -> None: ...


@dataclass(frozen=True)
class Ends:
    """One source's. Whoever has something written holds the writer's lease; `check` raises when that is over.

    `url` is where the source's webhooks deliver to, `now` epoch seconds.
    """

    secret: Secret
    orchestrator: Orchestrator
    canary: Canary
    url: str
    check: Callable[[], None] = lambda: None
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def send(self, text: str) -> None:
        """Give a secret to every webhook, disabled ones too; every warm ingest must have read it from a stage."""
        for webhook in self._webhooks():
            self.check()
            self.orchestrator.patch(webhook.id, {"Secret": text})

    def prove(self, version: str) -> None:
        """Return once a ping of every enabled webhook was signed with this version; raises NotProven, Unavailable."""
        for pause in (*(_PAUSE_SECONDS,) * (_PROOFS - 1), None):
            enabled = [webhook.id for webhook in self._webhooks() if webhook.enabled]
            arrived = self.canary.fly(enabled)
            if not enabled or len(arrived) < len(enabled):
                raise NotProven(f"{len(arrived)} pings of {len(enabled)} webhooks came into state")
            if all(arrival.secret_version == safe(version) for arrival in arrived.values()):
                return
            if pause is not None:
                self.sleep(pause)
        raise NotProven("Orchestrator signs with another secret than it was given")

    def restore(self) -> None:
        """Make Orchestrator sign with AWSCURRENT again, whatever it had; raises NotProven, Unavailable.

        This rolls a rotation back and repairs a secret that has drifted. Repeating it is harmless.
        """
        version, text = self.current()
        self._settle()
        self.send(text)
        self.prove(version)
        self._mark_sent(version)
        logger.info("secret restored", extra={"version": version})

    def revoke(self) -> None:
        """Drop AWSPREVIOUS, once Orchestrator has proved to sign with AWSCURRENT; raises NotProven, Unavailable.

        Warm ingests may take the dropped secret for up to a minute more.
        """
        version, _ = self.current()
        if self.secret.stages().get(SENT, version) != version or not self._is_proved(version):
            self.restore()
        self.sleep(GRACE_SECONDS)
        if previous := self.secret.stages().get(PREVIOUS):
            self.check()
            self.secret.move(PREVIOUS, to=None, away_from=previous)

    def expire_previous(self) -> bool:
        """Drop AWSPREVIOUS a day after the last change, unless a rotation is under way; raises as `revoke` does."""
        stages = self.secret.stages()
        under_way = stages.get(SENT) not in (None, stages.get(CURRENT))
        if PREVIOUS not in stages or under_way or self.now() - self.secret.changed_at() < KEPT_SECONDS:
            return False
        self.revoke()
        return True

    def is_adrift(self, webhook_ids: Iterable[int], arrived: Mapping[int, Arrival]) -> bool:
        """Tell whether a canary that was missed, or signed with an outdated secret, asks for `restore`.

        A secret that a rotation has just sent is not outdated. See docs/decisions/0005.
        """
        stages = self.secret.stages()
        expected = {safe(stages.get(CURRENT)), safe(stages.get(PENDING))}
        return any(one not in arrived or arrived[one].secret_version not in expected for one in webhook_ids)

    def mark_proved(self, arrived: Mapping[int, Arrival]) -> None:
        """Put RELAYSENT, where it is on no version yet, on AWSCURRENT, if every ping was signed with that.

        So the secret in use keeps a stage though AWSCURRENT be moved by hand twice before sync runs again.
        """
        stages = self.secret.stages()
        signed = {arrival.secret_version for arrival in arrived.values()}
        if SENT not in stages and signed == {safe(stages.get(CURRENT))}:
            self._mark_sent(stages[CURRENT])

    def current(self) -> tuple[str, str]:
        """Return (version, text) of AWSCURRENT; raises SettingsError where there is none to sign with, Unavailable."""
        found = self.secret.value(CURRENT)
        if not found or not found[1]:
            raise SettingsError("the webhook's secret has no current value: give it one")
        return found

    def _mark_sent(self, version: str) -> None:
        """Move RELAYSENT to what Orchestrator has proved to use, when the last of what it signed before has come."""
        sent = self.secret.stages().get(SENT)
        if sent != version:
            self.sleep(GRACE_SECONDS if sent else 0)
            self.check()
            self.secret.move(SENT, to=version, away_from=sent)

    def _settle(self) -> None:
        """A secret that somebody has put here by hand may be younger than what warm ingests have read."""
        self.sleep(max(0.0, min(SETTLE_SECONDS, self.secret.changed_at() + SETTLE_SECONDS - self.now())))

    def _is_proved(self, version: str) -> bool:
        try:
            self.prove(version)
        except NotProven:
            return False
        return True

    def _webhooks(self) -> Sequence[Webhook]:
        return self.orchestrator.by_url(self.url)
