"""Send hostile bodies through the relay's pure code: `python -m tests.fuzz --bodies 1000000 --processes 2`."""

import argparse
import multiprocessing
import os
import random
import sys
import time

from tests.fuzz.share import Share, send

_SHARE = 500  # bodies that a process takes at a time
_SLOWEST_ALLOWED = 1.5  # CPU seconds for one body's whole way; ingest's answer alone has a deadline of 3 s


def main() -> int:
    """Send what was asked for; return 1 if anything failed."""
    asked = _arguments()
    began = time.monotonic()
    sent, failed, slowest = 0, 0, (0.0, 0)
    end = asked.first + asked.bodies
    shares = [Share(asked.seed, first, min(first + _SHARE, end)) for first in range(asked.first, end, _SHARE)]
    with multiprocessing.get_context("spawn").Pool(min(asked.processes, len(shares))) as pool:
        for outcome in pool.imap_unordered(send, shares):
            sent, failed, slowest = sent + outcome.sent, failed + len(outcome.failures), max(slowest, outcome.slowest)
            print(*outcome.failures, sep="\n", end="")
            if sys.stderr.isatty():
                print(f"\r{sent:,} of {asked.bodies:,} bodies, {failed} failed", end="", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    print(
        f"\nseed {asked.seed}: {sent:,} bodies, {failed} failed, {seconds:.0f} s, {sent / seconds:,.0f} a second;"
        f" the slowest took {slowest[0]:.2f} s of CPU (number {slowest[1]})"
    )
    return int(failed > 0 or slowest[0] > _SLOWEST_ALLOWED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--bodies", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="another one each time, if not given")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the seed's first body to send")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
