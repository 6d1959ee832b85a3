import json
from datetime import UTC, datetime

import pytest

from relay.drain import Drain
from relay.errors import Unavailable
from relay.event import read
from relay.keyring import Keyring
from relay.orchestrator.signature import sign
from relay.publish import Publisher
from relay.request import Request
from relay.spool import pack, unpack

RECEIVED = datetime(2026, 11, 21, 3, 0, 0, 5, UTC)
SECRET = "the secret"


class Stores:
    """Topic, queue and bucket in one."""

    def __init__(self):
        self.published, self.delays, self.objects, self.down, self.refusals = [], [], {}, False, 0

    def publish(self, text, _):
        if self.down:
            self.refusals += 1
            raise Unavailable("the events topic did not take the event: Throttled")
        self.published.append(text)

    def deposit(self, body, sha256):
        self.objects[f"payloads/{sha256}"] = body
        return f"s3://bucket/payloads/{sha256}"

    def delay(self, _, seconds):
        self.delays.append(seconds)

    def keys(self, prefix):
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def get(self, key):
        return self.objects[key]

    def put(self, key, content, _):
        self.objects[key] = content

    def delete(self, key):
        del self.objects[key]


@pytest.fixture
def stores():
    return Stores()


@pytest.fixture
def drain(stores):
    secrets = {("relay/sources/main/webhook", "AWSCURRENT"): ("v1", SECRET)}
    keyring = Keyring(lambda secret_id, stage: secrets.get((secret_id, stage)), "relay/sources")
    return Drain(keyring, Publisher(stores, stores), stores, stores)


def _request(body=b'{"Type":"ping"}', secret=SECRET, source="main"):
    return Request(source, RECEIVED, sign(body, secret.encode()), body)


def _batch(*texts, receives=1):
    attributes = {"ApproximateReceiveCount": str(receives), "SentTimestamp": "0"}
    return {
        "Records": [
            {"messageId": f"m{number}", "receiptHandle": f"r{number}", "body": text, "attributes": attributes}
            for number, text in enumerate(texts)
        ]
    }


def _failed(answer):
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.mark.parametrize("body", [b"", b"x", b'{"Type":"ping"}', bytes(range(256)) * 10, b"a" * 5_000_000], ids=len)
@pytest.mark.parametrize("version", [None, "v9"])
def test_a_spooled_request_comes_back_as_it_was(body, version):
    request = _request(body)

    assert unpack(pack(request, version)) == (request, version)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "x", json.dumps({"body": 1}), pack(_request(), None)[:-9]])
def test_what_is_no_spooled_request_fails_alone(drain, stores, text):
    answer = drain.records(_batch(text, pack(_request(), "v1")))

    assert _failed(answer) == ["m0"]
    assert len(stores.published) == 1


def test_a_verified_request_is_published_with_its_first_time_of_receipt(drain, stores):
    answer = drain.records(_batch(pack(_request(secret="rotated away since"), "v0")))

    event = read(stores.published[0])
    assert _failed(answer) == []
    assert (event.receivedat, event.secretversion, event.body) == (
        "2026-11-21T03:00:00.0000050Z",
        "v0",
        b'{"Type":"ping"}',
    )


def test_an_unverified_request_is_verified_first(drain, stores):
    answer = drain.records(_batch(pack(_request(), None)))

    assert _failed(answer) == []
    assert read(stores.published[0]).secretversion == "v1"


@pytest.mark.parametrize("forged", [_request(secret="forged"), _request(source="nobody")], ids=["secret", "source"])
def test_a_forgery_is_dropped(drain, stores, forged):
    answer = drain.records(_batch(pack(forged, None)))

    assert (_failed(answer), stores.published) == ([], [])


@pytest.mark.parametrize(("receives", "seconds"), [(1, 10), (2, 20), (5, 160), (8, 900), (1000, 900)])
def test_what_cannot_be_published_comes_again_later_each_time(drain, stores, receives, seconds):
    stores.down = True

    answer = drain.records(_batch(pack(_request(), "v1"), receives=receives))

    assert (_failed(answer), stores.delays) == (["m0"], [seconds])


def test_a_sweep_publishes_objects_and_deletes_them_after(drain, stores):
    for number in range(3):
        stores.objects[f"spool/{number}.json"] = pack(_request(b'{"EventId":"%d"}' % number), "v1").encode()

    swept = drain.sweep(lambda: True)

    assert swept == 3
    assert stores.objects == {}
    assert [read(text).body for text in stores.published] == [
        b'{"EventId":"0"}',
        b'{"EventId":"1"}',
        b'{"EventId":"2"}',
    ]


def test_a_sweep_keeps_what_it_cannot_publish(drain, stores):
    stores.down = True
    stores.objects["spool/0.json"] = pack(_request(), "v1").encode()

    assert drain.sweep(lambda: True) == 0
    assert list(stores.objects) == ["spool/0.json"]


def test_one_source_that_cannot_be_verified_holds_up_no_other(stores):
    def read(secret_id, stage):
        if "/broken/" in secret_id:
            raise Unavailable("a secret could not be read: AccessDeniedException")
        return ("v1", SECRET) if stage == "AWSCURRENT" else None

    drain = Drain(Keyring(read, "relay/sources"), Publisher(stores, stores), stores, stores)
    stores.objects["spool/0.json"] = pack(_request(source="broken"), None).encode()
    stores.objects["spool/1.json"] = pack(_request(), None).encode()

    assert drain.sweep(lambda: True) == 1
    assert list(stores.objects) == ["spool/0.json"]


def test_a_sweep_does_not_try_forever_while_the_topic_is_down(drain, stores):
    stores.down = True
    for number in range(50):
        stores.objects[f"spool/{number:02}.json"] = pack(_request(), "v1").encode()

    assert drain.sweep(lambda: len(stores.objects) == 50) == 0
    assert stores.refusals == 10


def test_a_sweep_stops_when_its_time_is_over(drain, stores):
    stores.objects["spool/0.json"] = pack(_request(), "v1").encode()

    assert drain.sweep(lambda: False) == 0
    assert stores.published == []


def test_an_unreadable_object_is_quarantined(drain, stores):
    stores.objects["spool/0.json"] = b"\xff not ours"

    drain.sweep(lambda: True)

    assert stores.objects == {"quarantine/0.json": b"\xff not ours"}
