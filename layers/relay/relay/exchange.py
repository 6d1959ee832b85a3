"""One HTTP exchange with a peer: TLS verified, every wait bounded, no redirect followed, nothing of it logged."""

import ssl
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from relay.errors import Refused, Unavailable

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
_LONGEST_RETRY_AFTER = 24 * 3600
_CHUNK = 65_536


class OutcomeUnknown(Unavailable):
    """The request went out and no whole answer came: the peer may have done what was asked."""


class Reply(NamedTuple):
    """What a peer answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Request(NamedTuple):
    """What is asked of a peer. Headers, body and the URL's query may hold secrets, so its text shows none of them."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"<{self.method} request>"


def exchange(request: Request, peer: str, *, seconds: float = ANSWER_SECONDS, most: int = 0) -> Reply:
    """Send a request and read at most `most` bytes of the answer; `peer` names the other side in errors.

    Raises Refused for an address that may not be used, Unavailable where no request went out, else OutcomeUnknown.
    """
    parts = _address(request.url, peer)
    connection = _connection(parts)
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        raise Unavailable(f"{peer} cannot be reached: {type(error).__name__}") from None
    try:
        connection.sock.settimeout(seconds)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body, dict(request.headers))
        return _reply(connection.getresponse(), most, time.monotonic() + seconds)
    except (OSError, HTTPException) as error:
        raise OutcomeUnknown(f"{peer} did not answer: {type(error).__name__}") from None
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


def _reply(response: HTTPResponse, most: int, until: float) -> Reply:
    """A body may come in drops, each in time; all of them together must be in time too."""
    body = b""
    while len(body) < most and (chunk := response.read1(min(_CHUNK, most - len(body)))):
        body += chunk
        if time.monotonic() > until:
            raise TimeoutError
    if response.length and len(body) < most:
        raise ConnectionError
    return Reply(response.status, {name.lower(): value for name, value in response.headers.items()}, body)


def _address(url: str, peer: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")  # which connecting does, and does not survive
        usable = bool(host) and parts.port != 0 and not parts.username and url.isascii() and url.isprintable()
    except ValueError:
        raise Refused(f"{peer}'s address is malformed") from None
    if not usable or " " in url:
        raise Refused(f"{peer}'s address is malformed")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return parts._replace(path=parts.path or "/")
    raise Refused(f"{peer}'s address is not https")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this computer, the only one that may be spoken to without TLS."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _connection(parts: SplitResult) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS, context=_tls())
    return HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
