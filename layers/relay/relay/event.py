"""The envelope: a CloudEvents 1.0 event in structured JSON, the only thing consumers know.

docs/envelope.schema.json is its contract. `data` is the body as it was signed, spliced in verbatim as the last member;
what cannot stand there unchanged goes into `data_base64`, what is too large into an object that `dataref` names.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from relay.body import Body, parse, read_body
from relay.errors import MalformedEnvelope
from relay.orchestrator.catalogue import entities, entity_of, group_of, key_of, latest_time, severity, spelled
from relay.safe import safe
from relay.times import moment7, utc7

TYPE_PREFIX = "com.uipath.orchestrator."
MAX_ENVELOPE_BYTES = 240 * 1024  # SNS and SQS take 256 KiB, message attributes included
UNREADABLE = "unreadable"
_DATA = ',"data":'


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event ready to be published: its attributes, and its data where it need not be fetched."""

    attributes: dict[str, str | int]
    body: bytes
    spliced: str | None

    def text(self, dataref: str | None = None) -> str:
        """Return the envelope on one line; with a `dataref` it names its data instead of bearing it."""
        if dataref:
            return json.dumps({**self.attributes, "dataref": dataref}, separators=(",", ":"))
        if self.spliced is None:
            encoded = base64.b64encode(self.body).decode()
            return json.dumps({**self.attributes, "data_base64": encoded}, separators=(",", ":"))
        return f"{json.dumps(self.attributes, separators=(',', ':'))[:-1]}{_DATA}{self.spliced}}}"

    def encoded(self) -> "Envelope":
        """Return the envelope with its data in Base64, however fit to stand there as it is."""
        return replace(self, spliced=None)

    def size(self, text: str) -> int:
        """Return how many bytes of UTF-8 a `text()` of this envelope takes, without encoding it."""
        spliced = self.spliced is not None and text.endswith(f"{self.spliced}}}")
        return len(text) + (len(self.body) - len(self.spliced or "") if spliced else 0)

    @property
    def message_attributes(self) -> dict[str, str]:
        """What filter policies may ask for, under the envelope's own names."""
        names = ("relaysource", "relaygroup", "type", "severity", "folderid")
        return {name: str(self.attributes[name]) for name in names if name in self.attributes}


def wrap(body: bytes, *, relaysource: str, received_at: datetime, secret_version: str) -> Envelope:
    """Turn an authentic body, however strange, into an envelope; never raises for any bytes."""
    read = read_body(body)
    payload = read.value if isinstance(read.value, dict) else {}
    name = _name(payload)
    items = entities(name, payload)
    received = moment7(received_at)
    attributes = {
        "specversion": "1.0",
        "id": _id(name, payload, body),
        "source": _source(relaysource, payload),
        "type": TYPE_PREFIX + name,
        "subject": _subject(name, payload, items),
        **_time(payload, items, received),
        "datacontenttype": _content_type(read),
        "relaysource": relaysource,
        "relaygroup": safe(group_of(name)),
        "severity": severity(name, items),
        "tenantid": safe(payload.get("TenantId")),
        "folderid": safe(payload.get("OrganizationUnitId")),
        "userid": safe(payload.get("UserId")),
        "entitycount": len(items),
        "receivedat": received,
        "secretversion": safe(secret_version),
        "datasha256": hashlib.sha256(body).hexdigest(),
    }
    return Envelope({key: value for key, value in attributes.items() if value}, body, read.text)


def _name(payload: dict[str, object]) -> str:
    name = payload.get("Type")
    known = spelled(name) if isinstance(name, str) else name
    return safe(known) or UNREADABLE


def _id(name: str, payload: dict[str, object], body: bytes) -> str:
    event_id, folder = safe(payload.get("EventId")), safe(payload.get("OrganizationUnitId"))
    if event_id is None:
        return hashlib.sha256(body).hexdigest()[:32]
    return f"{name}:{event_id}.{folder}" if folder else f"{name}:{event_id}"


def _source(relaysource: str, payload: dict[str, object]) -> str:
    tenant = safe(payload.get("TenantId"))
    return f"/orchestrators/{relaysource}/tenants/{tenant}" if tenant else f"/orchestrators/{relaysource}"


def _subject(name: str, payload: dict[str, object], items: list[dict[str, object]]) -> str | None:
    if name == "ping":
        key = safe(payload.get("EventId"))
        return f"ping/{key}" if key else None
    entity, key = entity_of(name), key_of(name, items[0]) if items else None
    return f"{entity.kind}/{key}" if entity and key else None


def _time(payload: dict[str, object], items: list[dict[str, object]], received: str) -> dict[str, str]:
    if time := utc7(payload.get("Timestamp")):
        return {"time": time, "timesource": "event"}
    if time := max(filter(None, (utc7(payload.get("EventTime")), latest_time(items))), default=None):
        return {"time": time, "timesource": "entity"}
    return {"time": received, "timesource": "received"}


def _content_type(read: Body) -> str:
    return "application/json" if read.text is not None or read.value is not None else "application/octet-stream"


@dataclass(frozen=True)
class Event:
    """An envelope as consumers read it. Times are UTC text with seven fraction digits; ids are text."""

    id: str
    source: str
    type: str
    time: str
    timesource: str
    relaysource: str
    relaygroup: str
    severity: str
    receivedat: str
    secretversion: str
    datasha256: str
    subject: str | None = None
    tenantid: str | None = None
    folderid: str | None = None
    userid: str | None = None
    entitycount: int = 0
    dataref: str | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """The event type as Orchestrator names it, `job.faulted`."""
        return self.type.removeprefix(TYPE_PREFIX)

    @cached_property
    def payload(self) -> object:
        """The body's parsed value, as much as can be read; None where nothing can be."""
        return parse(self.body)

    def with_body(self, body: bytes) -> "Event":
        """Return the event with the data its `dataref` names; raises MalformedEnvelope for any other bytes."""
        if hashlib.sha256(body).hexdigest() != self.datasha256:
            raise MalformedEnvelope("data does not match datasha256")
        return replace(self, body=body, dataref=None)


_FIELDS = {item.name for item in fields(Event)} - {"body"}
_REQUIRED = {item.name for item in fields(Event)[:11]}


def read(text: str) -> Event:
    """Read an envelope; raises MalformedEnvelope naming what is wrong, never quoting it."""
    head, spliced, data = text.partition(_DATA)
    try:
        attributes = json.loads(f"{head}}}" if spliced else head)
        missing = _REQUIRED - (attributes.keys() if isinstance(attributes, dict) else set())
        if missing:
            raise MalformedEnvelope(f"not an envelope: lacks {', '.join(sorted(missing))}")
        body = data[:-1].encode() if spliced else base64.b64decode(attributes.get("data_base64", ""), validate=True)
        event = Event(**{name: _told(name, value) for name, value in attributes.items() if name in _FIELDS})
    except (ValueError, TypeError, RecursionError) as error:
        raise MalformedEnvelope(f"not an envelope: {type(error).__name__}") from None
    return event if event.dataref else event.with_body(body)


def _told(name: str, value: Any) -> Any:
    if not isinstance(value, int if name == "entitycount" else str):
        raise MalformedEnvelope(f"not an envelope: {name} is of the wrong type")
    return value
