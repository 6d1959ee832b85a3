"""Whole Lambda events, for `sam local invoke` and our tests: `python -m tests.invocations` writes events/invocations/.

Requests are signed with the local cloud's fixed fake secret; batches bear envelopes as SNS delivers them raw.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.aws import ACCOUNT, REGION
from local.cloud import WEBHOOK_SECRET
from local.edge.api import Api, Route
from local.edge.event import HttpRequest, event_of
from relay.event import read, wrap
from relay.notify.decide import deliveries
from relay.notify.rules import load
from relay.orchestrator.signature import HEADER, sign

ROOT = Path(__file__).parents[1]
INVOCATIONS = ROOT / "events" / "invocations"
WEBHOOKS = ROOT / "events" / "webhooks"
RECEIVED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKEN = "00000000-0000-4000-8000-000000000000"
API = Api("relaylocal", ACCOUNT, REGION, ())
ROUTE = Route(f"POST /webhooks/{TOKEN}/{{source}}", "IngestFunction")

Json = dict[str, Any]


def invocations() -> Iterator[tuple[str, Json]]:
    """Every file's name, `<function>.<case>.json`, and content."""
    faulted, indented = (body(name) for name in ("job.faulted", "job.faulted.indented"))
    yield "ingest.good.json", request(faulted, signed=faulted)
    yield "ingest.indented.json", request(indented, signed=indented)
    yield "ingest.base64.json", request(faulted, signed=faulted, kind="application/octet-stream")
    yield "ingest.forged.json", request(faulted.replace(b"Faulted", b"Running"), signed=faulted)
    yield "archive.batch.json", batch("ArchiveQueue", ["job.started", "queueItem.transactionFailed", "custom"])
    yield "archive.partial.json", batch("ArchiveQueue", ["job.completed"], "not an envelope")
    yield "state.batch.json", batch("StateQueue", ["job.faulted", "job.started", "task.created"])
    yield "notify.batch.json", batch("NotifyQueue", ["job.faulted", "queueItem.transactionFailed", "job.started"])
    yield (
        "deliver.batch.json",
        {"Records": [record("DeliveryQueue", number, text) for number, text in enumerate(notices())]},
    )


def body(name: str) -> bytes:
    return (WEBHOOKS / f"{name}.json").read_bytes()


def request(content: bytes, *, signed: bytes, kind: str = "application/json") -> Json:
    """What API Gateway hands ingest for a POST of this content, with the signature of what was signed."""
    signature = sign(signed, WEBHOOK_SECRET.encode())
    fields = (("Content-Type", kind), ("Host", "localhost"), (HEADER, signature), ("User-Agent", "Orchestrator"))
    posted = HttpRequest("POST", f"/webhooks/{TOKEN}/main", fields, content, "127.0.0.1")
    event = event_of(posted, API, ROUTE, {"source": "main"})
    fixed = {
        "requestId": "relay-invocation=",
        "time": RECEIVED_AT.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": milliseconds(),
    }
    return event | {"requestContext": event["requestContext"] | fixed}


def batch(queue: str, names: list[str], *others: str) -> Json:
    """What Lambda's SQS poller hands a consumer: the envelopes of these bodies, then other texts."""
    envelopes = [
        wrap(body(name), relaysource="main", received_at=RECEIVED_AT, secret_version="AWSCURRENT") for name in names
    ]
    texts = [(envelope.text(), envelope.message_attributes) for envelope in envelopes]
    everything = texts + [(text, {}) for text in others]
    return {"Records": [record(queue, number, text, named) for number, (text, named) in enumerate(everything)]}


def notices() -> list[str]:
    """The delivery messages that notify makes of a faulted job."""
    envelope = wrap(body("job.faulted"), relaysource="main", received_at=RECEIVED_AT, secret_version="AWSCURRENT")
    rules = load(ROOT / "layers" / "config")
    return [delivery.text() for delivery in deliveries(read(envelope.text()), rules, lambda _: None)]


def record(queue: str, number: int, text: str, attributes: dict[str, str] | None = None) -> Json:
    """One message as Lambda gives it to a function."""
    return {
        "messageId": f"00000000-0000-4000-8000-{number:012}",
        "receiptHandle": f"receipt-{number}",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(milliseconds()),
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": str(milliseconds()),
        },
        "messageAttributes": {
            name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            for name, value in (attributes or {}).items()
        },
        "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:relay-{queue}",
        "awsRegion": REGION,
    }


def milliseconds() -> int:
    return int(RECEIVED_AT.timestamp() * 1000)


def text_of(event: Json) -> str:
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, event in invocations():
        (INVOCATIONS / name).write_text(text_of(event))
