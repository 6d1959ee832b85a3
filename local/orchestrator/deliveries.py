"""What became of the events: one record for each event and webhook."""

import threading
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from itertools import count
from typing import Literal, get_args

from local.orchestrator.delivery import Attempt
from local.orchestrator.events import Facts

REMEMBERED = 20_000

Outcome = Literal["delivered", "failed", "skipped"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Delivery:
    """What became of one event on its way to one webhook; `skipped` was never sent, since the breaker was open."""

    number: int
    webhook: str
    type: str | None
    event_id: str | None
    folder: int | None
    sha256: str
    at: str
    outcome: Outcome
    status: int | None = None
    error: str | None = None
    milliseconds: float = 0.0
    attempts: int = 1


class DeliveryLog:
    """Remembers the latest deliveries and counts all; safe for threads."""

    def __init__(self) -> None:
        self._log: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
        self._numbers = count(1)
        self._lock = threading.Lock()

    def add(self, webhook: str, facts: Facts, at: str, sha256: str, attempt: Attempt | None, attempts: int) -> Delivery:
        """Note how a delivery ended; no attempt means that it was skipped."""
        with self._lock:
            delivery = Delivery(
                number=next(self._numbers),
                webhook=webhook,
                **facts._asdict(),
                sha256=sha256,
                at=at,
                outcome="skipped" if attempt is None else "delivered" if attempt.succeeded else "failed",
                status=attempt.status if attempt else None,
                error=attempt.error if attempt else "the breaker is open",
                milliseconds=round(attempt.seconds * 1000, 1) if attempt else 0.0,
                attempts=attempts,
            )
            self._log.append(delivery)
            self._counts[webhook][delivery.outcome] += 1
            return delivery

    def after(self, number: int) -> list[Delivery]:
        with self._lock:
            return [delivery for delivery in self._log if delivery.number > number]

    def counts(self, webhook: str) -> dict[str, int]:
        with self._lock:
            counts = self._counts[webhook]
            lost = counts["failed"] + counts["skipped"]
            return {**{outcome: counts[outcome] for outcome in OUTCOMES}, "lost": lost}

    def clear(self) -> None:
        with self._lock:
            self._log.clear()
            self._counts.clear()
