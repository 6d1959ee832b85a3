import json
from datetime import UTC, datetime

import pytest

from relay.errors import MalformedEnvelope
from relay.event import MAX_ENVELOPE_BYTES, read, wrap

RECEIVED = datetime(2026, 11, 21, 3, 0, 0, 5, UTC)
RECEIVED_TEXT = "2026-11-21T03:00:00.0000050Z"


def _event(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(wrap(raw, relaysource="main", received_at=RECEIVED, secret_version="v1").text())


@pytest.mark.parametrize(
    ("timestamp", "time"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05.0000000Z"),
        ("2024-01-02T03:04:05.1Z", "2024-01-02T03:04:05.1000000Z"),
        ("2024-01-02T03:04:05.12345Z", "2024-01-02T03:04:05.1234500Z"),
        ("2024-01-02T03:04:05.1234567Z", "2024-01-02T03:04:05.1234567Z"),
        ("2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05.1234567Z"),
        ("2021-01-19T06:30:26.25", "2021-01-19T06:30:26.2500000Z"),
        ("2024-01-02T03:04:05.5+02:00", "2024-01-02T01:04:05.5000000Z"),
        ("2024-01-02T03:04:05-0530", "2024-01-02T08:34:05.0000000Z"),
    ],
)
def test_time_is_the_timestamp_in_utc(timestamp, time):
    event = _event({"Type": "job.started", "Timestamp": timestamp})

    assert (event.time, event.timesource) == (time, "event")


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "yesterday", "0001-01-01T00:00:00", "2024-13-01T00:00:00Z", 5, {}, "9999-12-31T23:59:59-23:59"],
)
def test_time_falls_back_to_the_entities_latest_time(timestamp):
    job = {"StartTime": "2024-01-02T03:04:05Z", "EndTime": "2024-01-02T03:04:06.5Z", "DueDate": "2030-01-01T00:00:00Z"}

    event = _event({"Type": "job.completed", "Timestamp": timestamp, "Job": job})

    assert (event.time, event.timesource) == ("2024-01-02T03:04:06.5000000Z", "entity")


def test_time_falls_back_to_the_time_of_receipt():
    event = _event({"Type": "job.completed", "Job": {"StartTime": "0001-01-01T00:00:00"}})

    assert (event.time, event.timesource) == (RECEIVED_TEXT, "received")


@pytest.mark.parametrize(
    ("payload", "event_id"),
    [
        ({"Type": "job.faulted", "EventId": "ec5a"}, "job.faulted:ec5a"),
        ({"Type": "JOB.Faulted", "EventId": "ec5a", "OrganizationUnitId": 8972}, "job.faulted:ec5a.8972"),
        ({"Type": "job.faulted", "EventId": 307348658}, "job.faulted:307348658"),
        ({"Type": "queueitem.ADDED", "EventId": "1", "OrganizationUnitId": None}, "queueItem.added:1"),
        ({"Type": "Fancy.New", "EventId": "1"}, "Fancy.New:1"),
    ],
)
def test_id_is_type_and_event_id_and_folder(payload, event_id):
    assert _event(payload).id == event_id


@pytest.mark.parametrize("event_id", [None, "", True, [], {}])
def test_id_without_an_event_id_is_the_digest_of_the_body(event_id):
    event = _event({"Type": "job.faulted", "EventId": event_id})

    assert event.id == event.datasha256[:32]


@pytest.mark.parametrize("hostile", ["a b", "../../x", "\u0000", "x" * 2_000_000, "é", "a\nb", "\ud800", "<script>"])
@pytest.mark.parametrize("member", ["EventId", "Type", "OrganizationUnitId", "TenantId", "UserId"])
def test_ids_outside_the_safe_alphabet_become_digests(hostile, member):
    event = _event({"Type": "job.faulted", "EventId": "1", member: hostile})

    text = "".join((event.id, event.source, event.type, event.relaygroup, event.folderid or "", event.userid or ""))
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text
    assert "<" not in text
    assert "sha256-" in text
    assert len(text) < 1_000


@pytest.mark.parametrize(
    ("payload", "subject", "count"),
    [
        ({"Type": "job.faulted", "Job": {"Key": "k1"}}, "job/k1", 1),
        ({"Type": "job.faulted", "Jobs": [{"Key": "k1"}]}, "job/k1", 1),
        ({"Type": "job.created", "Jobs": {"Key": "k1"}}, "job/k1", 1),
        ({"Type": "job.stopped", "Jobs": [{"Key": "k1"}, {"Key": "k2"}]}, "job/k1", 2),
        ({"Type": "robot.status", "Sessions": [{"SessionId": 4778}]}, "session/4778", 1),
        ({"Type": "queueItem.added", "Queue": {"Id": 1}, "QueueItems": [{"Key": "q"}]}, "queueItem/q", 1),
        ({"Type": "ping", "EventId": "307348658"}, "ping/307348658", 0),
        ({"Type": "custom", "EventId": "1", "EventData": {}}, None, 0),
        ({"Type": "job.faulted"}, None, 0),
        ({"Type": "job.faulted", "Job": "text"}, None, 0),
        ({"Type": "job.faulted", "Job": [5, None, {"Key": "k"}]}, "job/k", 1),
        ({"Type": "job.faulted", "Job": {"Id": 5}}, None, 1),
    ],
)
def test_subject_is_the_first_entity(payload, subject, count):
    event = _event(payload)

    assert (event.subject, event.entitycount) == (subject, count)


