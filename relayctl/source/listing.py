"""`relayctl source list`: what sources.yaml and Secrets Manager know of, a line each."""

import time
from collections.abc import Iterator

from relay.canary import Flown, last_flown
from relay.orchestrator.api import NoCredential, PersonalToken, credential_of
from relay.sync.diff import shown_address
from relayctl.stack import Stack
from relayctl.telling import note, say

_LINE = "{:<20} {:<8} {:<14} {:<18} {:<28} {}"


def list_all(stack: Stack) -> int:
    """Say a line for each source; returns 0."""
    say(_LINE.format("source", "mode", "webhook secret", "API credential", "last canary", "base URL"))
    sources = stack.sources.sources
    secrets = set(stack.vault.names(f"{stack.prefix}/"))
    for name in sorted({*sources, *_named(stack.prefix, secrets)}):
        source = sources.get(name)
        flown = spoken(last_flown(stack.table, name))
        credential = _credential(stack, name, secrets)
        webhook = _webhook(stack, name, secrets)
        address = shown_address(source.base_url) if source and source.base_url else "-"
        say(_LINE.format(name, source.mode if source else "-", webhook, credential, flown, address))
        if source is None:
            note(f"{name} has secrets, but is not in sources.yaml.")
    return 0


def spoken(flown: Flown | None, now: float | None = None) -> str:
    """Return how the last canary went, and how long ago."""
    if flown is None:
        return "never"
    seconds = (now or time.time()) - flown.at
    ago = f"{seconds / 3600:.0f} h ago" if seconds >= 5400 else f"{seconds / 60:.0f} min ago"
    return f"missed, {ago}" if flown.missed else f"{flown.milliseconds} ms, {ago}"


def _named(prefix: str, secrets: set[str]) -> Iterator[str]:
    for secret in secrets:
        name, _, kind = secret.removeprefix(f"{prefix}/").partition("/")
        if kind in ("webhook", "api"):
            yield name


def _webhook(stack: Stack, name: str, secrets: set[str]) -> str:
    secret = stack.secret_name(name)
    return "missing" if secret not in secrets else "yes" if stack.vault.standing(secret) == "filled" else "empty"


def _credential(stack: Stack, name: str, secrets: set[str]) -> str:
    secret = stack.secret_name(name, "api")
    if secret not in secrets:
        return "missing"
    if not (text := stack.vault.text(secret)):
        return "empty"
    try:
        return "token" if isinstance(credential_of(text, secret), PersonalToken) else "application"
    except NoCredential:
        return "of unknown form"
