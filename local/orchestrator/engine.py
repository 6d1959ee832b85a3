"""The delivery engine: parallel workers keep no order, and a breaker per webhook loses events, as in the cloud."""

import hashlib
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from queue import SimpleQueue
from typing import Literal, get_args

from local.orchestrator.breaker import CLOUD_SECONDS, Breaker
from local.orchestrator.delivery import TIMEOUT_SECONDS, USER_AGENT, Attempt, post
from local.orchestrator.events import Facts, facts_of
from local.orchestrator.signature import SIGNATURE_HEADER, signature
from local.orchestrator.webhooks import Webhook

WORKERS = 10  # MaxWorkerCount, "Orchestrator Webhooks appsettings.json"
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


_Work = tuple[Webhook, bytes, Facts, "Future[Delivery]"]


class Engine:
    """Delivers what is submitted, each body once; nothing is retried, what fails or is skipped is lost."""

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        timeout: float = TIMEOUT_SECONDS,
        breaker_seconds: float = CLOUD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._log: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
        self._breakers: dict[str, Breaker] = defaultdict(lambda: Breaker(breaker_seconds, clock))
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, webhook: Webhook, body: bytes, facts: Facts | None = None) -> "Future[Delivery]":
        """Queue one delivery; the future gives its record once it was sent or skipped."""
        future: Future[Delivery] = Future()
        self._queue.put((webhook, body, facts or facts_of(body), future))
        return future

    def deliveries(self, after: int = 0) -> list[Delivery]:
        """Return the remembered deliveries with a number above `after`, in the order they ended."""
        with self._lock:
            return [delivery for delivery in self._log if delivery.number > after]

    def counts(self, webhook: str) -> dict[str, int]:
        """Count a webhook's events by outcome; `lost` is what Orchestrator will never send again."""
        with self._lock:
            counts = self._counts[webhook]
            lost = counts["failed"] + counts["skipped"]
            return {**{outcome: counts[outcome] for outcome in OUTCOMES}, "lost": lost}

    def breaker(self, webhook: str) -> Breaker:
        with self._lock:
            return self._breakers[webhook]

    def reset(self) -> None:
        """Close every breaker and forget deliveries and counts."""
        with self._lock:
            self._log.clear()
            self._counts.clear()
            for breaker in self._breakers.values():
                breaker.reset()

    def stop(self) -> None:
        """Let the workers end after the delivery they are at; queued ones are dropped, their futures cancelled."""
        while not self._queue.empty():
            if (work := self._queue.get()) is not None:
                work[3].cancel()
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            webhook, body, facts, future = work
            if future.set_running_or_notify_cancel():
                future.set_result(self._deliver(webhook, body, facts))

    def _deliver(self, webhook: Webhook, body: bytes, facts: Facts) -> Delivery:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        breaker = self.breaker(webhook.name)
        if breaker.is_open:
            return self._record(webhook, body, facts, at, None)
        verify = not webhook.allow_insecure_ssl
        attempt = post(webhook.url, body, _headers(webhook, body), timeout=self._timeout, verify=verify)
        if not attempt.succeeded:
            breaker.trip()
        return self._record(webhook, body, facts, at, attempt)

    def _record(self, webhook: Webhook, body: bytes, facts: Facts, at: str, attempt: Attempt | None) -> Delivery:
        with self._lock:
            delivery = Delivery(
                number=next(self._numbers),
                webhook=webhook.name,
                **facts._asdict(),
                sha256=hashlib.sha256(body).hexdigest(),
                at=at,
                outcome="skipped" if attempt is None else "delivered" if attempt.succeeded else "failed",
                status=attempt.status if attempt else None,
                error=attempt.error if attempt else "the breaker is open",
                milliseconds=round(attempt.seconds * 1000, 1) if attempt else 0.0,
            )
            self._log.append(delivery)
            self._counts[webhook.name][delivery.outcome] += 1
            return delivery


def _headers(webhook: Webhook, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": USER_AGENT}
    if webhook.secret:
        headers[SIGNATURE_HEADER] = signature(body, webhook.secret)
    return headers
