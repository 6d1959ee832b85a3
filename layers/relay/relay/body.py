"""What a webhook body is: valid JSON that may stand in an envelope as it is, or bytes to be carried in Base64."""

import json
import re
from typing import NamedTuple, NoReturn

# A line break would split the archive's lines; U+FFFE and U+FFFF are outside the set SQS accepts.
_UNFIT = re.compile("[\n\r\ufffe\uffff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:(u[dD][89abAB]..\\u[dD][c-fC-F]..)|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_INT_DIGITS = 4_300  # Python's own bound for reading integers


class Body(NamedTuple):
    """A body's parsed value, and its text where that may be spliced into an envelope verbatim."""

    value: object
    text: str | None


def read_body(body: bytes) -> Body:
    """Parse a body once, strictly; where that fails the text is None and the value is what a lenient reading gives."""
    try:
        text = body.decode()
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer)
    except (ValueError, RecursionError):
        return Body(parse(body), None)
    if _SURROGATE_ESCAPE.search(text) and _paired(text) != text:
        return Body(parse(body), None)
    return Body(value, None if _UNFIT.search(text) else text)


def parse(body: bytes) -> object:
    """Return as much as can be read: wrong UTF-8 and lone surrogates become U+FFFD; None where nothing can be read."""
    text = _paired(body.decode("utf-8-sig", "replace"))
    try:
        return json.loads(text, strict=False, parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _paired(text: str) -> str:
    """Replace escapes of lone surrogates, which no UTF-8 writer can store, by that of U+FFFD."""
    if not _SURROGATE_ESCAPE.search(text):
        return text
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[2] else escape[0], text)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INT_DIGITS else float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
