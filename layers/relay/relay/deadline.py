"""One deadline for a whole answer: each store gets until a share of it is over, and is then left for the next."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from relay.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

# Calls left behind end by their client's own timeouts; one function has one request at a time, so few pile up.
_CALLS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="store")


class Deadline:
    """Starts when it is made; `seconds` of a monotonic clock."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._started = clock()

    def within(self, share: float, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns; raises Unavailable once this share of the deadline is over."""
        left = self._started + share * self._seconds - self._clock()
        if left <= 0:
            raise Unavailable("no time is left for another store")
        running = _CALLS.submit(call, *args, **kwargs)
        try:
            return running.result(left)
        except TimeoutError:
            running.cancel()
            raise Unavailable("a store did not answer in time") from None
