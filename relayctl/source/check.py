"""`relayctl source check`: everything a source needs is tried, in the order in which one thing rests on another."""

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Literal, NamedTuple

from relay.canary import last_flown
from relay.errors import RelayError
from relay.orchestrator.api import NotPermitted, Patience, PersonalToken, Rejected, credential_of
from relay.orchestrator.api.token import Tokens, token_url_of
from relay.orchestrator.sources import FILE, Source
from relay.sync.diff import lines, shown_address
from relay.sync.tenant import Tenant
from relayctl.flights import fly, ours
from relayctl.source.listing import spoken
from relayctl.stack import Stack
from relayctl.telling import counted, remedy, say

_NO_WEBHOOK = 0  # Ids begin at 1, so a change of this one shows only whether changes are allowed


class Finding(NamedTuple):
    """One line: right, wrong with its remedy, or nothing to be said against it."""

    verdict: Literal["✓", "✗", "·"]
    text: str
    remedy: str = ""


def check(stack: Stack, name: str) -> int:
    """Say a line for each thing as it is tried; returns 1 if any is wrong."""
    wrong = 0
    for finding in _findings(stack, name):
        wrong += finding.verdict == "✗"
        say(f"{finding.verdict} {finding.text}")
        if finding.remedy:
            say(f"  {finding.remedy}")
    return 1 if wrong else 0


def _findings(stack: Stack, name: str) -> Iterator[Finding]:
    source = stack.sources.sources.get(name)
    yield _entry(stack, name, source)
    yield from _secrets(stack, name, needed=source is not None and source.mode != "off")
    if source and source.base_url and stack.vault.standing(stack.secret_name(name, "api")) == "filled":
        yield from _orchestrator(stack, stack.tenant(name))
    elif source and source.mode == "off":
        yield Finding("·", "Orchestrator's side is not looked at without base_url and credential")
    yield Finding("·", f"last canary: {spoken(last_flown(stack.table, name))}")


def _entry(stack: Stack, name: str, source: Source | None) -> Finding:
    place = stack.config / FILE
    if source is None:
        return Finding("✗", f"{name} is not in {place}", f"Add it; {stack.command(f'source add {name}')} shows how.")
    address = shown_address(source.base_url) if source.base_url else "no base_url"
    return Finding("✓", f"{place}: mode {source.mode}, {address}")


def _secrets(stack: Stack, name: str, *, needed: bool) -> Iterator[Finding]:
    for kind in ("webhook", "api"):
        secret = stack.secret_name(name, kind)
        standing = stack.vault.standing(secret)
        if standing == "filled":
            yield Finding("✓", f"secret {secret} has a value")
        elif kind == "api" and not needed:
            yield Finding("·", f"secret {secret} is {standing}, which does no harm while the source is off")
        else:
            yield Finding("✗", f"secret {secret} is {standing}", _filling(stack, name, kind, standing))


def _filling(stack: Stack, name: str, kind: str, standing: str) -> str:
    if standing == "deleted":
        return f"Restore it: `aws secretsmanager restore-secret --secret-id {stack.secret_name(name, kind)}`."
    credential = " --client-id ID" if kind == "api" else ""
    return f"Run {stack.command(f'source add {name}{credential}')}."


def _orchestrator(stack: Stack, tenant: Tenant) -> Iterator[Finding]:
    """Try what rests on the credential; the first failure ends it, since the rest would fail of the same."""
    for part, trial in (
        ("credential", _credential(stack, tenant)),
        ("API", _reached(tenant)),
        ("scope to read", _reading(tenant)),
        ("scope to write", _writing(tenant)),
        ("webhook", _webhooks(stack, tenant)),
        ("ping", _ping(stack, tenant)),
    ):
        try:
            yield from trial
        except RelayError as error:
            yield Finding("✗", f"{part}: {error}", remedy(error))
            return


def _credential(stack: Stack, tenant: Tenant) -> Iterator[Finding]:
    secret = stack.secret_name(tenant.name, "api")
    credential = credential_of(stack.vault.text(secret), secret)
    if isinstance(credential, PersonalToken):
        yield Finding("✓", "credential: a personal access token")
        return
    yield Finding("✓", "credential: an external application's id and secret")
    url = credential.token_url or token_url_of(tenant.source.base_url or "", tenant.source.kind)
    Tokens(credential, url, partial(Patience().ask, peer="the identity server", repeatable=True), time.time).bearer()
    yield Finding("✓", f"token: given for the scope {credential.scope}")


def _reached(tenant: Tenant) -> Iterator[Finding]:
    with suppress(NotPermitted):  # which it says itself, with its version
        tenant.orchestrator.all()
    yield Finding("✓", f"API: reachable, version {tenant.orchestrator.version}")


def _reading(tenant: Tenant) -> Iterator[Finding]:
    there = tenant.orchestrator.all()
    yield Finding("✓", f"scope to read: yes, {counted(len(there), 'webhook')} in the tenant")


def _writing(tenant: Tenant) -> Iterator[Finding]:
    if tenant.source.mode == "report":
        yield Finding("·", "scope to write: not needed in mode report")
        return
    try:
        tenant.orchestrator.patch(_NO_WEBHOOK, {})
    except NotPermitted:
        raise
    except Rejected:  # as there is none such
        yield Finding("✓", "scope to write: yes")


def _webhooks(stack: Stack, tenant: Tenant) -> Iterator[Finding]:
    planned, repair = tenant.plan(), f"Run {stack.command(f'sync apply {tenant.name}')}."
    if not planned.changes and not planned.impossible:
        yield Finding("✓", "webhook: as sources.yaml wants it")
    elif tenant.source.mode == "off":
        yield Finding("·", "webhook: not as sources.yaml wants it, which is nobody's task in mode off")
    else:
        differing = "; ".join(line.strip() for line in lines(planned) if line[0] not in "?=")
        yield Finding("✗", f"webhook: not as it should be: {differing}", repair)
    enabled = [webhook for webhook in ours(tenant) if webhook.enabled]
    if enabled or not any(one.enabled for one in tenant.source.webhooks):
        yield Finding("✓", f"enabled: {counted(len(enabled), 'webhook')}")
    else:
        yield Finding("✗", "enabled: no webhook that delivers here", repair)


def _ping(stack: Stack, tenant: Tenant) -> Iterator[Finding]:
    if tenant.source.mode == "report":
        yield Finding("·", "ping: not sent in mode report, since it needs the scope to write")
        return
    for flight in fly(stack, tenant):
        yield Finding("✓" if flight.good else "✗", f"ping: {flight.told}", flight.remedy)
