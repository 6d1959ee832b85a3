"""kill -9 of a function's workers, at a boundary of one of its AWS calls."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Literal, NamedTuple, get_args

from local.cloud import LocalCloud
from tests.chaos.proxy import Answer, Call, Cut, Fault, Forward

Side = Literal["before", "after"]


class Boundary(NamedTuple):
    """Where a worker dies: before AWS has the call, or after AWS has done it and before the worker knows."""

    side: Side
    call: Call

    def __str__(self) -> str:
        return f"killed {self.side} {self.call}"


def boundaries(calls: Iterable[Call]) -> Iterator[Boundary]:
    """Return both sides of every call."""
    return (Boundary(side, call) for call in calls for side in get_args(Side))


def killing(kill: Callable[[], None], at: Mapping[int, Side]) -> Fault:
    """Return the fault that kills at the calls of these numbers, on the side given; all others pass."""

    def fault(call: Call, forward: Forward) -> Answer:
        side = at.get(call.number)
        if side is None:
            return forward()
        if side == "after":
            forward()
        kill()
        raise Cut

    return fault


def kill_workers(cloud: LocalCloud, logical_id: str) -> None:
    """End every worker of a function at once, as the loss of its machine would."""
    for pid in cloud.host.worker_pids(cloud.stack.functions[logical_id]):
        with suppress(ProcessLookupError):  # it has ended since it was listed
            os.kill(pid, signal.SIGKILL)
