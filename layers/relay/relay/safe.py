"""Ids of a bounded, safe alphabet, so that they may stand in keys, attributes and object names."""

import hashlib
import re

SOURCE_NAME = r"[a-z0-9][a-z0-9-]{0,31}"  # a source's name stands in URLs, secrets' names and object keys
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def safe(value: object) -> str | None:
    """Return text or a number as an id of at most 100 characters, or its digest where it does not fit; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    text = str(value) if isinstance(value, str) else _decimal(value)
    return text if _SAFE.fullmatch(text) else digest(text)


def digest(text: str) -> str:
    """Return `sha256-` and 32 hexadecimal digits, for text of any content, lone surrogates included."""
    return f"sha256-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _decimal(number: int) -> str:
    """Python refuses to print integers beyond 4,300 digits; hexadecimal has no such bound."""
    return str(number) if number.bit_length() < 1024 else hex(number)
