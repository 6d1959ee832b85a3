"""A dead letter in a line, without the data it bears."""

import json
from datetime import datetime

from relay.errors import RelayError
from relay.event import read
from relay.notify.notices import read_delivery
from relay.spool import unpack
from relay.times import moment7
from relayctl.dlq.letters import Message

_LONGEST = 200


def described(consumer: str, message: Message) -> dict[str, str | int]:
    """Return what may be told of a message: never its payload, signature or attributes of unknown meaning."""
    known: dict[str, str | int] = {
        "id": message.id,
        "sent": _second(message.sent),
        "receives": message.receives,
        "bytes": len(message.body.encode("utf-8", "surrogatepass")),
    }
    reason = message.attribute("reason") or message.attribute("ErrorCode")  # deliver's, or SNS' own
    return known | _content(consumer, message.body) | ({"reason": plain(reason)} if reason else {})


def line(consumer: str, message: Message) -> str:
    """Return the same for people."""
    told = described(consumer, message)
    fixed = f"{told.pop('id')}  {told.pop('sent')}  received {told.pop('receives')}x"
    size = told.pop("bytes")
    return "  ".join([fixed, *(f"{name}: {value}" for name, value in told.items()), f"{size} bytes"])


def json_line(consumer: str, message: Message) -> str:
    return json.dumps(described(consumer, message))


def counted(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def plain(text: object) -> str:
    """Return text that cannot steer a terminal, of at most 200 characters."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(text))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _content(consumer: str, body: str) -> dict[str, str | int]:
    try:
        told = {"spool": _request, "delivery": _delivery}.get(consumer, _event)(body)
    except (RelayError, RecursionError) as error:
        return {"unreadable": plain(error) if isinstance(error, RelayError) else "nested too deeply"}
    return {name: value if isinstance(value, int) else plain(value) for name, value in told.items() if value}


def _event(body: str) -> dict[str, str | int | None]:
    event = read(body)
    return {"type": event.name, "event": event.id, "subject": event.subject, "time": event.time}


def _delivery(body: str) -> dict[str, str | int | None]:
    delivery = read_delivery(body)
    return {"receiver": delivery.receiver, "title": delivery.notice.title, "event": delivery.notice.event.id}


def _request(body: str) -> dict[str, str | int | None]:
    request, version = unpack(body)
    return {
        "source": request.source,
        "receivedat": moment7(request.received_at),
        "verified": "yes" if version else "not yet",
        "requestbytes": len(request.body),
    }


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
