"""$filter: comparisons with and, or, not, in, brackets and a few functions, made into one Python predicate."""

from collections.abc import Callable, Mapping
from typing import Any

from local.orchestrator.odata.rows import Row, comparable, is_time, moment, value_at
from local.orchestrator.odata.tokens import BadQuery, Word, words

MAX_EXPRESSIONS = 100  # "The maximum number of expressions is 100."

Predicate = Callable[[Row], bool]
Known = Callable[[str], None]  # raises BadQuery for a property that is not there

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: bool(one == other),
    "ne": lambda one, other: bool(one != other),
    "gt": lambda one, other: bool(one > other),
    "ge": lambda one, other: bool(one >= other),
    "lt": lambda one, other: bool(one < other),
    "le": lambda one, other: bool(one <= other),
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


def parsed(text: str, known: Known, enums: Mapping[str, tuple[str, ...]]) -> Predicate:
    """Return what the $filter asks of a row; raises BadQuery."""
    return _Parser(words(text), known, enums).parse()


class _Parser:
    """Recursive descent, from `or` down to one comparison."""

    def __init__(self, text: list[Word], known: Known, enums: Mapping[str, tuple[str, ...]]) -> None:
        self._words, self._known, self._enums = text, known, enums
        self._at = self._count = 0

    def parse(self) -> Predicate:
        predicate = self._either()
        if self._at < len(self._words):
            raise BadQuery(f"Syntax error: '{self._words[self._at].value}' is not expected.")
        return predicate

    def _either(self) -> Predicate:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._take("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner
        self._count += 1
        if self._count > MAX_EXPRESSIONS:
            raise BadQuery(f"The node count limit of '{MAX_EXPRESSIONS}' has been exceeded.")
        return self._comparison()

    def _comparison(self) -> Predicate:
        name = self._next("name").value
        if name in _FUNCTIONS:
            return self._function(_FUNCTIONS[name])
        self._known(name)
        operator = self._next("name").value
        if operator == "in":
            wanted = self._list(name)
            return lambda row: comparable(name, value_at(row, name)) in wanted
        if operator not in _COMPARISONS:
            raise BadQuery(f"Syntax error: '{operator}' is no operator.")
        return self._compared(name, operator, self._literal(name))

    def _compared(self, name: str, operator: str, wanted: Any) -> Predicate:
        compare = _COMPARISONS[operator]
        if operator in ("eq", "ne"):
            return lambda row: compare(comparable(name, value_at(row, name)), wanted)
        if isinstance(wanted, bool | None):
            raise BadQuery("A binary operator with incompatible types was detected.")

        def ordered(row: Row) -> bool:
            value = comparable(name, value_at(row, name))
            return value is not None and compare(value, wanted)

        return ordered

    def _function(self, holds: Callable[[str, str], bool]) -> Predicate:
        self._expect("(")
        name = self._next("name").value
        self._known(name)
        self._expect(",")
        part = _text(self._next("text").value)
        self._expect(")")
        return lambda row: holds(str(value_at(row, name) or ""), part)

    def _list(self, name: str) -> list[Any]:
        self._expect("(")
        found = [self._literal(name)]
        while self._take(","):
            found.append(self._literal(name))
        self._expect(")")
        return found

    def _literal(self, name: str) -> Any:
        word = self._next()
        if word.kind == "text":
            return self._quoted(name, _text(word.value))
        if word.kind == "time":
            return moment(word.value)
        if word.kind == "number":
            return float(word.value) if "." in word.value else int(word.value)
        if word.kind == "guid":
            return word.value.lower()
        constants = {"true": True, "false": False, "null": None}
        if word.value not in constants:
            raise BadQuery(f"Could not find a property named '{word.value}'.")
        return constants[word.value]

    def _quoted(self, name: str, text: str) -> str:
        """A quoted number stands for an enum's member; a quoted time is a mistake Orchestrator refuses."""
        if is_time(name):
            raise BadQuery("A binary operator with incompatible types was detected: Edm.DateTimeOffset and Edm.String.")
        names = self._enums.get(name)
        if names is None:
            return text
        if text.isdecimal() and int(text) < len(names):
            return names[int(text)]
        if text not in names:
            raise BadQuery(f"The string '{text}' is not a valid enumeration type constant.")
        return text

    def _next(self, kind: str | None = None) -> Word:
        if self._at >= len(self._words):
            raise BadQuery("Syntax error: the expression ends too early.")
        word = self._words[self._at]
        if kind is not None and word.kind != kind:
            raise BadQuery(f"Syntax error: '{word.value}' is not expected.")
        self._at += 1
        return word

    def _take(self, value: str) -> bool:
        here = self._at < len(self._words) and self._words[self._at] in (Word("name", value), Word("sign", value))
        self._at += here
        return here

    def _expect(self, value: str) -> None:
        if not self._take(value):
            raise BadQuery(f"Syntax error: '{value}' is expected.")


def _text(quoted: str) -> str:
    return quoted[1:-1].replace("''", "'")
