"""Every event as one line of gzipped NDJSON in S3, in partitions by source and time of receipt.

Objects are at-least-once: SQS regroups what it retries. Identity is (`source`, `id`, `datasha256`), and every reader
shows it once (`distinct`).
"""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from relay.body import integer
from relay.errors import RelayError
from relay.event import read
from relay.telemetry import count, logger


class Store(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None: ...


class Line(NamedTuple):
    message_id: str
    partition: str
    text: str


def archive(records: list[dict[str, Any]], store: Store) -> list[str]:
    """Store a batch of SQS records, one object per partition; return the message ids of those not kept."""
    partitions: defaultdict[str, list[Line]] = defaultdict(list)
    failed = []
    for record in records:
        try:
            line = _line(record)
            partitions[line.partition].append(line)
        except RelayError as error:
            failed += _failed([record["messageId"]], error)
    for partition, lines in partitions.items():
        failed += _store(partition, lines, store)
    return failed


def _store(partition: str, lines: list[Line], store: Store) -> list[str]:
    ids = [line.message_id for line in lines]
    # The same messages redelivered together overwrite their own object.
    name = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]
    content = gzip.compress("".join(f"{line.text}\n" for line in lines).encode(), compresslevel=6, mtime=0)
    try:
        store.put(f"{partition}/{name}.ndjson.gz", content, "application/x-ndjson+gzip")
    except RelayError as error:
        return _failed(ids, error)
    count("EventsArchived", len(lines))
    return []


def _failed(ids: list[str], error: RelayError) -> list[str]:
    logger.error(
        "records not archived", extra={"error": type(error).__name__, "reason": str(error), "number": len(ids)}
    )
    count("RecordsFailed", len(ids))
    return ids


def _line(record: dict[str, Any]) -> Line:
    event = read(record["body"])
    day, hour = event.receivedat[:10], event.receivedat[11:13]
    partition = f"events/source={event.relaysource}/date={day}/hour={hour}"
    return Line(record["messageId"], partition, record["body"])


def distinct(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read archived lines as envelopes, each identity once, in the order they come."""
    seen = set()
    for line in lines:
        envelope = json.loads(line, parse_int=integer)
        identity = (envelope["source"], envelope["id"], envelope["datasha256"])
        if identity not in seen:
            seen.add(identity)
            yield envelope
