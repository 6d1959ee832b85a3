"""The limit on list requests (UiPath, "Rate limits"): so many a minute, each kind of list for itself."""

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from local.orchestrator.api.faults import RetryAs

LIMITED = ("/odata/Jobs", "/odata/QueueItems")  # reads of a single entity are exempt
MINUTE = 60.0


class Limits:
    """Counts list requests in a sliding minute of the clock; Retry-After is told as `retry_as`. Safe for threads."""

    def __init__(
        self, per_minute: int | None, clock: Callable[[], float] = time.monotonic, retry_as: RetryAs = "seconds"
    ) -> None:
        self.per_minute, self.retry_as = per_minute, retry_as
        self._clock = clock
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def seconds_to_wait(self, method: str, path: str) -> int | None:
        """Count this request; return when it may come again if it is one too many."""
        if self.per_minute is None or method != "GET" or path not in LIMITED:
            return None
        now = self._clock()
        with self._lock:
            times = self._times[path]
            while times and times[0] <= now - MINUTE:
                times.popleft()
            if len(times) < self.per_minute:
                times.append(now)
                return None
            return max(1, math.ceil(times[0] + MINUTE - now)) if times else math.ceil(MINUTE)
