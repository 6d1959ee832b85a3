"""A plan as people read it: each field with its old and its new value, and no secret."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from relay.orchestrator.api import Webhook
from relay.sync.plan import Create, Delete, Drift, Plan, Update

_LONGEST_PART = 20  # of a path; what is longer may be a token
_SIGNS = {Create: "+", Update: "~", Delete: "-"}


def lines(plan: Plan) -> Iterator[str]:
    """Yield the plan, a line each: what would change, then what somebody should know of."""
    for change in plan.changes:
        yield f"{_SIGNS[type(change)]} {_headline(change)}"
        yield from (f"    {field}: {_values(old, new)}" for field, old, new in _told(change))
    yield from (
        f"! webhook {_text(name)}: none of its patterns means an event type offered here" for name in plan.impossible
    )
    yield from (f"! {pattern} means no event type offered here" for pattern in plan.unmatched)
    yield from (f"? {name} is offered here and new to this relay" for name in map(_text, plan.unknown_types))
    yield from (f"= {named(webhook)} is not ours: {shown_address(webhook.url)}" for webhook in plan.foreign)


def drift_fields(drift: Drift) -> dict[str, object]:
    """Return a drift as a log line's fields."""
    old, new = _shown(drift)
    return {"field": drift.field, "old": old, "new": new}


def named(webhook: Webhook) -> str:
    return f"webhook {webhook.id} {_text(webhook.name)}" if webhook.name else f"webhook {webhook.id}"


def shown_address(url: str) -> str:
    """Return a URL without what may be secret in it: user, query, fragment and the long parts of its path."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(malformed)"
    path = "/".join(part if len(part) <= _LONGEST_PART else f"{part[:4]}…" for part in parts.path.split("/"))
    return printable(f"{parts.scheme}://{host}{path}{'?…' if parts.query or parts.fragment else ''}")


def _headline(change: Create | Update | Delete) -> str:
    if isinstance(change, Create):
        return f"webhook {_text(change.name)} is missing"
    if isinstance(change, Delete):
        return f"{named(change.webhook)} is a duplicate"
    return named(change.webhook)


def _told(change: Create | Update | Delete) -> Iterator[tuple[str, object, object]]:
    if isinstance(change, Update):
        yield from ((drift.field, *_shown(drift)) for drift in change.drifts)
    elif isinstance(change, Create):
        drifts = (Drift(name, None, value) for name, value in change.fields.items() if name != "Secret")
        yield from ((drift.field, *_shown(drift)) for drift in drifts)


def _shown(drift: Drift) -> tuple[object, object]:
    """Two addresses that differ only where they are not shown are told apart in words."""
    old, new = _plain(drift.field, drift.old), _plain(drift.field, drift.new)
    return (f"{old} (another one)" if drift.field == "Url" and old == new else old), new


def _plain(field: str, value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(map(printable, value))
    if isinstance(value, str):
        return shown_address(value) if field == "Url" else printable(value)
    return value


def _values(old: object, new: object) -> str:
    if isinstance(old, list) and isinstance(new, list):
        gone = [f"-{name}" for name in old if name not in new]
        come = [f"+{name}" for name in new if name not in old]
        return printable(" ".join((*gone, *come)))
    return _text(new) if old is None else f"{_text(old)} -> {_text(new)}"


def _text(value: object) -> str:
    return printable(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """Return text without what a terminal or an encoder would stumble over."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
