import json
import random
import threading
import time

import pytest

from relay.errors import Refused, Unavailable
from relay.event import MAX_ENVELOPE_BYTES, read
from relay.keyring import STAGES
from tests.stores import HANGS, NOW, Clock, Shelf, Vault, encoded_request, ingest_of, request


@pytest.fixture
def vault():
    return Vault()


@pytest.fixture
def shelf():
    shelf = Shelf()
    yield shelf
    shelf.released.set()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ingest(vault, shelf, clock):
    return ingest_of(vault, shelf, clock)


@pytest.mark.parametrize("secret", ["the current secret", "the previous secret"])
def test_an_authentic_event_is_published(ingest, shelf, secret):
    body = b'{"Type":"job.faulted","EventId":"1","OrganizationUnitId":5,"Job":{"Key":"k"}}'

    answer = ingest.answer(request(body, secret))

    text, attributes = shelf.published[0]
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"id": "job.faulted:1.5"})
    assert read(text).body == body
    assert attributes == {
        "relaysource": "main",
        "relaygroup": "job",
        "type": "com.uipath.orchestrator.job.faulted",
        "severity": "error",
        "folderid": "5",
    }


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"not json", b"\x00\xff", b"[" * 50_000, b'{"Type":{}}'], ids=lambda body: repr(body[:12])
)
def test_any_authentic_body_is_published_from_base64_as_from_text(ingest, shelf, body):
    answer = ingest.answer(encoded_request(body))

    assert answer["statusCode"] == 200
    assert read(shelf.published[0][0]).body == body


@pytest.mark.parametrize("source", ["main", "second"])
@pytest.mark.parametrize("secret", ["wrong", "", "the secret of source third"])
def test_a_wrong_signature_is_401(ingest, shelf, source, secret):
    answer = ingest.answer(request(b"{}", secret, source))

    assert (answer["statusCode"], shelf.published) == (401, [])


def test_another_sources_secret_is_401(ingest, shelf):
    answer = ingest.answer(request(b"{}", "the secret of source second", "main"))

    assert (answer["statusCode"], shelf.published) == (401, [])


def test_an_empty_secret_verifies_nothing(ingest, shelf):
    answer = ingest.answer(request(b"{}", "", "hollow"))

    assert (answer["statusCode"], shelf.published) == (401, [])


@pytest.mark.parametrize("header", [None, "", "AAAA", "é", "the current secret"])
def test_a_malformed_signature_is_401_without_reading_a_secret(ingest, vault, header):
    headers = {} if header is None else {"x-uipath-signature": header}

    answer = ingest.answer(request(b"{}") | {"headers": headers})

    assert (answer["statusCode"], vault.reads) == (401, 0)


@pytest.mark.parametrize("source", ["nobody", "../main", "MAIN", "a" * 33, "", "main/webhook", "é"])
def test_an_unknown_source_is_404(ingest, source):
    assert ingest.answer(request(b"{}", source=source))["statusCode"] == 404


def test_secrets_are_read_once_a_minute(ingest, vault, clock):
    for _ in range(100):
        ingest.answer(request(b"{}", "forged"))
        ingest.answer(request(b"{}", source="nobody"))
    within_a_minute = vault.reads
    clock.now += 60
    ingest.answer(request(b"{}", "forged"))

    assert (within_a_minute, vault.reads) == (
        len(STAGES) + 1,
        2 * len(STAGES) + 1,
    )


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_verifies(ingest, vault, stage):
    vault.values["relay/sources/main/webhook", stage] = ("v", "the secret of this stage")

    assert ingest.answer(request(b"{}", "the secret of this stage"))["statusCode"] == 200


def test_a_rotated_secret_is_noticed_within_a_minute(ingest, vault, clock):
    ingest.answer(request(b"{}"))
    vault.values["relay/sources/main/webhook", "AWSCURRENT"] = ("v3", "a new secret")

    early = ingest.answer(request(b"{}", "a new secret"))["statusCode"]
    clock.now += 60
    late = ingest.answer(request(b"{}", "a new secret"))["statusCode"]

    assert (early, late) == (401, 200)


def test_known_secrets_verify_while_the_store_is_down(ingest, vault, shelf, clock):
    ingest.answer(request(b"{}"))
    vault.down = True
    clock.now += 3600

    authentic = ingest.answer(request(b"{}"))
    unproven = ingest.answer(request(b"{}", "perhaps new"))

    assert (authentic["statusCode"], unproven["statusCode"]) == (200, 200)
    assert [version for _, version in shelf.spooled()] == [None]


def test_known_secrets_verify_while_the_store_hangs(ingest, vault, shelf, clock):
    ingest.answer(request(b"{}"))
    vault.answers.clear()
    clock.now += 3600

    authentic = ingest.answer(request(b'{"Type":"ping"}'))
    unproven = ingest.answer(request(b"{}", "perhaps new"))
    vault.answers.set()

    assert (authentic["statusCode"], unproven["statusCode"]) == (200, 200)
    assert len(shelf.published) == 2
    assert [version for _, version in shelf.spooled()] == [None]


