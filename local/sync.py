"""A run of SyncFunction in the local cloud, and what it said in its answer, log and metrics."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud import LocalCloud
from local.config import SOURCE

Line = Mapping[str, Any]


@dataclass(frozen=True)
class SyncRun:
    """What one run did about source main; `lines` are its log's, the metrics' included."""

    outcome: str
    lines: tuple[Line, ...]

    @property
    def drifts(self) -> list[Line]:
        return [line for line in self.lines if line.get("message") == "drift found"]

    @property
    def troubles(self) -> list[str]:
        """What went wrong, in the function's words."""
        wrong = [line for line in self.lines if line.get("level") in ("WARNING", "ERROR") and line not in self.drifts]
        return [": ".join(filter(None, (str(line["message"]), str(line.get("reason", ""))))) for line in wrong]

    @property
    def canary_milliseconds(self) -> float | None:
        return self.metric("CanaryLatency")

    def metric(self, name: str) -> float | None:
        """Return the sum of a metric, as CloudWatch reads it from the log; None where it was not counted."""
        values = [line[name] for line in self.lines if name in line and "_aws" in line]
        return sum(sum(value) for value in values) if values else None


def run_sync(cloud: LocalCloud) -> SyncRun:
    """Run it as its schedule does."""
    name = cloud.stack.functions["SyncFunction"]
    log = cloud.host.log_file(name)
    before = log.stat().st_size if log.exists() else 0
    answer = json.loads(cloud.host.invoke(name, b"{}").payload)
    outcome = answer.get("sources", {}).get(SOURCE) or answer.get("errorMessage") or "switched off"
    return SyncRun(str(outcome), tuple(_lines(log.read_bytes()[before:])))


def _lines(written: bytes) -> Iterator[Line]:
    """Yield the lines that are JSON objects; a traceback's are none."""
    for text in written.decode(errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line
