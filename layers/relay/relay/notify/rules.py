"""Who is told of what: layers/config/notifications.yaml, read once and matched against every fact."""

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from relay.config import Fault, Model, read
from relay.errors import SettingsError
from relay.event import Event
from relay.notify.facts import Fact
from relay.notify.groups import GROUPS
from relay.notify.notices import SEVERITIES, Severity
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES, group_of, spelled
from relay.orchestrator.sources import FILE as SOURCES_FILE

FILE = "notifications.yaml"

Kind = Literal["https", "slack", "teams"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _known_type(pattern: str) -> str:
    """Refuse a pattern that could never match: most are misspelt."""
    known = [name for name in (*DOCUMENTED_TYPES, *OTHER_TYPES) if group_of(name) in GROUPS]
    if any(_like(name, pattern) for name in known):
        return pattern
    if _wild(pattern) and any(_like(group, pattern.partition(".")[0]) for group in GROUPS):
        return pattern  # a type this version does not know yet
    close = get_close_matches(spelled(pattern), known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"groups with notices: {', '.join(GROUPS)}"
    raise ValueError(f"matches no event type; {hint}")


class Receiver(Model):
    """A place that takes notices; its URL is the secret of its name."""

    kind: Kind


class Match(Model):
    """What a rule asks for. Every field given must match; in each, one entry is enough."""

    types: tuple[Annotated[Glob, AfterValidator(_known_type)], ...] = ("*",)
    severity: Severity = "info"
    sources: tuple[Glob, ...] = ("*",)
    folders: tuple[Glob, ...] = ()
    processes: tuple[Glob, ...] = ()
    queues: tuple[Glob, ...] = ()

    def takes(self, event: Event, fact: Fact) -> bool:
        """Tell whether the fact is one this rule is about."""
        return (
            SEVERITIES.index(fact.severity) >= SEVERITIES.index(self.severity)
            and any(_like(event.name, pattern) for pattern in self.types)
            and any(_like(event.relaysource, pattern) for pattern in self.sources)
            and _among(event.folderid, self.folders)
            and _among(fact.telling.process, self.processes)
            and _among(fact.telling.queue, self.queues)
        )


class Rule(Model):
    """Facts that match go to these receivers."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    match: Match = Match()
    to: tuple[Name, ...] = Field(min_length=1)


class Rules(Model):
    """The whole file."""

    receivers: dict[Name, Receiver]
    rules: tuple[Rule, ...] = ()

    def receivers_of(self, event: Event, fact: Fact) -> list[str]:
        """Return the receivers of a fact, each once, in the order of the rules."""
        return list(dict.fromkeys(name for rule in self.rules if rule.match.takes(event, fact) for name in rule.to))


def load(directory: Path) -> Rules:
    """Read the rules from the configuration's directory; raises SettingsError with a line for each error."""
    return read(directory / FILE, Rules, _unknown_receivers)


def check(directory: Path, sources: list[str] | None) -> list[str]:
    """Return what is wrong with the rules, a sentence each; where the sources are known, rules may name only those."""

    def faults(rules: Rules) -> Iterator[Fault]:
        yield from _unknown_receivers(rules)
        yield from () if sources is None else _unknown_sources(rules, sources)

    try:
        read(directory / FILE, Rules, faults)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def _unknown_receivers(rules: Rules) -> Iterator[Fault]:
    known = ", ".join(sorted(rules.receivers)) or "none"
    for number, rule in enumerate(rules.rules):
        for place, name in enumerate(rule.to):
            if name not in rules.receivers:
                yield ("rules", number, "to", place), f"no receiver is named {name}; known: {known}"


def _unknown_sources(rules: Rules, known: list[str]) -> Iterator[Fault]:
    for number, rule in enumerate(rules.rules):
        for place, pattern in enumerate(rule.match.sources):
            if not any(_like(name, pattern) for name in known):
                fault = f"matches no source of {SOURCES_FILE}; known: {', '.join(known) or 'none'}"
                yield ("rules", number, "match", "sources", place), fault


def _among(value: str | None, patterns: tuple[str, ...]) -> bool:
    return not patterns or (value is not None and any(_like(value, pattern) for pattern in patterns))


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value.lower(), pattern.lower())


def _wild(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")
