"""The way of one body: signed and forged, as text and in Base64, through ingest, then through every consumer's code."""

import base64
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import relay.deadline
from relay.archive import archive, distinct
from relay.errors import RelayError
from relay.event import MAX_ENVELOPE_BYTES, Event, read
from relay.keyring import STAGES
from relay.notify.decide import deliveries
from relay.notify.formats import post_for
from relay.notify.notices import read_delivery
from relay.notify.rules import Rules
from relay.notify.teams import MAX_BYTES
from relay.orchestrator.signature import sign
from relay.request import Request
from relay.spool import pack, unpack
from relay.state import keep
from relay.telemetry import metrics
from tests.stores import NOW, SECRET, Shelf, Vault, encoded_request, ingest_of, request
from tests.tables import MemoryTable

# What SQS and SNS accept: the characters of XML 1.0, and here no line breaks either.
_FOREIGN = re.compile("[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAFE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_FORMS = {
    "id": re.compile(rf"{_SAFE}(:{_SAFE}(\.{_SAFE})?)?", re.ASCII),
    "source": re.compile(rf"/orchestrators/main(/tenants/{_SAFE})?", re.ASCII),
    "type": re.compile(rf"com\.uipath\.orchestrator\.{_SAFE}", re.ASCII),
    "subject": re.compile(rf"[a-zA-Z]+/{_SAFE}", re.ASCII),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", re.ASCII),
    "timesource": re.compile("event|entity|received"),
    "severity": re.compile("info|warning|error"),
    **dict.fromkeys(("relaygroup", "tenantid", "folderid", "userid"), re.compile(_SAFE, re.ASCII)),
}
_RULES = Rules.model_validate(
    {
        "receivers": {kind: {"kind": kind} for kind in ("https", "slack", "teams")},
        "rules": [{"name": "all", "to": ["https", "slack", "teams"]}],
    }
)
_BASE_URL = "https://cloud.uipath.com/organisation/tenant/orchestrator_"
_MOST_KEY_BYTES, _MOST_SORT_KEY_BYTES, _MOST_ITEM_BYTES = 2_048, 1_024, 400 * 1024  # DynamoDB's


class _AtOnce(Executor):
    """Makes the calls ingest has under a deadline right away: what threads do is not in question here, and costly."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        try:
            made.set_result(call(*args, **kwargs))
        except RelayError as error:
            made.set_exception(error)
        return made


class Journey:
    """One warm ingest and its stores; `run` raises AssertionError, or whatever breaks, for a body that fails."""

    def __init__(self) -> None:
        relay.deadline._CALLS = _AtOnce()  # type: ignore[assignment]
        self._shelf, self._vault = Shelf(), Vault()
        self._ingest = ingest_of(
            self._vault, self._shelf, lambda: 0.0, seconds=100
        )  # nothing grows old, nothing is late

    def run(self, body: bytes) -> Event:
        """Send a body along all its ways; return the event that it became."""
        ((text, attributes),) = {self._accepted(asked) for asked in _requests(body)}
        objects = dict(self._shelf.objects)
        self._refused(_forgery(body))
        _check_message(text, dict(attributes))
        event = _claimed(text, body, objects)
        _spooled_alike(body)
        _archived(text)
        _merged(event)
        _told(event)
        self._forget()
        return event

    def _accepted(self, asked: dict[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
        answer = self._ingest.answer(asked)

        assert (answer["statusCode"], self._shelf.queued) == (200, []), answer
        ((text, attributes),) = self._shelf.published
        assert text.startswith(f'{{"specversion":"1.0",{answer["body"].strip("{}").replace(": ", ":", 1)},"source":')
        self._shelf.published.clear()
        return text, tuple(attributes.items())

    def _refused(self, asked: dict[str, Any]) -> None:
        kept = len(self._shelf.objects)

        answer = self._ingest.answer(asked)

        assert answer["statusCode"] == 401, answer
        assert (self._shelf.published, self._shelf.queued, len(self._shelf.objects)) == ([], [], kept)

    def _forget(self) -> None:
        assert self._vault.reads == len(STAGES)
        self._shelf.objects.clear()
        metrics.clear_metrics()


def _requests(body: bytes) -> Iterator[dict[str, Any]]:
    yield encoded_request(body)
    try:
        yield request(body)
    except UnicodeDecodeError:  # bytes that no text can hold come in Base64 alone
        return


def _forgery(body: bytes) -> dict[str, Any]:
    """Return the body signed with a wrong secret, unsigned, with what is no signature, or with another body's."""
    headers: tuple[dict[str, str], ...] = (
        {"x-uipath-signature": sign(body, b"a secret of nobody")},
        {},
        {"x-uipath-signature": base64.b64encode(body[:32]).decode()},
        {"x-uipath-signature": sign(body + b" ", SECRET.encode())},
    )
    asked = list(_requests(body))
    return asked[sum(body) % len(asked)] | {"headers": headers[len(body) % len(headers)]}


def _check_message(text: str, attributes: dict[str, str]) -> None:
    assert not (found := _FOREIGN.search(text)), f"not fit for SQS: U+{ord(found[0]):04X}"
    assert len(text.encode()) <= MAX_ENVELOPE_BYTES
    assert 4 <= len(attributes) <= 10
    assert all(_FORMS.get(name, _FORMS["relaygroup"]).fullmatch(value) for name, value in attributes.items())
    (envelope,) = distinct([text])
    for name, form in _FORMS.items():
        assert name not in envelope or form.fullmatch(envelope[name]), f"{name} is not in its form"
    assert all(str(envelope[name]) == value for name, value in attributes.items())


def _claimed(text: str, body: bytes, objects: dict[str, bytes]) -> Event:
    event = read(text)
    if event.dataref:
        event = event.with_body(objects[f"payloads/{event.datasha256}"])
    assert event.body == body
    return event


def _spooled_alike(body: bytes) -> None:
    kept = Request("main", NOW, "signature", body)
    assert unpack(pack(kept, None)) == (kept, None)


def _archived(text: str) -> None:
    shelf = Shelf()
    assert archive([{"messageId": "m", "body": text}], shelf) == []
    assert list(shelf.objects) != []


def _merged(event: Event) -> None:
    table = MemoryTable()
    keep(event, table, 30)
    once = table.current()
    keep(event, table, 30)
    assert table.current() == once
    for (pk, sk), item in table.items.items():
        assert 0 < len(pk.encode()) <= _MOST_KEY_BYTES
        assert 0 < len(sk.encode()) <= _MOST_SORT_KEY_BYTES
        assert sum(len(str(value).encode()) for value in item.values()) <= _MOST_ITEM_BYTES
        assert all(isinstance(value, str) or -(2**63) < value < 2**63 for value in item.values())


def _told(event: Event) -> None:
    for delivery in deliveries(event, _RULES, lambda _: _BASE_URL):
        text = delivery.text()
        assert not (found := _FOREIGN.search(text)), f"not fit for SQS: U+{ord(found[0]):04X}"
        assert len(text.encode()) <= MAX_ENVELOPE_BYTES
        assert read_delivery(text) == delivery
        assert len(post_for(_RULES.receivers[delivery.receiver].kind, delivery.notice).body) <= MAX_BYTES
