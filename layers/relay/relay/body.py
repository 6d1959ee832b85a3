"""What a webhook body is: valid JSON that may stand in an envelope as it is, or bytes to be carried in Base64."""

import json
import re
from itertools import accumulate
from typing import NamedTuple, NoReturn

# How many arrays and objects may lie in each other; deeper bodies are kept but not read. Orchestrator's own have fewer
# than ten levels. Python's bound is no bound to share: 994 less the calls under way (3.11), 1,497 (3.12), 9,998 (3.13).
MAX_DEPTH = 100
# A line break would split the archive's lines; U+FFFE and U+FFFF are outside the set SQS accepts.
_UNFIT = re.compile("[\n\r\ufffe\uffff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
# A run of anything else, a pair, or a lone one; possessive, so that no text takes more than one pass.
_ESCAPE = re.compile(
    r"(?:[^\\]++|\\(?!u[dD][89a-fA-F]).)++|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)", re.DOTALL
)
_INT_DIGITS = 4_300  # Python's own bound for reading integers
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: one level down, one up
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Body(NamedTuple):
    """A body's parsed value, and its text where that may be spliced into an envelope verbatim."""

    value: object
    text: str | None


def read_body(body: bytes) -> Body:
    """Parse a body once, strictly; where that fails the text is None and the value is what a lenient reading gives."""
    if _is_deep(body):
        return Body(None, None)
    try:
        text = body.decode()
        paired = _paired(text)
        value = json.loads(paired, parse_constant=_refuse, parse_int=integer)
    except ValueError:
        return Body(parse(body), None)
    return Body(value, text if paired == text and not _UNFIT.search(text) else None)


def parse(body: bytes) -> object:
    """Return as much as can be read: wrong UTF-8 and lone surrogates become U+FFFD; None where nothing can be read."""
    if _is_deep(body):
        return None
    text = _paired(body.decode("utf-8-sig", "replace"))
    try:
        return json.loads(text, strict=False, parse_int=integer)
    except ValueError:
        return None


def _is_deep(body: bytes) -> bool:
    """Whether more than MAX_DEPTH arrays and objects lie in each other, told without parsing."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    outside_strings = body.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2]
    steps = b"".join(outside_strings).translate(_STEPS, _NO_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > MAX_DEPTH


def _paired(text: str) -> str:
    """Replace escapes of lone surrogates, which no UTF-8 writer can store, by that of U+FFFD."""
    if not _SURROGATE_ESCAPE.search(text):
        return text
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], text)


def integer(digits: str) -> int | float:
    """Read a JSON integer of any length, which Python itself refuses to."""
    return int(digits) if len(digits) <= _INT_DIGITS else float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
