"""From an event to the notices it deserves: facts, rules, and one summary where single notices would be a flood."""

from collections.abc import Callable
from typing import TypedDict

from relay.event import Event
from relay.notify.facts import Fact, Lines, Telling, fact, identity
from relay.notify.groups import DESCRIBE
from relay.notify.groups.words import title
from relay.notify.notices import SEVERITIES, Delivery, Detail, Notice, Origin, Severity
from relay.notify.rules import Rules
from relay.notify.text import BLOCK, block, one_line
from relay.orchestrator.catalogue import entities

MOST_SINGLE = 5  # what a person woken by it still reads one by one
_MOST_NAMED = 8
_NAMED_LENGTH = 110  # eight of them and the count stay within a notice's text


def deliveries(event: Event, rules: Rules, base_url: Callable[[str], str | None]) -> list[Delivery]:
    """Return a message for each notice and receiver; the same event, or a copy of it, gives the same notice ids."""
    found = facts(event, base_url(event.relaysource))
    mine: dict[str, list[Fact]] = {}
    for each in found:
        for receiver in rules.receivers_of(event, each):
            mine.setdefault(receiver, []).append(each)
    return [
        Delivery(receiver=receiver, notice=notice)
        for receiver, told in mine.items()
        for notice in _notices(event, told)
    ]


def facts(event: Event, base_url: str | None) -> list[Fact]:
    """Return one fact for each entity; an event none of whose entities can be read is a fact of its own."""
    describe = DESCRIBE.get(event.relaygroup)
    if describe is None:
        return []
    items = entities(event.name, event.payload) or [{}]
    found = [fact(event, item, place, describe(event, item, base_url)) for place, item in enumerate(items)]
    return list({each.id: each for each in found}.values())


def _notices(event: Event, found: list[Fact]) -> list[Notice]:
    return [_single(event, each) for each in found] if len(found) <= MOST_SINGLE else [_summary(event, found)]


def _single(event: Event, fact: Fact) -> Notice:
    telling = fact.telling
    return Notice(
        **_common(event, fact.id, [fact]),
        title=telling.title,
        reason=telling.reason,
        text=_beyond(telling.reason, telling.text),
        details=_details(telling.lines),
        link=telling.link,
    )


def _beyond(reason: str | None, text: str | None) -> str | None:
    first, _, rest = (text or "").partition("\n")
    return (rest.strip("\n") if one_line(first, BLOCK) == reason else text) or None


def _summary(event: Event, found: list[Fact]) -> Notice:
    """Show what all share once, name a few, the worst first, and count the rest; the identity is that of all facts."""
    worst_first = sorted(found, key=lambda each: SEVERITIES.index(each.severity), reverse=True)
    tellings = [each.telling for each in worst_first]
    shared = tuple(line for line in tellings[0].lines if all(line in telling.lines for telling in tellings))
    reasons = {telling.reason for telling in tellings}
    place = tellings[0].queue or tellings[0].process
    together = place and all(place in (each.queue, each.process) for each in tellings)
    return Notice(
        **_common(event, identity(*sorted(each.id for each in found)), found),
        title=title(event.name, f"{len(found)} in {place}" if together else f"{len(found)} at once"),
        reason=reasons.pop() if len(reasons) == 1 else None,
        text=_list(tellings),
        details=_details(shared),
    )


def _list(tellings: list[Telling]) -> str | None:
    named = [" · ".join(filter(None, (each.name, each.reason))) for each in tellings[:_MOST_NAMED]]
    shown = [line for text in named if (line := one_line(text, _NAMED_LENGTH))]
    rest = len(tellings) - len(shown)
    return block("\n".join([*shown, f"and {rest} more"] if rest else shown))


class _Common(TypedDict):
    id: str
    severity: Severity
    type: str
    time: str
    entities: int
    event: Origin


def _common(event: Event, notice_id: str, found: list[Fact]) -> _Common:
    return _Common(
        id=notice_id,
        severity=max((each.severity for each in found), key=SEVERITIES.index),
        type=event.name,
        time=event.time,
        entities=len(found),
        event=Origin.model_validate(event, from_attributes=True),
    )


def _details(lines: Lines) -> tuple[Detail, ...]:
    return tuple(Detail(name=name, value=value) for name, value in lines if value)
