import base64
import json
from datetime import UTC, datetime

import pytest

from relay.errors import Refused, Unavailable
from relay.event import MAX_ENVELOPE_BYTES, read
from relay.ingest import Ingest
from relay.keyring import Keyring
from relay.orchestrator.signature import sign

SECRETS = {
    ("relay/sources/main/webhook", "AWSCURRENT"): ("v2", "the current secret"),
    ("relay/sources/main/webhook", "AWSPREVIOUS"): ("v1", "the previous secret"),
    ("relay/sources/second/webhook", "AWSCURRENT"): ("v1", "the secret of source second"),
    ("relay/sources/hollow/webhook", "AWSCURRENT"): ("v1", ""),
}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Vault:
    """Secrets Manager in six lines: counts reads, and fails as told."""

    def __init__(self, values=SECRETS):
        self.values, self.reads, self.down = dict(values), 0, False

    def value(self, secret_id, stage):
        self.reads += 1
        if self.down:
            raise Unavailable("a secret could not be read: Throttling")
        return self.values.get((secret_id, stage))


class Shelf:
    """Topic and bucket in one: keeps what it is given, or fails as told."""

    def __init__(self, error=None):
        self.published, self.deposited, self.error = [], {}, error

    def publish(self, text, attributes):
        if self.error:
            raise self.error
        self.published.append((text, attributes))

    def deposit(self, body, sha256):
        self.deposited[sha256] = body
        return f"s3://bucket/payloads/{sha256}"


@pytest.fixture
def vault():
    return Vault()


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ingest(vault, shelf, clock):
    return Ingest(
        Keyring(vault.value, "relay/sources", clock), shelf, shelf, lambda: datetime(2026, 11, 21, tzinfo=UTC)
    )


def _request(body, secret="the current secret", source="main"):
    headers = {"content-type": "application/json", "x-uipath-signature": sign(body, secret.encode())}
    content = {"body": body.decode()} if body else {}
    return {"pathParameters": {"source": source}, "headers": headers, "isBase64Encoded": False, **content}


@pytest.mark.parametrize("secret", ["the current secret", "the previous secret"])
def test_an_authentic_event_is_published(ingest, shelf, secret):
    body = b'{"Type":"job.faulted","EventId":"1","OrganizationUnitId":5,"Job":{"Key":"k"}}'

    answer = ingest.answer(_request(body, secret))

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
    encoded = _request(b"") | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    encoded["headers"]["x-uipath-signature"] = sign(body, b"the current secret")

    answer = ingest.answer(encoded)

    assert answer["statusCode"] == 200
    assert read(shelf.published[0][0]).body == body


@pytest.mark.parametrize("source", ["main", "second"])
@pytest.mark.parametrize("secret", ["wrong", "", "the secret of source third"])
def test_a_wrong_signature_is_401(ingest, shelf, source, secret):
    answer = ingest.answer(_request(b"{}", secret, source))

    assert (answer["statusCode"], shelf.published) == (401, [])


def test_another_sources_secret_is_401(ingest, shelf):
    answer = ingest.answer(_request(b"{}", "the secret of source second", "main"))

    assert (answer["statusCode"], shelf.published) == (401, [])


def test_an_empty_secret_verifies_nothing(ingest, shelf):
    answer = ingest.answer(_request(b"{}", "", "hollow"))

    assert (answer["statusCode"], shelf.published) == (401, [])


@pytest.mark.parametrize("header", [None, "", "AAAA", "é", "the current secret"])
def test_a_malformed_signature_is_401_without_reading_a_secret(ingest, vault, header):
    request = _request(b"{}")
    request["headers"] = {} if header is None else {"x-uipath-signature": header}

    answer = ingest.answer(request)

    assert (answer["statusCode"], vault.reads) == (401, 0)


@pytest.mark.parametrize("source", ["nobody", "../main", "MAIN", "a" * 33, "", "main/webhook", "é"])
def test_an_unknown_source_is_404(ingest, source):
    assert ingest.answer(_request(b"{}", source=source))["statusCode"] == 404


def test_secrets_are_read_once_a_minute(ingest, vault, clock):
    for _ in range(100):
        ingest.answer(_request(b"{}", "forged"))
        ingest.answer(_request(b"{}", source="nobody"))
    within_a_minute = vault.reads
    clock.now += 60
    ingest.answer(_request(b"{}", "forged"))

    assert (within_a_minute, vault.reads) == (4, 6)


def test_a_rotated_secret_is_noticed_within_a_minute(ingest, vault, clock):
    ingest.answer(_request(b"{}"))
    vault.values["relay/sources/main/webhook", "AWSCURRENT"] = ("v3", "a new secret")

    early = ingest.answer(_request(b"{}", "a new secret"))["statusCode"]
    clock.now += 60
    late = ingest.answer(_request(b"{}", "a new secret"))["statusCode"]

    assert (early, late) == (401, 200)


def test_known_secrets_verify_while_the_store_is_down(ingest, vault, clock):
    ingest.answer(_request(b"{}"))
    vault.down = True
    clock.now += 3600

    authentic = ingest.answer(_request(b"{}"))["statusCode"]
    unproven = ingest.answer(_request(b"{}", "perhaps new"))["statusCode"]

    assert (authentic, unproven) == (200, 503)


def test_unreadable_secrets_are_503(ingest, vault):
    vault.down = True

    assert ingest.answer(_request(b"{}"))["statusCode"] == 503


@pytest.mark.parametrize("error", [Unavailable("the events topic did not take the event: Throttled"), Refused("no")])
def test_a_failing_topic_is_503(vault, clock, error):
    shelf = Shelf(error)

    answer = Ingest(Keyring(vault.value, "relay/sources", clock), shelf, shelf).answer(_request(b"{}"))

    assert answer["statusCode"] == 503


@pytest.mark.parametrize("size", [MAX_ENVELOPE_BYTES - 2_000, MAX_ENVELOPE_BYTES, 1_048_576, 4_000_000])
def test_a_large_body_is_deposited_before_its_envelope_is_published(ingest, shelf, size):
    body = b'{"Type":"ping","x":"' + b"a" * (size - 22) + b'"}'

    ingest.answer(_request(body))

    text, _ = shelf.published[0]
    event = read(text)
    assert len(text) <= MAX_ENVELOPE_BYTES
    assert bool(event.dataref) == (size >= MAX_ENVELOPE_BYTES)
    assert (shelf.deposited.get(event.datasha256) or event.body) == body
