"""Who is sending which notice: a lease for each notice and receiver, and a pause for each receiver in trouble.

A notice is sent by the one who holds its lease. A lease outlives the function that took it, so one that ran out means a
crash, or an answer that was never recorded: the notice is sent again. Nothing else is ever sent twice.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from relay.errors import RelayError

LEASE_SECONDS = 60  # more than DeliverFunction's timeout
KEPT_SECONDS = 30 * 24 * 3600
_SHORTEST, _LONGEST = 2, 3600

Item = dict[str, str | int]


class Later(RelayError):
    """Not now: the notice is to be tried again after so many seconds."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.seconds = seconds


class AlreadySent(RelayError):
    """The receiver has the notice."""


class Store(Protocol):
    def get(self, pk: str, sk: str, /) -> Item | None: ...
    def replace(self, item: Item, revision: int, /) -> bool: ...


class Claim(NamedTuple):
    """A lease held, and the receiver's pause as it was."""

    item: Item
    pause: Item


class Claims:
    """Takes leases and says how they ended; every call raises Unavailable while the table is."""

    def __init__(self, table: Store, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def take(self, notice_id: str, receiver: str) -> Claim:
        """Take the lease; raises AlreadySent, or Later while another holds it or a wait is not over."""
        now = int(self._clock())
        item = self._table.get(f"notice#{notice_id}", receiver) or _blank(f"notice#{notice_id}", receiver)
        if item.get("status") == "sent":
            raise AlreadySent("the receiver has this notice")
        pause = self._table.get(f"receiver#{receiver}", "pause") or _blank(f"receiver#{receiver}", "pause")
        if (busy := _number(item, "lease_until")) > now:
            raise Later("another holds the lease", busy - now)
        if (until := max(_number(item, "not_before"), _number(pause, "not_before"))) > now:
            raise Later("the wait is not over", until - now)
        leased = self._written(item, status="sending", lease_until=now + LEASE_SECONDS)
        if leased is None:
            raise Later("another was faster", LEASE_SECONDS)
        return Claim(leased, pause)

    def sent(self, claim: Claim) -> None:
        """Record that the receiver has the notice, and that it is well again."""
        self._written(claim.item, status="sent", lease_until=0)
        if _number(claim.pause, "attempts"):
            self._written(claim.pause, attempts=0, not_before=0)

    def failed(self, claim: Claim, retry_after: int) -> int:
        """Give the lease back and pause the receiver, longer each time; return the seconds the notice has to wait."""
        wait = self._put_off(claim.item, retry_after)
        if _number(claim.pause, "not_before") <= self._clock():
            self._put_off(claim.pause, retry_after)
        return wait

    def release(self, claim: Claim) -> None:
        """Give the lease back, so that the notice can be sent whenever it comes again."""
        self._written(claim.item, status="refused", lease_until=0)

    def _put_off(self, item: Item, retry_after: int) -> int:
        attempts = _number(item, "attempts")
        wait = max(retry_after, min(_LONGEST, _SHORTEST << min(attempts, 16)))
        self._written(
            item, status="waiting", lease_until=0, attempts=attempts + 1, not_before=int(self._clock()) + wait
        )
        return wait

    def _written(self, item: Item, **changes: str | int) -> Item | None:
        """Store an item changed; None if another writer was faster, whose word then counts."""
        revision = _number(item, "revision")
        expires = int(self._clock()) + KEPT_SECONDS
        changed: Item = {**item, **changes, "revision": revision + 1, "expires": expires}
        return changed if self._table.replace(changed, revision) else None


def _blank(pk: str, sk: str) -> Item:
    return {"pk": pk, "sk": sk, "revision": 0, "attempts": 0}


def _number(item: Item, name: str) -> int:
    return int(item.get(name, 0))
