"""One deadline for a whole answer: each store gets until a share of it is over before the next is tried."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import ParamSpec, TypeVar

from relay.errors import RelayError, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

# Calls left behind end by their client's own timeouts; one function has one request at a time, so few pile up.
_CALLS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="store")
_LATE = "no store answered in time"


class Deadline:
    """Starts when it is made; `seconds` of a monotonic clock."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._started = clock()

    def within(self, share: float, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns; raises its error, or Unavailable once this share of the deadline is over."""
        running = self.begin(call, *args, **kwargs)
        try:
            return running.result(self._left(share))
        except TimeoutError:
            running.cancel()
            raise Unavailable(_LATE) from None

    def begin(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call, for `first` to wait for."""
        return _CALLS.submit(call, *args, **kwargs)

    def first(self, share: float, *running: Future[T]) -> T:
        """Return what the first of these calls to succeed returns.

        Raises the error of the last to fail when all do, or Unavailable once this share of the deadline is over.
        """
        try:
            for ended in as_completed(running, self._left(share)):
                try:
                    return ended.result()
                except RelayError as error:
                    failure = error
        except TimeoutError:
            raise Unavailable(_LATE) from None
        raise failure

    def _left(self, share: float) -> float:
        return max(0.0, self._started + share * self._seconds - self._clock())
