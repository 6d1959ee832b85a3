"""The webhook secrets that verify a source's requests, kept for a minute and served stale while unreadable."""

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from relay.errors import Unavailable, UnknownSource

MAX_AGE_SECONDS = 60.0
RETRY_SECONDS = 5.0  # after a failed read, so that an outage does not slow every answer
# Every secret that may be in use: a 401 to the real Orchestrator costs an hour of events.
STAGES = ("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "RELAYSENT")
_MAX_REMEMBERED = 256  # guessed source names must not fill the memory

T = TypeVar("T")
ReadValue = Callable[[str, str], tuple[str, str] | None]  # (secret id, stage) -> (version, text)


class Keys(NamedTuple):
    """A source's (version, secret) pairs, newest stage first, and when all of them were read."""

    pairs: tuple[tuple[str, bytes], ...]
    read_at: float


class Keyring:
    """Reads all stages of a source together; an unknown source is remembered too, so that guesses cost one read."""

    def __init__(self, read: ReadValue, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._prefix = prefix
        self._clock = clock
        self._known: dict[str, Keys] = {}  # as many as there are secrets, so that no guess can push one out
        self._unknown: dict[str, Keys] = {}
        self._failed: dict[str, tuple[float, str]] = {}  # when a read failed last, and why

    def keys(self, source: str) -> Keys:
        """Return keys read at most a minute ago, or older ones while the store is down.

        Raises UnknownSource where no secret exists, Unavailable where none was ever read and none can be.
        """
        kept = self._known.get(source) or self._unknown.get(source)
        if kept is None or self._clock() - kept.read_at >= MAX_AGE_SECONDS:
            kept = self._refreshed(source, kept)
        if not kept.pairs:
            raise UnknownSource("no webhook secret exists for this source")
        return kept

    def fresh(self, source: str) -> Keys | None:
        """Return keys read within the last minute, without reading again; None where there are none."""
        kept = self._known.get(source)
        return kept if kept and self.is_fresh(kept) else None

    def remembered(self, source: str) -> tuple[tuple[str, bytes], ...]:
        """Return the pairs read before, however long ago, without reading again."""
        kept = self._known.get(source)
        return kept.pairs if kept else ()

    def is_fresh(self, keys: Keys) -> bool:
        """Whether all stages were read within the last minute, so that a mismatch is final."""
        return self._clock() - keys.read_at < MAX_AGE_SECONDS

    def _refreshed(self, source: str, stale: Keys | None) -> Keys:
        started = self._clock()
        failed_at, reason = self._failed.get(source, (-RETRY_SECONDS, ""))
        if started - failed_at >= RETRY_SECONDS:
            try:
                return self._keep(source, Keys(self._pairs(f"{self._prefix}/{source}/webhook"), started))
            except Unavailable as error:
                reason = str(error)
                _remember(self._failed, source, (started, reason))
        if stale is None:
            raise Unavailable(reason)
        return stale

    def _keep(self, source: str, keys: Keys) -> Keys:
        if keys.pairs:
            self._known[source] = keys
        else:
            self._known.pop(source, None)
            _remember(self._unknown, source, keys)
        return keys

    def _pairs(self, secret_id: str) -> tuple[tuple[str, bytes], ...]:
        current = self._read(secret_id, STAGES[0])
        if current is None:  # a guessed name costs one read, not four
            return ()
        others = (self._read(secret_id, stage) for stage in STAGES[1:])
        return tuple((version, secret.encode()) for version, secret in filter(None, (current, *others)))


def _remember(memory: dict[str, T], source: str, value: T) -> None:
    if len(memory) >= _MAX_REMEMBERED:
        memory.clear()
    memory[source] = value
