"""How often and how long a request is tried: what may pass is waited for, what is unclear is not repeated blindly."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from relay.errors import Unavailable
from relay.exchange import ANSWER_SECONDS, OutcomeUnknown, Reply, Request, exchange, seconds_of

_MOST_BYTES = 16_000_000
# What UiPath's own clients try again.
_PASSING = frozenset((408, 429, 502, 503, 504, 524))


@dataclass(frozen=True)
class Patience:
    """`pauses` between tries, in seconds, or what Retry-After asks for; no call waits longer than `longest` in all."""

    pauses: tuple[float, ...] = (1.0, 2.0, 4.0)
    longest: float = 30.0
    answer_seconds: float = ANSWER_SECONDS
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def ask(self, request: Request, peer: str, *, repeatable: bool) -> Reply:
        """Return the last answer, good or bad; raises Unavailable where none came, OutcomeUnknown if that is unclear.

        A request that is not repeatable is sent again only if it surely did nothing.
        """
        left = self.longest
        for pause in (*self.pauses, None):
            outcome = self._try(request, peer, repeatable)
            wait = self._wait(outcome, pause)
            if wait is None or wait > left:
                break
            left -= wait
            self.sleep(wait)
        if isinstance(outcome, Unavailable):
            raise outcome
        return outcome

    def _try(self, request: Request, peer: str, repeatable: bool) -> Reply | Unavailable:
        try:
            reply = exchange(request, peer, seconds=self.answer_seconds, most=_MOST_BYTES)
        except Unavailable as error:
            if isinstance(error, OutcomeUnknown) and not repeatable:
                raise
            return error
        if not repeatable and (reply.status >= 500 or reply.status == 408):
            raise OutcomeUnknown(f"{peer} answered {reply.status}")
        return reply

    def _wait(self, outcome: Reply | Unavailable, pause: float | None) -> float | None:
        """Return how long to wait before the next try, None where there is to be none."""
        if pause is None or isinstance(outcome, Unavailable):
            return pause
        if outcome.status not in _PASSING:
            return None
        return max(pause, seconds_of(outcome.headers.get("retry-after"), self.clock()))
