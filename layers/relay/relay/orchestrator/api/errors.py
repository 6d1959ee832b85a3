"""What can go wrong with Orchestrator's API; the class decides whether the same call may succeed later.

Texts hold Orchestrator's own message with everything taken out that looks like an address or a secret, but for names
that the request itself gave.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from relay.errors import Refused, SettingsError, Unavailable
from relay.exchange import Reply

_LONGEST_MESSAGE = 200
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_SECRETIVE = re.compile(r"[A-Za-z0-9_+/=.~-]{24,}")  # long, and no word: a token, a key, a digest
_SAFE_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NoCredential(SettingsError):
    """The source's API secret is missing, empty or not of the form the client takes."""


class NotOrchestrator(Refused):
    """What answered is no Orchestrator API: a web page, a redirect, or JSON of another kind."""


class Rejected(Refused):
    """Orchestrator refused for good; `status` is HTTP's, `code` Orchestrator's own where it gave one."""

    def __init__(self, text: str, status: int = 0, code: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class NotAuthenticated(Rejected):
    """The credential is wrong, expired or revoked."""


class NotPermitted(Rejected):
    """The credential is right, but its scopes or roles do not allow this."""


class NotFound(Rejected):
    """There is no such thing, or none this credential may see."""


class NameTaken(Rejected):
    """Another webhook of the tenant bears the name."""


class Throttled(Unavailable):
    """Too many requests, for longer than this call can wait; `seconds` is what Orchestrator asked for."""

    def __init__(self, text: str, seconds: int = 0) -> None:
        super().__init__(text)
        self.seconds = seconds


class Troubled(Unavailable):
    """Orchestrator, or a gateway before it, failed."""


class Said(NamedTuple):
    """What an error body says, in any of the forms Orchestrator and its identity server have."""

    message: str = ""
    code: int | None = None
    trace: str = ""


# By Orchestrator's own code, else by status. Source: API guide, "Response codes"; the rest seen by UiPathOrch.
_BY_CODE: dict[int, type[Rejected]] = {1001: NameTaken, 1002: NotFound}
_BY_STATUS: dict[int, type[Rejected]] = {401: NotAuthenticated, 403: NotPermitted, 404: NotFound, 409: NameTaken}


def error_of(reply: Reply, what: str, hidden: Iterable[str] = (), names: Collection[str] = ()) -> Refused | Unavailable:
    """Return the error an answer amounts to; `what` could not be done, its text may hold `names`, never `hidden`."""
    status = reply.status
    said = said_in(reply.body)
    text = f"Orchestrator could not {what}: {_told(status, said, hidden, names)}"
    if status == 429:
        return Throttled(text)
    if status >= 500 or status == 408:
        return Troubled(text)
    if status < 400 or (status == 404 and is_page(reply)):
        return not_orchestrator(what, "a redirect" if status < 400 else "a web page")
    kind = _BY_CODE.get(said.code or 0) or _BY_STATUS.get(status, Rejected)
    return kind(text, status, said.code)


def not_orchestrator(what: str, answer: str) -> NotOrchestrator:
    return NotOrchestrator(
        f"could not {what}: the answer was {answer}, not Orchestrator's; base_url in sources.yaml is probably wrong"
    )


def is_page(reply: Reply) -> bool:
    """Tell whether an answer is a web page, as a wrong base path gives it, even with status 200."""
    kind = reply.headers.get("content-type", "")
    return kind.lower().startswith(("text/html", "application/xhtml")) or reply.body.lstrip()[:1] == b"<"


def said_in(body: bytes) -> Said:
    """Read an error body; any bytes will do."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return Said()
    if not isinstance(found, dict):
        return Said()
    inner = found.get("error")
    nested = inner if isinstance(inner, dict) else {}
    texts = (found.get("message"), found.get("errorMessage"), nested.get("message"), _oauth(found), inner)
    code = found.get("errorCode", nested.get("code"))
    return Said(
        next((text for text in texts if isinstance(text, str) and text), ""),
        code if isinstance(code, int) and not isinstance(code, bool) and code else None,
        _word(found.get("traceId")),
    )


def scrubbed(message: str, hidden: Iterable[str] = (), names: Collection[str] = ()) -> str:
    """Return a message fit for a log: one short line, without addresses, secrets or what looks like one.

    What stands in one of `names`, which were no secret when they were sent, is left.
    """
    for secret in hidden:
        message = message.replace(secret, "…") if secret else message

    def covered(found: re.Match[str]) -> str:
        return found[0] if any(found[0].rstrip(".") in name for name in names) else "…"

    message = _SECRETIVE.sub(covered, _ADDRESS.sub("<address>", message))
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in message).split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def _told(status: int, said: Said, hidden: Iterable[str], names: Collection[str]) -> str:
    code = f", code {said.code}" if said.code else ""
    message = scrubbed(said.message, hidden, names)
    trace = f" (trace {said.trace})" if said.trace else ""
    return f"{status}{code}{f': {message}' if message else ''}{trace}"


def _oauth(found: dict[str, Any]) -> str | None:
    """OAuth's own form, RFC 6749 section 5.2: a word, and perhaps a description."""
    word, description = found.get("error"), found.get("error_description")
    return f"{word}: {description}" if isinstance(word, str) and isinstance(description, str) else None


def _word(value: object) -> str:
    return value if isinstance(value, str) and _SAFE_WORD.fullmatch(value) else ""