@pytest.mark.parametrize(
    ("payload", "severity"),
    [
        ({"Type": "job.faulted"}, "error"),
        ({"Type": "schedule.failed"}, "error"),
        (
            {
                "Type": "queueItem.transactionFailed",
                "QueueItem": {"ProcessingException": {"Type": "ApplicationException"}},
            },
            "error",
        ),
        (
            {
                "Type": "queueItem.transactionFailed",
                "QueueItem": {"ProcessingException": {"Type": "BusinessException"}},
            },
            "warning",
        ),
        ({"Type": "queueItem.transactionFailed", "QueueItem": {}}, "error"),
        ({"Type": "job.stopped"}, "warning"),
        ({"Type": "queueItem.transactionAbandoned"}, "warning"),
        ({"Type": "robot.status", "Sessions": [{"State": "Disconnected"}]}, "warning"),
        ({"Type": "robot.status", "Sessions": [{"State": "Busy"}, {"IsUnresponsive": True}]}, "warning"),
        ({"Type": "robot.status", "Sessions": [{"State": "Busy"}]}, "info"),
        ({"Type": "job.completed"}, "info"),
        ({"Type": "job.exploded"}, "info"),
        ({}, "info"),
    ],
)
def test_severity_is_a_pure_table(payload, severity):
    assert _event(payload).severity == severity


UNREADABLE = [
    b"",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"not json",
    b"{",
    b"[" * 100_000,
    bytes(range(256)),
    b"\x1f\x8b\x08",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:12]))
def test_bodies_without_a_type_are_unreadable(body):
    event = _event(body)

    assert (event.name, event.relaygroup, event.severity, event.body) == ("unreadable", "unreadable", "info", body)


STRANGE = {
    "NaN": b'{"Type":"job.faulted","x":NaN}',
    "Infinity": b'{"Type":"job.faulted","x":-Infinity}',
    "lone surrogate": rb'{"Type":"job.faulted","x":"\ud800"}',
    "BOM": b'\xef\xbb\xbf{"Type":"job.faulted"}',
    "invalid UTF-8": b'{"Type":"job.faulted","x":"\xff"}',
    "indented": b'{\n "Type": "job.faulted"\n}',
    "U+FFFE": '{"Type":"job.faulted","x":"\ufffe"}'.encode(),
    "U+FFFF": '{"Type":"job.faulted","x":"\uffff"}'.encode(),
    "raw control character": b'{"Type":"job.faulted","x":"\x01"}',
    "NUL": b'{"Type":"job.faulted","x":"\x00"}',
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_what_may_not_stand_in_an_envelope_is_carried_in_base64(body):
    text = wrap(body, relaysource="main", received_at=RECEIVED, secret_version="v1").text()

    assert "data_base64" in json.loads(text)
    assert read(text).body == body
    assert read(text).name == "job.faulted"


VERBATIM = {
    "spaces": b' { "Type" : "job.faulted" } ',
    "duplicate keys": b'{"Type":"job.started","Type":"job.faulted"}',
    "huge number": b'{"Type":"job.faulted","x":' + b"9" * 5000 + b"}",
    "float beyond range": b'{"Type":"job.faulted","x":1e999}',
    "paired surrogates": rb'{"Type":"job.faulted","x":"\ud83d\ude00"}',
    "escaped backslash before u": rb'{"Type":"job.faulted","x":"\\ud800"}',
    "another data member": b'{"Type":"job.faulted","data":1,"x":",\\"data\\":"}',
    "astral": '{"Type":"job.faulted","x":"😀"}'.encode(),
    "10,000 keys": json.dumps({"Type": "job.faulted"} | {f"k{n}": n for n in range(10_000)}).encode(),
}


@pytest.mark.parametrize("body", VERBATIM.values(), ids=VERBATIM.keys())
def test_valid_json_is_spliced_verbatim(body):
    text = wrap(body, relaysource="main", received_at=RECEIVED, secret_version="v1").text()

    assert body.decode() in text
    assert "\n" not in text
    assert read(text).body == body
    assert read(text).name == "job.faulted"


@pytest.mark.parametrize("fill", ["a", "é", "😀", "\n"])
def test_size_is_exact(fill):
    body = json.dumps({"x": fill * 1000}, ensure_ascii=False).encode() + (b"\n" if fill == "\n" else b"")
    envelope = wrap(body, relaysource="main", received_at=RECEIVED, secret_version="v1")

    assert envelope.size(envelope.text()) == len(envelope.text().encode())


def test_a_reference_bears_no_data():
    envelope = wrap(
        b'{"x":"' + b"a" * MAX_ENVELOPE_BYTES + b'"}', relaysource="main", received_at=RECEIVED, secret_version="v1"
    )
    reference = f"s3://bucket/payloads/{envelope.attributes['datasha256']}"

    event = read(envelope.text(reference))

    assert (event.dataref, event.body) == (reference, b"")
    assert event.with_body(envelope.body).body == envelope.body
    with pytest.raises(MalformedEnvelope):
        event.with_body(b"other bytes")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not json", '{"id":"x"}', '{"specversion":"1.0","data":{}}'])
def test_what_is_no_envelope_is_refused_without_quoting_it(text):
    with pytest.raises(MalformedEnvelope) as refusal:
        read(text)

    assert text not in str(refusal.value) or not text


def test_changed_data_is_refused():
    text = wrap(b'{"Type":"ping"}', relaysource="main", received_at=RECEIVED, secret_version="v1").text()

    with pytest.raises(MalformedEnvelope):
        read(text.replace("ping", "pong"))