def test_an_unreadable_store_is_asked_again_only_after_a_while(ingest, vault, clock):
    vault.down = True

    for _ in range(20):
        ingest.answer(request(b"{}"))
    at_once = vault.reads
    clock.now += 5
    ingest.answer(request(b"{}"))

    assert (at_once, vault.reads) == (1, 2)


TROUBLE = {"unavailable": Unavailable("the store did not answer: Throttling"), "hanging": HANGS}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_what_the_topic_does_not_take_is_spooled_verified(ingest, shelf, trouble):
    shelf.faults["topic"] = trouble
    body = b'{"Type":"job.faulted"}'

    began = time.monotonic()
    answer = ingest.answer(request(body))

    ((kept, version),) = shelf.spooled()
    assert (answer["statusCode"], version, kept.body, kept.received_at) == (200, "v2", body, NOW)
    assert time.monotonic() - began < 10


def test_what_cannot_be_verified_is_spooled_unverified(ingest, vault, shelf):
    vault.down = True

    answer = ingest.answer(request(b"{}"))

    ((kept, version),) = shelf.spooled()
    assert (answer["statusCode"], version, kept.source) == (200, None, "main")
    assert shelf.published == []


def test_unverified_requests_have_a_budget(ingest, vault, clock):
    vault.down = True
    body = b"x" * 400_000

    answers = [ingest.answer(request(body))["statusCode"] for _ in range(4)]
    clock.now += 60
    later = ingest.answer(request(body))["statusCode"]

    assert (answers, later) == ([200, 200, 503, 503], 200)


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_what_the_queue_does_not_take_becomes_an_object(ingest, shelf, trouble):
    shelf.faults = {"topic": trouble, "queue": trouble}

    began = time.monotonic()
    answer = ingest.answer(request(b"{}"))

    assert (answer["statusCode"], shelf.queued, len(shelf.spooled())) == (200, [], 1)
    assert time.monotonic() - began < 10


def test_a_queue_that_answers_only_after_the_bucket_was_asked_still_counts(vault, shelf, clock):
    asked = threading.Event()

    def never_put():
        asked.set()
        shelf.released.wait(30)

    shelf.faults = {"topic": HANGS, "queue": lambda: asked.wait(30), "bucket": never_put}

    answer = ingest_of(vault, shelf, clock, seconds=3).answer(request(b"{}"))

    assert (answer["statusCode"], len(shelf.queued), shelf.objects) == (200, 1, {})


def test_what_is_too_large_for_the_queue_becomes_an_object(ingest, shelf):
    shelf.faults["topic"] = Unavailable("down")
    noise = random.Random(1).randbytes(800_000)
    fits, text = noise[:750_000], b"a" * 800_000

    for body in (noise, fits, text):
        ingest.answer(encoded_request(body))

    assert [kept.body for kept, _ in shelf.spooled()] == [fits, text, noise]
    assert len(shelf.queued) == 2


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_when_every_store_fails_it_is_503_in_time(ingest, shelf, trouble):
    shelf.faults = {"topic": trouble, "queue": trouble, "bucket": trouble}

    began = time.monotonic()
    answer = ingest.answer(request(b"{}"))

    assert answer["statusCode"] == 503
    assert time.monotonic() - began < 10


def test_what_the_topic_refuses_is_offered_in_base64(ingest, shelf):
    shelf.faults["topic for text"] = Refused("InvalidParameter")

    answer = ingest.answer(request(b'{"Type":"ping"}'))

    ((text, _),) = shelf.published
    assert answer["statusCode"] == 200
    assert read(text).body == b'{"Type":"ping"}'


def test_what_the_topic_refuses_for_good_is_quarantined(ingest, shelf):
    shelf.faults["topic"] = Refused("InvalidParameter")

    answer = ingest.answer(request(b'{"Type":"ping"}'))

    ((key, content),) = shelf.objects.items()
    assert answer["statusCode"] == 200
    assert key.startswith("quarantine/")
    assert read(content.decode()).body == b'{"Type":"ping"}'


def test_a_large_body_is_spooled_when_the_bucket_does_not_take_it(ingest, shelf):
    shelf.faults["bucket"] = Unavailable("SlowDown")
    body = b'{"x":"' + b"a" * 1_000_000 + b'"}'

    answer = ingest.answer(request(body))

    assert answer["statusCode"] == 200
    assert [kept.body for kept, _ in shelf.spooled()] == [body]


@pytest.mark.parametrize("size", [MAX_ENVELOPE_BYTES - 2_000, MAX_ENVELOPE_BYTES, 1_048_576, 4_000_000])
def test_a_large_body_is_deposited_before_its_envelope_is_published(ingest, shelf, size):
    body = b'{"Type":"ping","x":"' + b"a" * (size - 22) + b'"}'

    ingest.answer(request(body))

    text, _ = shelf.published[0]
    event = read(text)
    assert len(text) <= MAX_ENVELOPE_BYTES
    assert bool(event.dataref) == (size >= MAX_ENVELOPE_BYTES)
    assert (shelf.objects.get(f"payloads/{event.datasha256}") or event.body) == body
