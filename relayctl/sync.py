"""`relayctl sync`: what the sync function does, by hand and with the plan first, by the same code."""

import argparse
from collections.abc import Callable

from relay.errors import RelayError
from relay.lease import held
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES
from relay.sync.diff import lines, named, printable
from relay.sync.plan import Change, Create, Plan
from relay.sync.tenant import Tenant
from relayctl.flights import fly, ours
from relayctl.stack import CannotOperate, Stack, stack_of
from relayctl.telling import counted, note, reported, say, sentence

PLANNED = 2
_DOCUMENTED = frozenset(map(str.lower, DOCUMENTED_TYPES))
_KNOWN = frozenset(map(str.lower, OTHER_TYPES))


def run(wanted: argparse.Namespace) -> int:
    """Do what the arguments say for each source, return the exit code."""
    act = {"plan": plan, "apply": apply, "events": events, "ping": ping}[wanted.action]
    return reported(lambda: _each(stack_of(wanted), wanted.sources, act))


def plan(_: Stack, tenant: Tenant) -> int:
    """Say what differs; returns 2 if something would be changed, 1 if a webhook's patterns mean nothing."""
    return _shown(tenant, tenant.plan())


def apply(stack: Stack, tenant: Tenant) -> int:
    """Say what differs and repair it, holding the source's lease; returns 1 if something was refused."""
    if tenant.source.mode == "off":
        raise CannotOperate(f"{tenant.name} is off in sources.yaml. Set its mode to report or enforce first.")
    with held(stack.lease(tenant.name)) as lease:
        planned = tenant.plan()
        code = _shown(tenant, planned)
        if not planned.changes:
            return code
        applied = tenant.apply(planned, lease.check)
    done = len(planned.changes) - len(applied.refused)
    say(f"{tenant.name}: {done} of {counted(len(planned.changes), 'change')} done")
    for change, error in applied.refused:
        note(f"{tenant.name}: {_subject(change)} stays as it is. {sentence(error)}")
    return 1 if applied.refused or planned.impossible else 0


def events(_: Stack, tenant: Tenant) -> int:
    """Say which event types Orchestrator offers, what the relay knows of each, and whether it is subscribed to."""
    offered = tenant.orchestrator.event_types()
    enabled = [webhook for webhook in ours(tenant) if webhook.enabled]
    taken = {name.lower() for webhook in enabled for name in webhook.events}
    to_all = any(webhook.subscribe_to_all for webhook in enabled)
    subscribed = [name for name in offered if to_all or name.lower() in taken]
    say(f"{tenant.name}: {counted(len(offered), 'event type')} offered, {len(subscribed)} subscribed")
    width = max(map(len, offered), default=0)
    for name in sorted(offered, key=str.lower):
        marked = "subscribed" if name in subscribed else ""
        say(f"  {printable(name):<{width}}  {_standing(name):<16}  {marked}".rstrip())
    there = {name.lower() for name in offered}
    if absent := [name for name in DOCUMENTED_TYPES if name.lower() not in there]:
        say(f"  documented, but not offered here: {', '.join(absent)}")
    return 0


def ping(stack: Stack, tenant: Tenant) -> int:
    """Fly the canary and say how it went; returns 1 unless every ping arrived and was signed with a current secret."""
    flights = fly(stack, tenant)
    if not flights:
        plan_it = stack.command(f"sync plan {tenant.name}")
        raise CannotOperate(f"{tenant.name} has no enabled webhook to ping. {plan_it} says what is missing.")
    for flight in flights:
        say(f"{'✓' if flight.good else '✗'} {tenant.name}: {flight.told}")
    for remedy in dict.fromkeys(flight.remedy for flight in flights if flight.remedy):
        note(remedy)
    return 0 if all(flight.good for flight in flights) else 1


def _each(stack: Stack, names: list[str], act: Callable[[Stack, Tenant], int]) -> int:
    """Do it to each source, one that fails not keeping the others back, and return the worst exit code."""
    tenants = stack.tenants(names)
    if not tenants:
        note("Every source is off in sources.yaml. Name one, or set its mode to report or enforce.")
    codes = [_one(stack, tenant, act, chosen=bool(names)) for tenant in tenants]
    return 1 if 1 in codes else max(codes, default=0)


def _one(stack: Stack, tenant: Tenant, act: Callable[[Stack, Tenant], int], *, chosen: bool) -> int:
    if act is apply and tenant.source.mode == "report" and not chosen:
        note(f"{tenant.name} is in mode report: it is only compared. Name it to repair it nevertheless.")
        act = plan
    try:
        return act(stack, tenant)
    except RelayError as error:
        note(f"{tenant.name}: {sentence(error)}")
        return 1


def _shown(tenant: Tenant, planned: Plan) -> int:
    changes = len(planned.changes)
    say(f"{tenant.name}: {counted(changes, 'change')} planned" if changes else f"{tenant.name}: nothing to change")
    for line in lines(planned):
        say(f"  {line}")
    return 1 if planned.impossible else PLANNED if changes else 0


def _standing(name: str) -> str:
    if name.lower() in _DOCUMENTED:
        return "documented"
    return "known" if name.lower() in _KNOWN else "new to the relay"


def _subject(change: Change) -> str:
    return f"webhook {printable(change.name)}" if isinstance(change, Create) else named(change.webhook)
