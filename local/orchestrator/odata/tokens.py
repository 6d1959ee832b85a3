"""The words of a $filter: names, literals, operators, brackets."""

import re
from typing import NamedTuple

_WORDS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)(?=[\s(),]|$)
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    | (?P<number>-?\d+(?:\.\d+)?)(?=[\s(),]|$)
    | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
    | (?P<sign>[(),])
    )""",
    re.VERBOSE,
)


class BadQuery(Exception):
    """The query options cannot be understood or are refused; the text says why, as Orchestrator's message does."""


class Word(NamedTuple):
    """One word: `kind` is text, time, guid, number, name or sign."""

    kind: str
    value: str


def words(text: str) -> list[Word]:
    """Cut a $filter into its words; raises BadQuery."""
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _WORDS.match(text, at)
        if match is None:
            raise BadQuery(f"Syntax error at position {at} in '{text}'.")
        kind = str(match.lastgroup)
        found.append(Word(kind, match[kind]))
        at = match.end()
    return found
