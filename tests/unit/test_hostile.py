import gzip
import json
import time
from bisect import bisect_left

import pytest

from relay.archive import archive, distinct
from relay.body import MAX_DEPTH, parse, read_body
from relay.errors import MalformedEnvelope
from relay.event import MAX_ENVELOPE_BYTES, read, wrap
from relay.notify.decide import deliveries
from relay.notify.rules import Rules
from relay.spool import unpack
from relay.state import keep
from tests.stores import NOW, Clock, Shelf, Vault, encoded_request, ingest_of, request
from tests.tables import MemoryTable
from tests.told import event_of, sample, told

MOST_BYTES = 4_000_000
EVERYTHING = Rules.model_validate({"receivers": {"all": {"kind": "teams"}}, "rules": [{"name": "all", "to": ["all"]}]})


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def ingest(shelf):
    return ingest_of(Vault(), shelf, Clock(), seconds=60)


def _wrapped(body):
    return wrap(body, relaysource="main", received_at=NOW, secret_version="v1")


def _nested(depth, head="[", tail="]"):
    return b'{"Type":"job.faulted","x":' + (head * (depth - 1) + "0" + tail * (depth - 1)).encode() + b"}"


FORMS = {"arrays": ("[", "]"), "objects": ('{"a":', "}"), "siblings": ("[[],", "]"), "quotes": ('["]\\"]\\\\",', "]")}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_body_is_read_as_deep_as_the_bound(form):
    body = _nested(MAX_DEPTH - 1, *form)

    assert read(_wrapped(body).text()).name == "job.faulted"
    assert read_body(body).text == body.decode()


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 994, 1_497, 9_998, 200_000])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_deeper_body_is_kept_unread(form, depth):
    body = _nested(depth, *form)

    event = read(_wrapped(body).text())

    assert (event.name, event.payload, event.body) == ("unreadable", None, body)
    assert read_body(body) == (None, None)


def test_ingest_and_consumers_read_the_same_however_deep_their_stack_is():
    body = _nested(MAX_DEPTH)

    assert _called_deeper(600, lambda: parse(body)) == parse(body) is not None


def _called_deeper(calls, call):
    return _called_deeper(calls - 1, call) if calls else call()


@pytest.mark.parametrize("text", ["[" * 100_000, '\\"[{' * 10_000, "\\\\" * 999 + "{" * 200])
def test_brackets_in_text_are_not_depth(text):
    body = b'{"Type":"job.faulted","Job":{"Info":"' + text.encode() + b'"}}'

    assert read(_wrapped(body).text()).name == "job.faulted"


def _filled(head, unit, tail):
    return head + unit * ((MOST_BYTES - len(head) - len(tail)) // len(unit)) + tail


COSTLY = {
    "nested lists": _filled(b'{"a":[', b"[" * 90 + b"]" * 90 + b",", b"0]}"),
    "short lists, then an error": _filled(b"[", b"[0],", b"]"),
    "empty entities without a time": _filled(b'{"Type":"queueItem.transactionFailed","QueueItems":[', b"{},", b"0]}"),
    "entities with a time": _filled(b'{"Type":"job.faulted","Jobs":[', b'{"EndTime":"2024-01-02T03:04:05Z"},', b"0]}"),
    "backslashes and a lone surrogate": _filled(b'{"a":"', rb"\\", rb'\ud800"}'),
    "text and a lone surrogate": _filled(b'{"a":"', b"abc", rb'\ud800"}'),
    "escaped quotes, never closed": _filled(rb'{"a":"\ud800', rb"\"", b""),
    "lone surrogates": _filled(b'{"a":"', rb"\ud800", b'"}'),
    "one long integer": _filled(b'{"a":', b"9", b"}"),
    "long integers": _filled(b'{"a":[', b"9" * 4300 + b",", b"0]}"),
    "a long fraction": _filled(b'{"a":0.', b"0", b"1}"),
    "empty strings and brackets": _filled(b"[" * 101, b'"",', b""),
    "unclosed brackets": b"[" * MOST_BYTES,
}


@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY.keys())
def test_no_body_takes_the_time_an_answer_has(body):
    began = time.process_time()
    envelope = _wrapped(body)
    envelope.size(envelope.text())

    assert time.process_time() - began < 2.5
    assert envelope.body == body


@pytest.mark.parametrize(
    "name", ["x-uipath-signature", "X-UiPath-Signature", "X-Uipath-Signature", "X-UIPATH-SIGNATURE"]
)
def test_the_signature_is_found_in_any_spelling_of_its_header(ingest, name):
    asked = request(b"{}")
    signature = asked["headers"]["x-uipath-signature"]

    assert ingest.answer(asked | {"headers": {name: signature}})["statusCode"] == 200


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
@pytest.mark.parametrize("encoding", ["gzip", "br", "nonsense"])
def test_only_the_bytes_count_whatever_headers_say_of_them(ingest, shelf, content_type, encoding):
    body = b'{"Type":"job.faulted"}'
    asked = request(body)
    asked["headers"] |= {"content-type": content_type, "content-encoding": encoding}

    ingest.answer(asked)

    assert read(shelf.published[0][0]).body == body


