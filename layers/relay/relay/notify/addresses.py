"""Where receivers are: each one's URL is a secret, since whoever knows a chat webhook's URL may write there."""

import time
from collections.abc import Callable

from relay.errors import Unavailable

MAX_AGE_SECONDS = 60.0

ReadValue = Callable[[str], tuple[str, str] | None]  # secret id -> (version, text)


class Addresses:
    """Keeps each URL for a minute, and longer while Secrets Manager is down."""

    def __init__(self, read: ReadValue, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._prefix = prefix
        self._clock = clock
        self._kept: dict[str, tuple[str | None, float]] = {}

    def url(self, receiver: str) -> str | None:
        """Return the receiver's URL, None where its secret has no value; raises Unavailable if it was never read."""
        kept = self._kept.get(receiver)
        if kept is None or self._clock() - kept[1] >= MAX_AGE_SECONDS:
            try:
                value = self._read(f"{self._prefix}/{receiver}")
            except Unavailable:
                if kept is None:
                    raise
                return kept[0]
            kept = self._kept[receiver] = ((value[1].strip() or None) if value else None, self._clock())
        return kept[0]
