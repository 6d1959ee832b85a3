"""Rows are plain dicts; what their values are for comparing, times above all."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.orchestrator.odata.tokens import BadQuery

Row = Mapping[str, Any]
Moment = tuple[datetime, int]  # whole seconds, and ticks of 100 ns

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?")


def value_at(row: Row, path: str) -> Any:
    """Return the value of `Name` or `Name/Name`, None where there is none."""
    value: Any = row
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def is_time(path: str) -> bool:
    return path.endswith(("Time", "Date", "StartProcessing", "EndProcessing", "Timestamp"))


def moment(text: str) -> Moment:
    """Read a time to its last digit; one without a zone is UTC. Raises BadQuery."""
    match = _TIME.fullmatch(text)
    try:
        value = datetime.fromisoformat(match[1] + (match[3] or "Z")) if match else None
    except ValueError:
        value = None
    if match is None or value is None:
        raise BadQuery(f"Literal '{text}' is no Edm.DateTimeOffset.")
    return value.astimezone(UTC), int((match[2] or "").ljust(7, "0")[:7])


def comparable(name: str, value: Any) -> Any:
    """Return a member's value as it is compared and ordered."""
    return moment(value) if isinstance(value, str) and is_time(name) else value
