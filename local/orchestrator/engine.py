"""The delivery engine: parallel workers keep no order, and a breaker per webhook loses events.

In the cloud nothing is retried; standalone repeats a failed delivery, and its breaker opens once the last one failed
(how the documented MaxRetryRequests 2 goes with four waits is not known: here each wait is one more attempt).
"""

import hashlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue

from local.orchestrator.breaker import Breaker
from local.orchestrator.delays import Delays
from local.orchestrator.deliveries import Delivery, DeliveryLog
from local.orchestrator.delivery import TIMEOUT_SECONDS, USER_AGENT, Attempt, post
from local.orchestrator.events import Facts, facts_of
from local.orchestrator.profile import ONE_HOUR
from local.orchestrator.signature import SIGNATURE_HEADER, signature
from local.orchestrator.webhooks import Webhook

WORKERS = 10  # MaxWorkerCount, "Orchestrator Webhooks appsettings.json"


@dataclass
class _Work:
    """One body on its way to one webhook; `attempts` is how often it was sent so far."""

    webhook: Webhook
    body: bytes
    facts: Facts
    future: "Future[Delivery]"
    attempts: int = 0


class Engine:
    """Delivers what is submitted, each body once but for `retries`: seconds to wait before each further attempt.

    `failed` is told of a webhook whose delivery failed, and how often in a row its breaker has opened by now.
    """

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        timeout: float = TIMEOUT_SECONDS,
        breaker_seconds: float = ONE_HOUR,
        clock: Callable[[], float] = time.monotonic,
        retries: Sequence[float] = (),
        failed: Callable[[Webhook, int], None] = lambda _webhook, _times: None,
    ) -> None:
        self._timeout, self._retries, self._failed = timeout, tuple(retries), failed
        self._delays = Delays()
        self._failures: Counter[str] = Counter()
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._log = DeliveryLog()
        self._breakers: dict[str, Breaker] = defaultdict(lambda: Breaker(breaker_seconds, clock))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, webhook: Webhook, body: bytes, facts: Facts | None = None) -> "Future[Delivery]":
        """Queue one delivery; the future gives its record once it was sent or skipped."""
        future: Future[Delivery] = Future()
        self._queue.put(_Work(webhook, body, facts or facts_of(body), future))
        return future

    def deliveries(self, after: int = 0) -> list[Delivery]:
        """Return the remembered deliveries with a number above `after`, in the order they ended."""
        return self._log.after(after)

    def counts(self, webhook: str) -> dict[str, int]:
        """Count a webhook's events by outcome; `lost` is what Orchestrator will never send again."""
        return self._log.counts(webhook)

    def breaker(self, webhook: str) -> Breaker:
        with self._lock:
            return self._breakers[webhook]

    def forgive(self, webhook: str) -> None:
        """Forget how often a webhook's breaker has opened in a row."""
        with self._lock:
            self._failures.pop(webhook, None)

    def renew(self, webhook: str) -> None:
        """Close a webhook's breaker and forget its failures, as for one just made."""
        self.breaker(webhook).reset()
        self.forgive(webhook)

    def reset(self) -> None:
        """Close every breaker and forget deliveries, counts and failures."""
        self._log.clear()
        with self._lock:
            self._failures.clear()
            for breaker in self._breakers.values():
                breaker.reset()

    def stop(self) -> None:
        """Let the workers end after the delivery they are at; queued ones are dropped, their futures cancelled."""
        self._delays.stop()
        while not self._queue.empty():
            if (work := self._queue.get()) is not None:
                work.future.cancel()
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            if work.attempts or work.future.set_running_or_notify_cancel():
                self._deliver(work)

    def _deliver(self, work: _Work) -> None:
        webhook, at = work.webhook, datetime.now(UTC).isoformat(timespec="milliseconds")
        breaker = self.breaker(webhook.name)
        if breaker.is_open:
            work.future.set_result(self._record(work, at, None))
            return
        work.attempts += 1
        verify = not webhook.allow_insecure_ssl
        attempt = post(webhook.url, work.body, _headers(webhook, work.body), timeout=self._timeout, verify=verify)
        if not attempt.succeeded and work.attempts <= len(self._retries):
            self._delays.later(self._retries[work.attempts - 1], lambda ended: self._again(work, at, attempt, ended))
            return
        self._judge(webhook, attempt)
        work.future.set_result(self._record(work, at, attempt))

    def _again(self, work: _Work, at: str, attempt: Attempt, ended: bool) -> None:
        if ended:
            work.future.set_result(self._record(work, at, attempt))
        else:
            self._queue.put(work)

    def _judge(self, webhook: Webhook, attempt: Attempt) -> None:
        """A failure opens the breaker, of several at once the first; a success ends a row of openings."""
        if attempt.succeeded:
            self.forgive(webhook.name)
            return
        with self._lock:
            self._failures[webhook.name] += self._breakers[webhook.name].trip()
            times = self._failures[webhook.name]
        self._failed(webhook, times)

    def _record(self, work: _Work, at: str, attempt: Attempt | None) -> Delivery:
        sha256 = hashlib.sha256(work.body).hexdigest()
        return self._log.add(work.webhook.name, work.facts, at, sha256, attempt, work.attempts)


def _headers(webhook: Webhook, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": USER_AGENT}
    if webhook.secret:
        headers[SIGNATURE_HEADER] = signature(body, webhook.secret)
    return headers
