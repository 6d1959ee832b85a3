"""A webhook request as it was received, and how it is verified: by ingest, or by drain when secrets are back."""

import base64
import re
from datetime import datetime
from typing import Any, NamedTuple

from relay.errors import Unauthorized, Unavailable, UnknownSource
from relay.keyring import Keyring, Keys
from relay.orchestrator.signature import HEADER, claimed_digest, verifying_secret
from relay.safe import SOURCE_NAME

_SOURCE = re.compile(SOURCE_NAME, re.ASCII)


class Request(NamedTuple):
    """What must be kept of a request so that nothing is lost: bytes, signature, whose it is, when it came (UTC)."""

    source: str
    received_at: datetime
    signature: str
    body: bytes


def received(event: dict[str, Any], now: datetime) -> Request:
    """Read an API Gateway HTTP API event (payload format 2.0); raises UnknownSource, Unauthorized."""
    source: str = event["pathParameters"]["source"]
    if not _SOURCE.fullmatch(source):
        raise UnknownSource("a source's name has at most 32 characters of a-z, 0-9 and -")
    signature = _header(event["headers"])
    if claimed_digest(signature) is None:
        raise Unauthorized("signature missing or malformed: set the webhook's secret in Orchestrator")
    return Request(source, now, signature, _body(event))


def verified(request: Request, keyring: Keyring, keys: Keys | None = None) -> str:
    """Return the version of the secret that signed the request; without keys they are read where they are not fresh.

    Raises Unauthorized where every stage was read within the last minute and none did, UnknownSource where the source
    has no secret, Unavailable where neither can be known now.
    """
    digest = claimed_digest(request.signature)
    if digest is None:
        raise Unauthorized("signature missing or malformed: set the webhook's secret in Orchestrator")
    keys = keys or keyring.keys(request.source)
    version = verifying_secret(digest, request.body, keys.pairs)
    if version:
        return version
    if keyring.is_fresh(keys):
        raise Unauthorized("signature is wrong: the webhook's secret in Orchestrator is not the one stored here")
    raise Unavailable("the secrets cannot be read, so a mismatch proves nothing")


def remembered(request: Request, keyring: Keyring) -> str | None:
    """Return the version that signed the request among the secrets read before: for when reading takes too long."""
    digest = claimed_digest(request.signature)
    return verifying_secret(digest, request.body, keyring.remembered(request.source)) if digest else None


def _header(headers: dict[str, str]) -> str:
    """API Gateway writes names in lower case; `sam local start-api` hands them over as Python's servers write them."""
    found = headers.get(HEADER) or next((value for name, value in headers.items() if name.lower() == HEADER), None)
    return found or ""


def _body(event: dict[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
