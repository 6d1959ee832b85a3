"""What each kind of receiver is sent."""

import json
from collections.abc import Callable
from typing import NamedTuple

from relay.notify import slack, teams
from relay.notify.notices import Notice
from relay.notify.rules import Kind


class Post(NamedTuple):
    """A request to make: its body and the headers it needs."""

    body: bytes
    headers: dict[str, str]


def post_for(kind: Kind, notice: Notice) -> Post:
    """Render a notice for a kind of receiver; the same notice gives the same bytes."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "OrchestratorRelay/1"}
    if kind == "https":
        headers["Idempotency-Key"] = f'"{notice.id}"'
    return Post(_BODIES[kind](notice), headers)


def _document(notice: Notice) -> bytes:
    return notice.model_dump_json().encode()


def _slack(notice: Notice) -> bytes:
    return _encoded(slack.message(notice))


def _teams(notice: Notice) -> bytes:
    return _encoded(teams.message(notice))


def _encoded(message: dict[str, object]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


_BODIES: dict[Kind, Callable[[Notice], bytes]] = {"https": _document, "slack": _slack, "teams": _teams}
