"""What a source's webhooks should be, and which event types their patterns mean in this Orchestrator."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES
from relay.orchestrator.sources import Source

ALL = "*"
_KNOWN = frozenset(name.lower() for name in (*DOCUMENTED_TYPES, *OTHER_TYPES))


class Wanted(NamedTuple):
    """One webhook as sources.yaml describes it."""

    name: str
    description: str = ""
    patterns: tuple[str, ...] = (ALL,)
    enabled: bool = True
    verify_tls: bool = True


class Subscription(NamedTuple):
    """Event types in the server's spelling, or all there are and will be; and the patterns that mean none of them."""

    to_all: bool
    types: frozenset[str] = frozenset()
    unmatched: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Orchestrator refuses a webhook that subscribes to nothing."""
        return self.to_all or bool(self.types)


def wanted_of(source: Source, default_name: str) -> tuple[Wanted, ...]:
    """Return the webhooks of a source; one without a name gets the default."""
    return tuple(
        Wanted(one.name or default_name, one.description, one.events, one.enabled, one.verify_tls)
        for one in source.webhooks
    )


def subscription(patterns: Sequence[str], offered: Iterable[str]) -> Subscription:
    """Expand patterns, since Orchestrator takes none; a bare `*` is Orchestrator's own subscription to all."""
    if ALL in patterns:
        return Subscription(to_all=True)
    names = list(offered)
    found = {pattern: [name for name in names if fnmatchcase(name.lower(), pattern.lower())] for pattern in patterns}
    unmatched = tuple(pattern for pattern, types in found.items() if not types)
    return Subscription(False, frozenset(name for types in found.values() for name in types), unmatched)


def unknown_types(offered: Iterable[str]) -> tuple[str, ...]:
    """Return the event types this version of the relay has not heard of."""
    return tuple(sorted({name for name in offered if name.lower() not in _KNOWN}))
