"""Bodies to send: the samples, changed byte by byte or member by member, and JSON of every hostile sort.

The same seed and number give the same body, whatever was made before.
"""

import gzip
import json
import re
import zlib
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES
from tests.fuzz.fragments import fragment, nested, string, words
from tests.told import WEBHOOKS

_MEMBERS = words(
    "Type EventId Timestamp EventTime TenantId OrganizationUnitId UserId Job Jobs QueueItem QueueItems Queue Queues"
    " Robot Robots Session Sessions Release Releases ProcessSchedule ProcessSchedules Task Tasks Reason Error data id"
    " __proto__"
)
_FIELDS = words(
    "Key Id Name SessionId State Status Info Reference StartTime EndTime CreationTime EndProcessing ReportingTime"
    " Release Robot ProcessingException Error Title Type Priority RetryNumber IsUnresponsive Enabled Queue"
)
_VALUE = re.compile(r"(?<=[:\[,\s])(?=[^\s,:\]}])")
_DECODER = json.JSONDecoder()


class Sample(NamedTuple):
    """A documented body, and where its values are."""

    text: str
    values: list[tuple[int, int]]


def body(seed: int, number: int) -> bytes:
    """Return one body of the endless row that a seed names."""
    random = Random(f"{seed}:{number}")
    make = random.choice(_LARGE) if random.random() < 0.002 else random.choices(_MAKERS, _WEIGHTS)[0]
    made = make(random)
    text = made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")
    return random.choice(_CODINGS)(text) if random.random() < 0.02 else text


def _sample(text: str) -> Sample:
    values = []
    for start in (found.start() for found in _VALUE.finditer(text)):
        try:
            end = _DECODER.raw_decode(text, start)[1]
        except ValueError:  # inside a string
            continue
        if text[end : end + 1] != ":":
            values.append((start, end))
    return Sample(text, values)


SAMPLES = [_sample(path.read_bytes().decode()) for path in sorted(WEBHOOKS.glob("*.json"))]


def _untouched(random: Random) -> str:
    return random.choice(SAMPLES).text


def _members_changed(random: Random) -> str:
    """Put fragments in the place of values, or members before them that bear the same name."""
    text, values = random.choice(SAMPLES)
    for start, end in sorted(random.sample(values, min(len(values), random.choice((1, 1, 2, 5)))), reverse=True):
        if end <= len(text):
            text = text[:start] + _instead(random, text[start:end], text[start - 1] == ":") + text[end:]
    return text


def _instead(random: Random, value: str, after_name: bool) -> str:
    sort = random.random()
    if sort < 0.6:
        return fragment(random)
    if sort < 0.7:
        return f"[{value}]"
    if sort < 0.8:
        return f"[{value},{fragment(random)},{value}]"
    if sort < 0.9 and after_name:
        return f'{fragment(random)},"{random.choice((*_MEMBERS, *_FIELDS))}":{value}'
    return f'{{"{random.choice(_FIELDS)}":{value}}}'


def _bytes_changed(random: Random) -> bytes:
    changed = bytearray(random.choice(SAMPLES).text.encode())
    for _ in range(random.choice((1, 2, 10))):
        random.choice(_SURGERY)(random, changed)
    return bytes(changed)


def _flip(random: Random, changed: bytearray) -> None:
    if changed:
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)


def _truncate(random: Random, changed: bytearray) -> None:
    del changed[random.randrange(len(changed) + 1) :]


def _insert(random: Random, changed: bytearray) -> None:
    place = random.randrange(len(changed) + 1)
    changed[place:place] = random.choice(
        (random.randbytes(3), b"\0", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"', b"\\", b"{")
    )


def _splice(random: Random, changed: bytearray) -> None:
    other = random.choice(SAMPLES).text.encode()
    changed[random.randrange(len(changed) + 1) :] = other[random.randrange(len(other)) :]


def _generated(random: Random) -> str:
    members = [f'"Type":{_type(random)}', *(f'"{name}":{_value(random)}' for name in random.sample(_MEMBERS, 6))]
    random.shuffle(members)
    separator = random.choice((",", ",", ", ", ",\n", ",\r\n"))
    return "{" + separator.join(members) + "}"


def _type(random: Random) -> str:
    name = random.choice((*DOCUMENTED_TYPES, *OTHER_TYPES))
    spelt = random.choice((name, name, name.upper(), name + "." + "x" * random.choice((1, 100)), f"../{name}"))
    return json.dumps(spelt) if random.random() < 0.8 else fragment(random)


def _value(random: Random) -> str:
    items = [_item(random) for _ in range(random.choice((0, 1, 1, 2, 7)))]
    return random.choice((fragment(random), items[0] if items else "{}", f"[{','.join(items)}]"))


def _item(random: Random) -> str:
    return "{" + ",".join(f'"{name}":{fragment(random)}' for name in random.sample(_FIELDS, random.randrange(7))) + "}"


def _no_json(random: Random) -> bytes:
    return random.choice((b"", b" ", b"\n", b"null", b"0", b"[", b"{", b'"', random.randbytes(random.randrange(300))))


def _deep(random: Random) -> str:
    return random.choice((nested(random), f'{{"Type":"job.faulted","Job":{{"Key":"k","x":{nested(random)}}}}}'))


def _many_keys(random: Random) -> str:
    return '{"Type":"job.faulted",' + ",".join(f'"k{n}":{n}' for n in range(random.choice((1_000, 10_000)))) + "}"


def _many_items(random: Random) -> str:
    items = ",".join(f'{{"Key":"k{n}","EndProcessing":"2026-11-21T03:00:00Z"}}' for n in range(500))
    return f'{{"Type":"queueItem.transactionAbandoned","EventId":{string(random)},"QueueItems":[{items}]}}'


def _huge_member(random: Random) -> str:
    filling = random.choice(("x", "é", "\\\\", "\\ud800", "\0", "../", "9")) * random.choice((10_000, 100_000, 300_000))
    return f'{{"Type":"job.faulted","{random.choice(_MEMBERS)}":"{filling}"}}'


def _huge_number(random: Random) -> str:
    digits = random.choice(("9", "-1", "0.1", "1e9")) + "7" * random.choice((10_000, 100_000))
    return f'{{"Type":"job.faulted","{random.choice(_MEMBERS)}":{digits}}}'


_SURGERY = (_flip, _flip, _truncate, _insert, _insert, _splice)
_MAKERS: tuple[Callable[[Random], str | bytes], ...] = (
    *(_untouched, _members_changed, _bytes_changed, _generated, _no_json, fragment, _deep),
)
_WEIGHTS = (1, 45, 12, 35, 3, 2, 2)
_LARGE = (_many_keys, _many_items, _huge_member, _huge_number)
_CODINGS: tuple[Callable[[bytes], bytes], ...] = (
    lambda text: gzip.compress(text, mtime=0),
    zlib.compress,
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: b"\xff\xfe" + text,
    lambda text: text.decode("utf-8", "replace").encode("utf-16"),
    lambda text: text.decode("utf-8", "replace").encode("utf-32-be"),
    lambda text: b"\0".join((text, text)),
    lambda text: text + b"\n",
    lambda text: text + b" " + text,
    lambda text: b"\xa0" + text,
)
