"""The events every kill point is given: two jobs, a queue item and a session, out of order, doubled and copied."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cloud import LocalCloud
from relay.aws.bucket import Bucket
from relay.event import MAX_ENVELOPE_BYTES, Envelope, wrap
from tests.invocations import record

# Of today, for what an item's age would remove, the embedded AWS removes too. Two receipts an hour: three partitions.
FIRST_RECEIPT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
RECEIPTS_AN_HOUR = 2
FIRST_BATCH = 6  # what is received with the first batch; the rest joins the redelivery
ONE, OTHER = "9cc6c2e4-237d-42f6-8cb8-43010652fb22", "da8fe505-d2a7-4546-b723-cf58807d69ad"
ITEM = "e855153c-6b4d-441a-82b5-3d4585214485"

CURRENT_ITEMS = 4  # two jobs, a queue item, a session
RECEIPTS, EVENTS = 10, 9  # one was received twice
TIMELINE_ITEMS = 9
NOTICES = 4


def _job(event: str, key: str, second: int, folder: int, **members: object) -> dict[str, object]:
    return _event(f"job.{event}", f"{event}-{key[:4]}", second, folder) | {"Job": {"Key": key, "Id": 7, **members}}


def _event(name: str, event_id: str, second: int, folder: int = 1) -> dict[str, object]:
    time = f"2026-03-01T12:00:{second:02}.2879878Z"
    return {"Type": name, "EventId": event_id, "Timestamp": time, "TenantId": 1, "OrganizationUnitId": folder}


def _item(event: str, second: int, **members: object) -> dict[str, object]:
    return _event(f"queueItem.{event}", event, second) | {"QueueItem": {"Key": ITEM, "Id": 22160, **members}}


def _session(state: str, second: int) -> dict[str, object]:
    session = {"SessionId": 4778, "RobotId": 3, "State": state, "ReportingTime": f"2026-03-01T12:00:{second:02}Z"}
    return _event("robot.status", f"status-{second}", second) | {"Sessions": [session]}


STORY = (
    _job("started", ONE, 1, folder=1, State="Running"),
    _job("started", ONE, 1, folder=2, State="Running"),  # the copy for the second folder, with the same EventId
    _job("completed", OTHER, 9, folder=1, State="Successful"),
    _job("faulted", ONE, 5, folder=1, State="Faulted", Info="long " * (MAX_ENVELOPE_BYTES // 5)),  # claim-checked
    _item("transactionFailed", 7, Status="Failed", ProcessingException={"Type": "BusinessException", "Reason": "no"}),
    _session("Disconnected", 6),
    _job("started", ONE, 1, folder=1, State="Running"),  # sent twice, received at two times
    _job("started", OTHER, 2, folder=1, State="Running"),  # later than what followed it
    _item("transactionStarted", 3, Status="InProgress"),
    _job("stopped", OTHER, 4, folder=1, State="Stopped"),
)


def envelopes(source: str) -> list[Envelope]:
    """Return the story's envelopes as ingest makes them for this source."""
    bodies = [json.dumps(event).encode() for event in STORY]
    return [
        wrap(body, relaysource=source, received_at=_receipt(number), secret_version="v1")
        for number, body in enumerate(bodies)
    ]


def text_of(cloud: LocalCloud, envelope: Envelope) -> str:
    """Return an envelope's text, its body deposited where it is too large."""
    text = envelope.text()
    if envelope.size(text) <= MAX_ENVELOPE_BYTES:
        return text
    bucket = Bucket(cloud.aws.client("s3"), cloud.stack.outputs["ArchiveBucketName"])
    return envelope.text(bucket.deposit(envelope.body, hashlib.sha256(envelope.body).hexdigest()))


def records(cloud: LocalCloud, source: str) -> list[dict[str, Any]]:
    """Return the story as a consumer's queue gives it to Lambda."""
    texts = [text_of(cloud, envelope) for envelope in envelopes(source)]
    return [record("Queue", number, text) for number, text in enumerate(texts)]


def _receipt(number: int) -> datetime:
    return FIRST_RECEIPT + timedelta(hours=number // RECEIPTS_AN_HOUR, seconds=number)