@pytest.mark.parametrize(
    "wrong", [gzip.compress(b"{}", mtime=0), b"\x78\x9c\x03\x00", '{"Type":"ping"}'.encode("utf-16")]
)
def test_what_is_no_json_arrives_as_it_was_sent(ingest, shelf, wrong):
    ingest.answer(encoded_request(wrong))

    assert read(shelf.published[0][0]).body == wrong


@pytest.mark.parametrize(
    "name", ["../../x.y", "a/b.c", "events", "con", "..", "__proto__.x", "spool/.x", "%2e%2e/x", "C:\\x"]
)
def test_groups_that_look_like_paths_stay_one_safe_word(name):
    text = _wrapped(json.dumps({"Type": name, "EventId": "1"}).encode()).text()
    store = Shelf()

    archive([{"messageId": "m", "body": text}], store)

    (key,) = store.objects
    assert not set(read(text).relaygroup) & set("/\\%:")
    assert key.startswith("events/source=main/date=2026-11-21/hour=03/")
    assert key.count("/") == 4


def test_an_archived_line_is_read_whatever_numbers_it_holds():
    text = _wrapped(b'{"Type":"job.faulted","x":' + b"9" * 5_000 + b"}").text()

    assert [envelope["type"] for envelope in distinct([text, text])] == ["com.uipath.orchestrator.job.faulted"]


@pytest.mark.parametrize("reader", [read, unpack], ids=["envelope", "spooled"])
@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "", "null", "[]", "{}", '"x"', "9" * 5_000])
def test_a_message_that_is_not_ours_is_malformed(reader, text):
    with pytest.raises(MalformedEnvelope):
        reader(text)


@pytest.mark.parametrize("value", [5, None, [], {}, True])
@pytest.mark.parametrize("name", ["id", "receivedat", "relaysource", "data_base64"])
def test_an_envelope_whose_attributes_have_other_types_is_malformed(name, value):
    attributes = _wrapped(b"x").attributes | {"data_base64": "eA==", name: value}

    with pytest.raises(MalformedEnvelope):
        read(json.dumps(attributes))


SIZES = (
    0,
    1,
    65_535,
    65_536,
    245_000,
    MAX_ENVELOPE_BYTES,
    262_143,
    262_144,
    1_048_575,
    1_048_576,
    1_048_577,
    4_000_000,
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("asked_with", [request, encoded_request], ids=["text", "base64"])
def test_every_size_arrives(ingest, shelf, size, asked_with):
    body = (b'{"x":"' + b"a" * (size - 8) + b'"}') if size > 8 else b"x" * size

    answer = ingest.answer(asked_with(body))

    ((text, _),) = shelf.published
    event = read(text)
    assert (answer["statusCode"], len(text) <= MAX_ENVELOPE_BYTES) == (200, True)
    assert (shelf.objects[f"payloads/{event.datasha256}"] if event.dataref else event.body) == body


@pytest.mark.parametrize("tail", [b'"}', b'"'], ids=["as text", "in Base64"])
def test_a_body_is_deposited_from_the_first_byte_too_many(ingest, shelf, tail):
    def body(size):
        return b'{"x":"' + b"a" * size + tail

    too_many = bisect_left(range(MAX_ENVELOPE_BYTES), True, key=lambda size: not _fits(body(size)))

    ingest.answer(request(body(too_many - 1)))
    before = list(shelf.objects.values())
    ingest.answer(request(body(too_many)))

    assert (before, list(shelf.objects.values())) == ([], [body(too_many)])


def _fits(body):
    envelope = _wrapped(body)
    return len(envelope.text().encode()) <= MAX_ENVELOPE_BYTES


@pytest.mark.parametrize("number", [500, 5_000])
def test_many_items_of_one_event_are_all_kept_and_told_in_one_summary(number):
    item = json.loads(sample("queueItem.transactionAbandoned").body)["QueueItems"][0]
    items = [item | {"Id": n, "Key": f"k{n}", "Reference": f"r{n}"} for n in range(number)]
    event = told("queueItem.transactionAbandoned", QueueItems=items, Queue={"Name": "invoices"})
    table = MemoryTable()

    kept = keep(event, table, 30)
    (delivery,) = deliveries(event, EVERYTHING, lambda _: None)

    assert (event.subject, event.entitycount) == ("queueItem/k0", number)
    assert (kept, len(table.current())) == (number, number)
    assert {row["status"] for row in table.current().values()} == {"Abandoned"}
    assert (delivery.notice.entities, delivery.notice.title) == (
        number,
        f"Transaction abandoned: {number} in invoices",
    )
    assert len(delivery.text().encode()) < 10_000


def test_an_entity_told_many_times_in_one_event_is_one():
    event = event_of(json.dumps({"Type": "job.faulted", "EventId": "1", "Jobs": [{"Key": "k"}] * 5_000}).encode())
    table = MemoryTable()

    keep(event, table, 30)

    assert len(table.items) == 2
    assert len(deliveries(event, EVERYTHING, lambda _: None)) == 1
