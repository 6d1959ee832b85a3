"""A lease in the table: one writer at a time for each source, and none for ever if that one dies."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from relay.aws.table import Item
from relay.errors import Unavailable

_MARGIN_SECONDS = 5  # no write begins so late that it could end after the lease
_REMEMBERED_SECONDS = 7 * 86_400


class Store(Protocol):
    """What a lease needs of a table."""

    def get(self, pk: str, sk: str) -> Item | None: ...

    def replace(self, item: Item, revision: int) -> bool: ...


class LeaseTaken(Unavailable):
    """Somebody else holds the lease."""


class LeaseOver(Unavailable):
    """The lease has run out, or is about to, before the work was done."""


class Lease:
    """Who may write to a source's Orchestrator now. The same owner may take it again, which prolongs it."""

    def __init__(
        self, store: Store, source: str, owner: str, seconds: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._place = (f"{source}#lease", "writer")
        self._owner = owner
        self._seconds = seconds
        self._clock = clock
        self._until = 0.0

    def take(self) -> None:
        """Take or prolong the lease; raises LeaseTaken, Unavailable."""
        held = self._store.get(*self._place)
        now = self._clock()
        if held and held["owner"] != self._owner and int(held["until"]) > now:
            raise LeaseTaken("another writer is at work on this source")
        if not self._put(held, now + self._seconds):
            raise LeaseTaken("another writer was faster")
        self._until = now + self._seconds

    def check(self) -> None:
        """Raise LeaseOver unless the lease holds long enough for another write."""
        if self._clock() > self._until - _MARGIN_SECONDS:
            raise LeaseOver("the writer's lease has run out")

    def release(self) -> None:
        """Let others in; what was taken over by somebody else is left to them."""
        self._until = 0.0
        held = self._store.get(*self._place)
        if held and held["owner"] == self._owner:
            self._put(held, 0)

    def _put(self, held: Item | None, until: float) -> bool:
        revision = int(held["revision"]) if held else 0
        pk, sk = self._place
        expires = int(self._clock()) + _REMEMBERED_SECONDS
        item: Item = {"pk": pk, "sk": sk, "owner": self._owner, "until": int(until), "expires": expires}
        return self._store.replace({**item, "revision": revision + 1}, revision)


@contextmanager
def held(lease: Lease) -> Iterator[Lease]:
    """Hold a lease for the time of a block; raises LeaseTaken, Unavailable."""
    lease.take()
    try:
        yield lease
    finally:
        lease.release()
