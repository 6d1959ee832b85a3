"""Times as text that compares as text: UTC with exactly seven fraction digits, as Orchestrator's clock has."""

import re
from datetime import UTC, datetime, timedelta, timezone

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,20}))?(?:([Zz])|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)


def utc7(value: object) -> str | None:
    """Return `2018-11-26T14:14:26.2879878Z` for an ISO time; no zone means UTC; None if malformed, absent or in year 1.

    Some documented events (task.deleted, task.forwarded) bear no zone, and transactionAbandoned could bear year 1
    (UiPath, "Types of events" and the release notes of April 2025).
    """
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        return None
    day, clock, fraction, _, sign, hours, minutes = form.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(offset if sign == "+" else -offset)
            moment = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return f"{moment.isoformat()}.{(fraction or '')[:7]:0<7}Z" if moment.year > 1 else None


def moment7(moment: datetime) -> str:
    """Return an aware datetime in the same form."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
