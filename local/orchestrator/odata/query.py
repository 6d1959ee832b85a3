"""A whole list request: $filter, $orderby, $skip, $top, $count, $select and $expand over rows of plain dicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.orchestrator.odata.filter import parsed
from local.orchestrator.odata.rows import Row, comparable, value_at
from local.orchestrator.odata.tokens import BadQuery

MAX_ORDERS = 5  # "The maximum number of expressions is 5."
OPTIONS = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand")


@dataclass(frozen=True)
class Shape:
    """What may be asked of a list: its members, those that need $expand, enums, the largest page, implicit count."""

    type: str
    members: frozenset[str]
    expandable: frozenset[str] = frozenset()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_top: int = 1000
    always_count: bool = False

    def known(self, path: str) -> None:
        """Raise BadQuery for a property that the type has not."""
        first = path.split("/")[0]
        if first not in self.members and first not in self.expandable:
            raise BadQuery(f"Could not find a property named '{first}' on type 'UiPath.Server.Contracts.{self.type}'.")


@dataclass(frozen=True)
class Listing:
    """One page; `count` is None unless it is told."""

    rows: list[dict[str, Any]]
    count: int | None


def listed(rows: Iterable[Row], query: Mapping[str, str], shape: Shape) -> Listing:
    """Answer a list request; raises BadQuery."""
    _only_known_options(query)
    wanted = parsed(query["$filter"], shape.known, shape.enums) if query.get("$filter") else lambda _: True
    found = _ordered([row for row in rows if wanted(row)], query.get("$orderby", ""), shape)
    top = _number(query, "$top", shape.max_top)
    if top > shape.max_top:
        raise BadQuery(
            f"The limit of '{shape.max_top}' for Top query has been exceeded."
            f" The value from the incoming request is '{top}'."
        )
    skip = _number(query, "$skip", 0)
    count = len(found) if _flag(query, "$count") or shape.always_count else None
    kept = _asked(query, shape)
    page = [{name: value for name, value in row.items() if name in kept} for row in found[skip : skip + top]]
    return Listing(page, count)


def shown(row: Row, query: Mapping[str, str], shape: Shape) -> dict[str, Any]:
    """Return the members of a row that $select and $expand ask for; raises BadQuery."""
    kept = _asked(query, shape)
    return {name: value for name, value in row.items() if name in kept}


def _asked(query: Mapping[str, str], shape: Shape) -> set[str]:
    expanded = {name.split("/")[0] for name in _names(query, "$expand")}
    selected = set(_names(query, "$select"))
    for name in expanded | selected:
        shape.known(name)
    if surplus := expanded - shape.expandable:
        raise BadQuery(f"Property '{surplus.pop()}' on type '{shape.type}' is not a navigation property.")
    return (set(shape.members) & selected if selected else set(shape.members)) | expanded


def _only_known_options(query: Mapping[str, str]) -> None:
    for name in query:
        if name.startswith("$") and name not in OPTIONS:
            raise BadQuery(f"The query parameter '{name}' is not supported.")


def _ordered(rows: Sequence[Row], text: str, shape: Shape) -> Sequence[Row]:
    orders = [part.split() for part in text.split(",") if part.strip()]
    if len(orders) > MAX_ORDERS:
        raise BadQuery(f"The number of clauses in $orderby query option exceeded the maximum number {MAX_ORDERS}.")
    for name, *direction in reversed(orders):
        shape.known(name)
        if direction not in ([], ["asc"], ["desc"]):
            raise BadQuery(f"Syntax error in $orderby: '{text}'.")
        rows = sorted(rows, key=lambda row, path=name: _rank(path, row), reverse=direction == ["desc"])  # type: ignore[misc]
    return rows


def _rank(path: str, row: Row) -> tuple[bool, Any]:
    """Null comes first."""
    value = value_at(row, path)
    if value is None:
        return False, 0
    return True, comparable(path, value)


def _names(query: Mapping[str, str], option: str) -> list[str]:
    """Return the names of a comma-separated option; nested options in brackets are cut off."""
    return [part.split("(")[0].strip() for part in query.get(option, "").split(",") if part.strip()]


def _number(query: Mapping[str, str], option: str, default: int) -> int:
    text = query.get(option, str(default))
    if not text.isdecimal():
        raise BadQuery(f"Invalid value '{text}' for {option} query option found.")
    return int(text)


def _flag(query: Mapping[str, str], option: str) -> bool:
    text = query.get(option, "false")
    if text not in ("true", "false"):
        raise BadQuery(f"Invalid value '{text}' for {option} query option found.")
    return text == "true"
