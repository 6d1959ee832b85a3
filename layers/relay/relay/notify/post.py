"""One POST to a receiver: TLS verified, every wait bounded, no redirect followed, nothing of it logged."""

import ssl
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from relay.errors import Refused, Unavailable
from relay.notify.formats import Post

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
_LONGEST_RETRY_AFTER = 24 * 3600


class OutcomeUnknown(Unavailable):
    """The request went out and no answer came: the receiver may have taken it."""


class Answer(NamedTuple):
    """What a receiver said: its status and the text of its Retry-After."""

    status: int
    retry_after: str | None = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def temporary(self) -> bool:
        return self.status in (408, 425, 429) or self.status >= 500


def post(url: str, notice: Post) -> Answer:
    """Send a notice; raises Refused for an address that may not be used, Unavailable, or OutcomeUnknown."""
    parts = _address(url)
    connection = _connection(parts)
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        raise Unavailable(f"the receiver cannot be reached: {type(error).__name__}") from None
    try:
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), notice.body, notice.headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers.get("Retry-After"))
    except (OSError, HTTPException) as error:
        raise OutcomeUnknown(f"the receiver did not answer: {type(error).__name__}") from None
    finally:
        connection.close()


def seconds_of(retry_after: str | None, now: float) -> int:
    """Return how long a Retry-After, of seconds or a date, asks to wait: 0 where it says nothing, at most a day."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), _LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
        zoned = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0, min(int(zoned.timestamp() - now) + 1, _LONGEST_RETRY_AFTER))
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not parts.username and url.isascii() and url.isprintable()
    except ValueError:
        raise Refused("the receiver's address is malformed") from None
    if not usable or " " in url:
        raise Refused("the receiver's address is malformed")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return parts._replace(path=parts.path or "/")
    raise Refused("the receiver's address is not https")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _connection(parts: SplitResult) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS, context=_context())
    return HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
