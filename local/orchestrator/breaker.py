"""The circuit breaker of one webhook (UiPath, "About webhooks": one hour in the cloud, 10 minutes self-hosted)."""

from collections.abc import Callable


class Breaker:
    """Opens on a failure, closes by itself after `seconds` of the clock; a failure while open prolongs nothing."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._open_until = float("-inf")

    def trip(self) -> bool:
        """Open it; return whether it was closed before."""
        if self.is_open:
            return False
        self._open_until = self._clock() + self._seconds
        return True

    def reset(self) -> None:
        self._open_until = float("-inf")

    @property
    def is_open(self) -> bool:
        return self.seconds_left > 0

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._open_until - self._clock())
