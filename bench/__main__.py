"""Measures what ingest and archive cost, held against docs/decisions/0006-speed.md; ratios are of this one run.

The functions are the built ones, bytecode included, under the real runtime client; AWS answers from memory. What is
compared is run in turn, and the medians are divided.
"""

import argparse
import compileall
import json
import py_compile
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.aws import SECRET, canned_aws
from bench.worker import cpu_seconds
from local.aws import ACCOUNT, REGION
from local.build import Build, build
from local.runtime.function import Function
from relay.event import wrap
from relay.orchestrator.signature import HEADER, sign
from tests.invocations import record, request

HANDLERS = Path(__file__).parent / "handlers"
BODY_BYTES = 2_000
BATCH = 100
VARIABLES = {
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
    "TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:bench",
    "BUCKET_NAME": "bench",
    "SECRETS_PREFIX": "bench/sources",
    "SPOOL_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/bench",
    "UNVERIFIED_BYTES_PER_MINUTE": "1000000",
    "ANSWER_MILLISECONDS": "3000",
    "SECRET": SECRET,
    "SECRET_NAME": "bench",
}


class Row(NamedTuple):
    """One target and what was measured; `bound` is the most it may be, or the least where `at_least`."""

    what: str
    measured: float
    bound: float
    unit: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        met = self.measured >= self.bound if self.at_least else self.measured <= self.bound
        bound = f"at {'least' if self.at_least else 'most'} {self.bound:,g}"
        return f"{self.what:<58} {self.measured:>10,.4g} {self.unit:<14} {bound:<16} {'met' if met else 'NOT MET'}"


class Bench:
    """Functions that can be measured, each by its name."""

    def __init__(self, built: Build, handlers: Path, aws_url: str) -> None:
        layer = built.code("RelayLayer")
        self._functions = {
            "ingest": Function("ingest", built.code("IngestFunction"), layers=(layer,), variables=VARIABLES),
            "archive": Function("archive", built.code("ArchiveFunction"), layers=(layer,), variables=VARIABLES),
            "tutorial": Function("tutorial", handlers / "tutorial", layers=(layer,), variables=VARIABLES),
            "floor": Function("floor", handlers / "floor", variables=VARIABLES),
        }
        self._environment = {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": aws_url,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }

    def cold(self, names: Iterable[str], runs: int) -> dict[str, float]:
        """Return the median CPU seconds of a cold start, by function."""
        return self._medians(names, runs, {name: [] for name in names})

    def warm(self, events: Mapping[str, bytes], number: int, runs: int) -> dict[str, float]:
        """Return the median CPU seconds of one more event to a warm function, by function."""
        few = self._medians(events, runs, {name: [event] * (number // 10) for name, event in events.items()})
        many = self._medians(events, runs, {name: [event] * number for name, event in events.items()})
        return {name: (many[name] - few[name]) / (number - number // 10) for name in events}

    def _medians(self, names: Iterable[str], runs: int, events: Mapping[str, list[bytes]]) -> dict[str, float]:
        taken: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(runs):
            for name, times in taken.items():
                times.append(cpu_seconds(self._functions[name], self._environment, events[name]))
        return {name: statistics.median(times) for name, times in taken.items()}


def rows(bench: Bench, runs: int, number: int) -> Iterable[Row]:
    cold = bench.cold(("ingest", "tutorial", "floor"), runs)
    yield Row("cold start of ingest", cold["ingest"] / cold["tutorial"], 0.45, "of a tutorial")
    yield Row("cold start of ingest", cold["ingest"] / cold["floor"], 1.0, "of the floor")
    warm = bench.warm({"ingest": posted(), "floor": posted(), "tutorial": posted()}, number, runs)
    yield Row("CPU of a warm ingest for an event of 2 KB", warm["ingest"] / warm["floor"], 1.1, "of the floor")
    archive = bench.warm({"archive": batch()}, max(10, number // 20), runs)
    yield Row("events archived in batches of 100", BATCH / archive["archive"], 10_000, "per CPU second", at_least=True)
    for name in cold:
        print(f"{name}: {1000 * cold[name]:.0f} ms of CPU cold, {1000 * warm[name]:.2f} ms for each further event")


def body(number: int) -> bytes:
    """Return a faulted job's event of BODY_BYTES."""
    job = {"Key": f"00000000-0000-4000-8000-{number:012}", "State": "Faulted", "Info": ""}
    payload = {"Type": "job.faulted", "EventId": f"{number}", "Timestamp": "2026-03-01T12:00:00Z", "Job": job}
    job["Info"] = "x" * (BODY_BYTES - len(json.dumps(payload)))
    return json.dumps(payload).encode()


def posted() -> bytes:
    content = body(0)
    event = request(content, signed=content)
    event["headers"][HEADER.lower()] = sign(content, SECRET.encode())
    return json.dumps(event).encode()


def batch() -> bytes:
    now = datetime.now(UTC)
    envelopes = [
        wrap(body(number), relaysource="main", received_at=now, secret_version="v1") for number in range(BATCH)
    ]
    records = [record("ArchiveQueue", number, envelope.text()) for number, envelope in enumerate(envelopes)]
    return json.dumps({"Records": records}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="processes of each kind (default: %(default)s)")
    parser.add_argument("--events", type=int, default=2000, help="events to a warm process (default: %(default)s)")
    chosen = parser.parse_args()
    with canned_aws() as aws, tempfile.TemporaryDirectory() as place:
        handlers = Path(shutil.copytree(HANDLERS, Path(place) / "handlers"))
        compileall.compile_dir(handlers, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        for row in list(rows(Bench(build(), handlers, aws.url), chosen.runs, chosen.events)):
            print(row)


if __name__ == "__main__":
    main()
