"""The webhook signature: Base64 of HMAC-SHA256 over the raw body, keyed by the secret's UTF-8 bytes.

Source: UiPath, "About webhooks", section on verifying requests. The `sha256=` prefix with hexadecimal or Base64 is
what UiPath's own tool documentation shows; it is as strong and accepted too. Nothing weaker is.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable

HEADER = "x-uipath-signature"
_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def sign(body: bytes, secret: bytes) -> str:
    """Return the header value Orchestrator sends for this body."""
    return base64.b64encode(_digest(body, secret)).decode()


def claimed_digest(header: str | None) -> bytes | None:
    """Return the 32 bytes a header claims, None where it is missing or malformed."""
    if not header:
        return None
    value = header.removeprefix("sha256=")
    if value != header and _HEX.fullmatch(value):
        return bytes.fromhex(value)
    return _standard_base64(value)


def verifying_secret(digest: bytes, body: bytes, secrets: Iterable[tuple[str, bytes]]) -> str | None:
    """Return the version of the first (version, secret) that signed the body, else None; empty ones sign nothing."""
    for version, secret in secrets:
        if secret and hmac.compare_digest(_digest(body, secret), digest):
            return version
    return None


def _digest(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256")


def _standard_base64(value: str) -> bytes | None:
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == 32 and base64.b64encode(digest).decode() == value else None
