"""The smallest set of changes that makes a tenant's webhooks what they should be: a pure function."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from relay.orchestrator.api.webhook import NAMED_SINCE, Webhook, known_fields
from relay.sync.wanted import Subscription, Wanted, subscription, unknown_types

Fields = dict[str, object]


class Drift(NamedTuple):
    """A field that is not what it should be."""

    field: str
    old: object
    new: object


@dataclass(frozen=True)
class Create:
    """A webhook that is missing. The secret comes to its fields only when it is made."""

    name: str
    fields: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True)
class Update:
    """A webhook of ours that has drifted."""

    webhook: Webhook
    drifts: tuple[Drift, ...] = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)  # what a PATCH must hold


@dataclass(frozen=True)
class Delete:
    """A second webhook of ours that delivers to the same address, so that every event comes twice."""

    webhook: Webhook


Change = Create | Update | Delete


@dataclass(frozen=True)
class Plan:
    """What is to be done, in this order; and what somebody should know of."""

    changes: tuple[Change, ...] = ()
    kept: tuple[Webhook, ...] = ()  # ours, changed or not, as they are before any change
    foreign: tuple[Webhook, ...] = ()
    unmatched: tuple[str, ...] = ()  # patterns that mean no event type offered here
    unknown_types: tuple[str, ...] = ()  # offered here, and new to this relay
    impossible: tuple[str, ...] = ()  # names of webhooks whose patterns all mean nothing: their events stay as they are
    known: frozenset[int] = frozenset()  # every Id there was

    @property
    def drifts(self) -> int:
        """Each field, each missing webhook and each duplicate is one."""
        return sum(size_of(change) for change in self.changes)


def size_of(change: Change) -> int:
    return len(change.drifts) if isinstance(change, Update) else 1


def plan(wanted: Sequence[Wanted], actual: Iterable[Webhook], offered: Iterable[str], version: int, url: str) -> Plan:
    """Compare what is wanted of the webhooks that deliver to `url` with what there is.

    A webhook is taken for a wanted one by its name, where the API knows names, else by its address: the one with the
    fewest changes, of equals the oldest. Others with our address are duplicates, all the rest is foreign.
    """
    there = sorted(actual, key=lambda webhook: webhook.id)
    types = list(offered)
    subscriptions = [subscription(one.patterns, types) for one in wanted]
    fields = [_fields(one, to, version, url) for one, to in zip(wanted, subscriptions, strict=True)]
    pairs = _pairs(wanted, fields, there, version, url)
    taken = {webhook.id for webhook in pairs.values()}
    rest = [webhook for webhook in there if webhook.id not in taken]
    return Plan(
        changes=(
            *_updates(fields, pairs, version),
            *(Create(one.name, fields[at]) for at, one in enumerate(wanted) if _missing(at, pairs, subscriptions)),
            *(Delete(webhook) for webhook in rest if same_address(webhook.url, url)),
        ),
        kept=tuple(pairs[at] for at in sorted(pairs)),
        foreign=tuple(webhook for webhook in rest if not same_address(webhook.url, url)),
        unmatched=tuple(dict.fromkeys(pattern for to in subscriptions for pattern in to.unmatched)),
        unknown_types=unknown_types(types),
        impossible=tuple(one.name for one, to in zip(wanted, subscriptions, strict=True) if not to.possible),
        known=frozenset(webhook.id for webhook in there),
    )


def same_address(one: str, other: str) -> bool:
    """Tell whether two URLs are one address: scheme and host know no case, everything else does."""
    return _address(one) == _address(other)


def _address(url: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    return (parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query, parts.fragment)


def _fields(one: Wanted, to: Subscription, version: int, url: str) -> Fields:
    events = {"SubscribeToAllEvents": to.to_all, "Events": to.types} if to.possible else {}
    return known_fields(
        {
            "Name": one.name,
            "Description": one.description,
            "Url": url,
            "Enabled": one.enabled,
            "AllowInsecureSsl": not one.verify_tls,
            **events,
        },
        version,
    )


def _missing(at: int, pairs: Mapping[int, Webhook], subscriptions: Sequence[Subscription]) -> bool:
    return at not in pairs and subscriptions[at].possible


def _updates(fields: Sequence[Fields], pairs: Mapping[int, Webhook], version: int) -> Iterator[Update]:
    for at, webhook in sorted(pairs.items()):
        if drifts := _drifts(fields[at], webhook, version):
            yield Update(webhook, drifts, _patch(drifts, fields[at]))


def _patch(drifts: Iterable[Drift], fields: Fields) -> Fields:
    """Orchestrator wants Events whenever the subscription to all is switched."""
    patch = {drift.field: drift.new for drift in drifts}
    return patch | {"Events": fields["Events"]} if "SubscribeToAllEvents" in patch else patch


def _pairs(
    wanted: Sequence[Wanted], fields: Sequence[Fields], there: Sequence[Webhook], version: int, url: str
) -> dict[int, Webhook]:
    """Return for each wanted webhook, by its place, the one that is it."""
    pairs = _by_name([one.name for one in wanted], there) if version >= NAMED_SINCE else {}
    taken = {webhook.id for webhook in pairs.values()}
    ours = [webhook for webhook in there if webhook.id not in taken and same_address(webhook.url, url)]
    left = [at for at in range(len(wanted)) if at not in pairs]
    while left and ours:
        _, _, at, number = min(
            # A webhook that cannot be made must not take one from a webhook that is then made again.
            ("Events" not in fields[at], len(_drifts(fields[at], one, version)), at, one.id)
            for at in left
            for one in ours
        )
        pairs[at] = next(one for one in ours if one.id == number)
        left.remove(at)
        ours.remove(pairs[at])
    return pairs


def _by_name(names: Sequence[str], there: Sequence[Webhook]) -> dict[int, Webhook]:
    """Prefer the very name to one in another case, and of equals the oldest. No two wanted names are alike."""
    exact = {webhook.name: webhook for webhook in reversed(there)}
    alike = {webhook.name.lower(): webhook for webhook in reversed(there)}
    found = {at: exact.get(name) or alike.get(name.lower()) for at, name in enumerate(names)}
    return {at: webhook for at, webhook in found.items() if webhook}


def _drifts(fields: Fields, webhook: Webhook, version: int) -> tuple[Drift, ...]:
    actual = webhook.fields(version)
    compared = {name: new for name, new in fields.items() if name != "Events" or not fields["SubscribeToAllEvents"]}
    return tuple(Drift(name, actual[name], new) for name, new in compared.items() if not _same(name, actual[name], new))


def _same(name: str, old: object, new: object) -> bool:
    if name == "Url":
        return same_address(str(old), str(new))
    return _folded(old) == _folded(new) if name == "Events" else old == new


def _folded(events: object) -> frozenset[str]:
    return frozenset(map(str.lower, events)) if isinstance(events, frozenset) else frozenset()
