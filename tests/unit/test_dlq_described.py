import json
from datetime import UTC, datetime

import pytest

from relay.event import wrap
from relay.notify.notices import Delivery, Notice, Origin
from relay.request import Request
from relay.spool import pack
from relayctl.dlq.described import described, json_line, line, plain
from relayctl.dlq.letters import Message

pytestmark = pytest.mark.unit

SENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"Type":"job.faulted","EventId":"7","Job":{"Key":"abc","Info":"the payload\'s secret"}}'
ORIGIN = Origin(
    id="job.faulted:7", source="/orchestrators/main", type="t", time="now", relaysource="main", datasha256=""
)


def message(body, **attributes):
    named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return Message("m-1", body, named, "receipt", 5, SENT)


def envelope(body=BODY):
    return wrap(body, relaysource="main", received_at=SENT, secret_version="v1").text()


def delivery(title):
    notice = Notice(id="n", severity="error", type="job.faulted", title=title, time="now", event=ORIGIN)
    return Delivery(receiver="operations", notice=notice).text()


@pytest.mark.parametrize("consumer", ["archive", "state", "notify"])
def test_event_is_told_by_its_attributes(consumer):
    told = described(consumer, message(envelope()))

    assert told.pop("bytes") == len(envelope())
    assert told == {
        "id": "m-1",
        "sent": "2026-03-01T12:00:00Z",
        "receives": 5,
        "type": "job.faulted",
        "event": "job.faulted:7",
        "subject": "job/abc",
        "time": "2026-03-01T12:00:00.0000000Z",
    }


def test_notice_is_told_with_its_receiver_and_why_it_was_buried():
    told = described("delivery", message(delivery("Job Invoices faulted"), reason="the receiver answered 404"))

    assert told["title"] == "Job Invoices faulted"
    assert told["receiver"] == "operations"
    assert told["event"] == "job.faulted:7"
    assert told["reason"] == "the receiver answered 404"


@pytest.mark.parametrize(("version", "verified"), [("v1", "yes"), (None, "not yet")])
def test_spooled_request_is_told_by_source_time_and_size(version, verified):
    told = described("spool", message(pack(Request("plant", SENT, "signature=", BODY * 100), version)))

    assert told["source"] == "plant"
    assert told["receivedat"] == "2026-03-01T12:00:00.0000000Z"
    assert told["requestbytes"] == len(BODY) * 100
    assert told["verified"] == verified


def test_topics_reason_for_not_reaching_the_queue_is_told():
    assert described("state", message(envelope(), ErrorCode="AccessDenied"))["reason"] == "AccessDenied"


@pytest.mark.parametrize("consumer", ["spool", "archive", "state", "notify", "delivery"])
@pytest.mark.parametrize(
    "body", ["", "x", "{}", "[]", "null", "1", '{"data":', "[" * 100_000, '{"receiver":{},"source":[]}']
)
def test_what_is_no_message_of_ours_is_still_told(consumer, body):
    told = described(consumer, message(body))

    assert told["id"] == "m-1"
    assert told["unreadable"]


@pytest.mark.parametrize(
    ("consumer", "body"),
    [
        ("state", envelope()),
        ("state", envelope() + "}"),
        ("spool", pack(Request("plant", SENT, "signature=", BODY), "v1")),
        ("spool", "the payload's secret"),
        ("delivery", '{"receiver":"the payload\'s secret"}'),
    ],
)
def test_no_line_shows_payload_or_signature(consumer, body):
    shown = line(consumer, message(body, unknown="the payload's secret")) + json_line(consumer, message(body))

    assert "secret" not in shown
    assert "signature" not in shown


def test_line_cannot_steer_the_terminal():
    hostile = message(delivery("\x1b[2J\u202egone\n" + "x" * 100), reason="\x9b31m\r")

    shown = line("delivery", hostile)

    assert shown.isprintable()
    assert "gone" in shown
    assert len(plain("x" * 1000)) == 200


def test_json_line_is_one_object():
    assert json.loads(json_line("state", message(envelope())))["receives"] == 5
