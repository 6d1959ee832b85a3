"""Foreign text made fit for people and for SQS: bounded, without control characters, ids and times in one form."""

import re

from relay.times import utc7

LINE = 200
BLOCK = 1_000
ELLIPSIS = "…"

# Control characters, surrogates, the two code points SQS refuses, and the marks that reorder or hide neighbours.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_WHITE = re.compile(r"\s+")


def one_line(value: object, limit: int = LINE) -> str | None:
    """Return text or a number as one bounded line; None where there is nothing to show."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    text = _WHITE.sub(" ", _UNFIT.sub("", _written(value, limit))).strip()
    return _cut(text, limit) or None


def first_line(value: object, limit: int = LINE) -> str | None:
    """Return the first line of a text that says anything."""
    lines = value[: BLOCK * 4].splitlines() if isinstance(value, str) else []
    return next((shown for text in lines if (shown := one_line(text, limit))), None)


def block(value: object, limit: int = BLOCK) -> str | None:
    """Return a text of several lines, bounded, its line ends made one kind."""
    if not isinstance(value, str):
        return None
    lines = [_UNFIT.sub("", line).rstrip() for line in value[: limit * 4].splitlines()]
    return _cut("\n".join(lines).strip(), limit) or None


def moment(value: object) -> str | None:
    """Return `2018-11-26 14:14:26 UTC` for an ISO time; None if it is absent or malformed."""
    time = utc7(value)
    return f"{time[:10]} {time[11:19]} UTC" if time else None


def _written(value: object, limit: int) -> str:
    # Python refuses to print integers beyond 4,300 digits.
    if isinstance(value, int) and value.bit_length() > 1024:
        return hex(value)[: limit + 1]
    return str(value)[: limit * 4]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS
