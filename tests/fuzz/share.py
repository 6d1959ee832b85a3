"""A share of the fuzzer's work, for one process."""

import base64
import time
import traceback
from typing import NamedTuple

from tests.fuzz.bodies import body
from tests.fuzz.journey import Journey

_MOST_SHOWN = 4_000  # bytes of a body that a terminal should show; larger ones are made anew by their number


class Share(NamedTuple):
    """Some of a seed's bodies."""

    seed: int
    first: int
    end: int


class Outcome(NamedTuple):
    """What became of a share: what failed, and the slowest body with its CPU seconds."""

    sent: int
    failures: list[str]
    slowest: tuple[float, int]


def send(share: Share) -> Outcome:
    """Send a share's bodies; after a failure the rest goes through fresh stores."""
    journey, failures, slowest = Journey(), [], (0.0, 0)
    for number in range(share.first, share.end):
        sent = body(share.seed, number)
        began = time.process_time()
        try:
            journey.run(sent)
        except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
            failures.append(_described(share.seed, number, sent))
            journey = Journey()
        slowest = max(slowest, (time.process_time() - began, number))
    return Outcome(share.end - share.first, failures, slowest)


def _described(seed: int, number: int, sent: bytes) -> str:
    shown = base64.b64encode(sent).decode() if len(sent) <= _MOST_SHOWN else f"{len(sent):,} bytes"
    again = f"python -m tests.fuzz --seed {seed} --first {number} --bodies 1"
    return f"{traceback.format_exc(limit=-3)}body in Base64: {shown}\nagain: {again}\n"
