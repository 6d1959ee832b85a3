"""Pieces of JSON that break careless readers, as the text that stands in a body."""

import base64
import json
from collections.abc import Callable
from random import Random


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NUMBERS = words(
    "0 -0 -0.0 1e999 -1e999 1E-999 1e5 0.1e-7 9223372036854775807 9223372036854775808 -9223372036854775809 01 1. .5 +1"
    " - 0x1F 1_000 NaN Infinity -Infinity 1e 179769313486231570000000000000000e300 true false null True None undefined"
)
STRINGS = (
    *(r"\ud800", r"\udc00", r"\ud83d\ude00", r"\ude00\ud83d", r"\ud800\ud800\udc00", r"\\ud800", r"\\\ud800", r"\uD8"),
    *(r"\ud83d\u0041", r"\uffff", r"\ufffe", r"\u0000", r"\u000a", r"\u001f", r"\u2028", r"\u202e", r"\x41", "\\"),
    *("\ufffe", "\uffff", "\u0000", "\n", "\r\n", "\t", "\u001f", "\u007f", "\u0085", "\u2028", "\u202e", "\ufeff"),
    *(
        "\ud800",
        "\udfff",
        "😀",
        "\U0010ffff",
        "e\u0301",
        "İ",
        "ß",
        "job.faulted\\u0000",
        "JOB.FAULTED",
        "queueitem.added",
    ),
    *("../../x", "a/b", "events", "con", "..", ".", "-", "%2e%2e%2f", "C:\\\\x", "~root", "spool/", "payloads/x", " "),
    *("__proto__", "constructor", "toString", "<script>", "${jndi:x}", "{{7*7}}", "'; --", "`_*~|>", "=1+1", "$ref"),
    *('\\",\\"data\\":', '\\"data_base64\\":', ',\\"data\\":{', "main#job#k#1", "event#", "current", "null", ""),
)
TIMES = (
    *(
        "2026-11-21T03:00:00Z",
        "2026-11-21T03:00:00.1234567Z",
        "2026-11-21 03:00:00,5",
        "2026-11-21T03:00:00.12345678901Z",
    ),
    *("0001-01-01T00:00:00", "0001-12-31T23:59:59-23:59", "9999-12-31T23:59:59-23:59", "0000-00-00T00:00:00Z"),
    *(
        "2026-02-30T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T03:00:00+99:99",
        "2026-W47-6",
    ),
    *(
        "1763694000",
        "/Date(1763694000000)/",
        "-2026-11-21T03:00:00Z",
        "\uff12\uff10\uff12\uff16-11-21T03:00:00Z",
        "2026-11-21T03:00:00z",
    ),
    *("2026-11-21T03:00:00." + "9" * 30 + "Z", "Sat, 21 Nov 2026 03:00:00 GMT", "+10000-01-01T00:00:00Z"),
)
SCALARS = (*NUMBERS, *(f'"{text}"' for text in (*STRINGS, *TIMES)))


def _is_readable(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except ValueError:
        return False
    return True


READABLE = tuple(filter(_is_readable, SCALARS))
STRUCTURES = (
    "{}",
    "[]",
    "[[]]",
    "[{}]",
    "[null]",
    '{"":{}}',
    '[{"Key":"k"}]',
    '{"Key":"k","Id":1}',
    '[1,"x",{"Key":"k"}]',
)
CHARACTERS = "aZ09 .-_/:\\\"'\b\f\n\r\t\0é\u07c0\u0901中😀\u2028\ufeff\ufffe\uffff\ud800\udfff"
DEPTHS = (10, 50, 98, 99, 100, 101, 102, 400, 900, 1_000, 1_500, 5_000, 10_000, 50_000, 200_000)


def fragment(random: Random) -> str:
    """Return a piece of JSON, well-formed or nearly so."""
    return random.choice(_MAKERS)(random)


def string(random: Random) -> str:
    """Return a JSON string of characters that are seldom seen together, escaped or not."""
    text = "".join(random.choices(CHARACTERS, k=random.randrange(30)))
    return json.dumps(text, ensure_ascii=random.random() < 0.5)


def nested(random: Random) -> str:
    """Return arrays and objects in each other, at times left open."""
    depth = random.choice(DEPTHS[:3] if random.random() < 0.9 else DEPTHS[:8] if random.random() < 0.9 else DEPTHS)
    head, tail = random.choice((("[", "]"), ('{"a":', "}"), ('[{"]":', "}]"), ("[[],", "]"), ('["[\\"",', "]")))
    closed = depth if random.random() < 0.9 else random.randrange(depth)
    return head * depth + _flat(random) + tail * closed


def _digits(random: Random) -> str:
    length = random.choice((1, 15, 17, 19, 20, 39, 308, 309, 4_299, 4_300, 4_301, 10_000))
    if random.random() < 0.002:
        length = 100_000
    return random.choice(("", "-", "0.", "1e", "1e-")) + random.choice("123456789") * length


def _long(random: Random) -> str:
    return json.dumps(
        random.choice(("x", "é", "a b", "../", "\ud800", "\0", "K")) * random.choice((33, 101, 300, 1_025))
    )


def _list(random: Random) -> str:
    return "[" + ",".join(_flat(random) for _ in range(random.randrange(8))) + "]"


def _object(random: Random) -> str:
    return "{" + ",".join(f"{string(random)}:{_flat(random)}" for _ in range(random.randrange(6))) + "}"


def _flat(random: Random) -> str:
    return random.choice(SCALARS if random.random() < 0.02 else random.choice((READABLE, READABLE, STRUCTURES)))


def _noise(random: Random) -> str:
    return json.dumps(base64.b64encode(random.randbytes(random.randrange(200))).decode())


_MAKERS: tuple[Callable[[Random], str], ...] = (
    *([_flat] * 12),
    *([string] * 3),
    *([_list, _object, _long] * 2),
    *(_digits, _noise, nested),
)
