"""Bodies of every size, delivered as text and in Base64, are archived byte for byte."""

import hashlib
import json
import random
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from relay.event import MAX_ENVELOPE_BYTES, Event, wrap
from tests.local_cloud import BYTES, JSON, current, eventually, none_left, send

KI = 1024
LARGEST = 4_000_000
VERSION = "00000000-0000-4000-8000-000000000000"


class Case(NamedTuple):
    """A body, how it is delivered, and whether its envelope is too large for the queues."""

    kind: str
    body: bytes
    checked: bool


def event(size: int) -> bytes:
    """An event of this many bytes, part of them outside ASCII."""
    head = f'{{"Type":"custom","EventId":"size-{size}","EventData":"größe '.encode()
    return head + b"a" * (size - len(head) - 2) + b'"}'


def noise(size: int) -> bytes:
    return b"\xff" * (size > 0) + random.Random(size).randbytes(max(0, size - 1))


def largest(make: Callable[[int], bytes]) -> int:
    """The size of the largest body whose envelope still goes through the queues."""

    def size(length: int) -> int:
        envelope = wrap(make(length), relaysource="main", received_at=datetime.now(UTC), secret_version=VERSION)
        return len(envelope.text().encode())

    return bisect_right(range(MAX_ENVELOPE_BYTES), MAX_ENVELOPE_BYTES, lo=KI, key=size) - 1


FITS, FITS_ENCODED = largest(event), largest(noise)
SIZES = {"64 Ki": 64 * KI, "256 KiB": 256 * KI, "1 MiB": KI * KI, "4,000,000": LARGEST}
CASES = {
    "empty as text": Case(JSON, b"", False),
    "empty in Base64": Case(BYTES, b"", False),
    "1 as text": Case(JSON, b"7", False),
    "1 in Base64": Case(BYTES, b"\xff", False),
    **{f"{name} as text": Case(JSON, event(size), size > 240 * KI) for name, size in SIZES.items()},
    **{f"{name} in Base64": Case(BYTES, noise(size), size > 180 * KI) for name, size in SIZES.items()},
    "JSON of 64 Ki in Base64": Case(BYTES, event(64 * KI + 1), False),
    "JSON of 4,000,000 in Base64": Case(BYTES, event(LARGEST - 1), True),
    "240 KiB as text": Case(JSON, event(240 * KI), True),
    "240,000 as text": Case(JSON, event(240_000), False),
    "1 less than fits as text": Case(JSON, event(FITS - 1), False),
    "what just fits as text": Case(JSON, event(FITS), False),
    "1 more than fits as text": Case(JSON, event(FITS + 1), True),
    "what just fits in Base64": Case(BYTES, noise(FITS_ENCODED), False),
    "1 more than fits in Base64": Case(BYTES, noise(FITS_ENCODED + 1), True),
    # Half of it are quotes, which the invocation event escapes: 6,000,000 bytes of Lambda's 6,291,456.
    "4,000,000 with a quote in every second byte": Case(JSON, b'{"":"' + b'a":"' * ((LARGEST - 7) // 4) + b'"}', True),
}


@pytest.fixture(scope="module")
def sent(cloud, archive):
    """Post all bodies and wait until each is archived: statuses by name, events by digest."""
    with ThreadPoolExecutor(4) as senders:
        answers = senders.map(lambda case: send(cloud, case.body, kind=case.kind), CASES.values())
        statuses = dict(zip(CASES, answers, strict=True))
    wanted = {hashlib.sha256(case.body).hexdigest(): name for name, case in CASES.items() if statuses[name] == 200}
    found: dict[str, Event] = {}

    def missing():
        found.update((event.datasha256, event) for event in archive.events())
        return [name for digest, name in wanted.items() if digest not in found]

    none_left(missing, "bodies in the archive")
    return statuses, found


@pytest.mark.parametrize("name", CASES)
def test_body_is_archived_byte_for_byte(archive, sent, name):
    statuses, found = sent
    case = CASES[name]
    digest = hashlib.sha256(case.body).hexdigest()

    assert statuses[name] == 200
    assert archive.body(found[digest]) == case.body
    assert (found[digest].dataref is not None) == case.checked
    assert not case.checked or found[digest].dataref.endswith(f"/payloads/{digest}")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(BYTES, noise(4_800_000), id="in Base64 over 6 MB"),
        pytest.param(JSON, event(6_291_456), id="text over 6 MB"),
        pytest.param(JSON, event(11_000_000), id="over 10 MB"),
    ],
)
def test_beyond_lambdas_limit_the_edge_answers_413(cloud, kind, body):
    assert send(cloud, body, kind=kind) == 413


def test_state_and_notice_of_a_large_event_come_through_the_claim_check(cloud):
    job = {"Key": "job-of-4-MB", "State": "Faulted", "Info": "too much", "EndTime": "2026-03-01T12:00:00Z"}
    payload = {"Type": "job.faulted", "EventId": "large", "Timestamp": "2026-03-01T12:00:00Z", "Job": job}
    head = json.dumps(payload).encode()[:-1] + b', "Padding": "'

    status = send(cloud, head + b"a" * (LARGEST - len(head) - 2) + b'"}')

    assert status == 200
    state = eventually(lambda: current(cloud, "job", "job-of-4-MB"), "state of the large event's job")
    assert (state["status"], state["Info"]) == ("Faulted", "too much")
    eventually(
        lambda: [m for m in cloud.inbox.messages() if b'"event":{"id":"job.faulted:large"' in m.body],
        "notice of the large event",
    )
