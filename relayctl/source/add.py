"""`relayctl source add`: the secrets of one more tenant, and what else it needs."""

import getpass
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from relay.errors import SettingsError
from relay.orchestrator.api import credential_of
from relay.orchestrator.sources import FILE, load
from relay.safe import SOURCE_NAME
from relayctl.stack import CannotOperate, Stack
from relayctl.telling import note, say
from relayctl.vault import Standing, generated

_EXAMPLE = "https://cloud.uipath.com/<organisation>/<tenant>/orchestrator_"


@dataclass(frozen=True)
class Offered:
    """What the command line says of a tenant; secrets are never said there."""

    base_url: str | None = None
    client_id: str | None = None
    token: bool = False

    @property
    def credential(self) -> bool:
        return self.token or self.client_id is not None


def add(stack: Stack, name: str, offered: Offered) -> int:
    """Make what is missing of a source's secrets, say what to do next; raises CannotOperate, SettingsError."""
    _check_name(name)
    entry = _entry(name, offered.base_url)
    webhook, api = stack.secret_name(name), stack.secret_name(name, "api")
    standing = {secret: stack.vault.standing(secret) for secret in (webhook, api)}
    _check_room(stack, name, standing, offered)
    credential = _credential(offered, api)
    if standing[webhook] == "absent":
        stack.vault.make(webhook, f"Signs the webhook requests of source {name}.")
    if standing[webhook] != "filled":
        stack.vault.fill(webhook, generated())
        say(f"✓ {webhook}: made, with a new secret")
    if standing[api] == "absent":
        stack.vault.make(api, f"Orchestrator API credential of source {name}.")
        say(f"✓ {api}: made{'' if credential else ', empty'}")
    if credential:
        stack.vault.fill(api, credential)
        say(f"✓ {api}: the credential is stored")
    _tell(stack, name, entry, credential=bool(credential or standing[api] == "filled"))
    return 0


def _check_name(name: str) -> None:
    if not re.fullmatch(SOURCE_NAME, name, re.ASCII):
        raise CannotOperate(
            f"{name!a} is no name for a source: lower-case letters, digits and hyphens, at most 32, no hyphen first."
        )


def _check_room(stack: Stack, name: str, standing: Mapping[str, Standing], offered: Offered) -> None:
    """Nothing that has a value is written over; what was left half-made may be completed."""
    webhook, api = standing
    for secret, found in standing.items():
        if found == "deleted":
            raise CannotOperate(f"{secret} is being deleted. Restore it with `aws secretsmanager restore-secret`.")
    if offered.credential and standing[api] == "filled":
        raise CannotOperate(f"{api} has a value already. `aws secretsmanager put-secret-value` gives it another.")
    if not offered.credential and standing[webhook] == "filled" and standing[api] != "absent":
        raise CannotOperate(f"The source {name} exists. {stack.command(f'source check {name}')} says how it is.")


def _entry(name: str, base_url: str | None) -> str:
    """Return the source's part of sources.yaml, checked as that file is; raises SettingsError."""
    kind = "cloud"
    if base_url:
        with tempfile.TemporaryDirectory() as directory:
            document = {"sources": {name: {"base_url": base_url, "mode": "report"}}}
            Path(directory, FILE).write_text(json.dumps(document), encoding="utf-8")
            try:
                kind = load(Path(directory)).sources[name].kind
            except SettingsError as error:
                reasons = "; ".join(line.partition(": ")[2] for line in str(error).splitlines())
                raise CannotOperate(f"--base-url cannot be used: {reasons}.") from None
    tenant = "\n    tenant: Default" if kind == "standalone" else ""
    return f"  {name}:\n    base_url: {base_url or _EXAMPLE}{tenant}\n    mode: report"


def _credential(offered: Offered, api: str) -> str | None:
    """Ask for what is secret, without an echo on a terminal, and return the JSON; raises NoCredential."""
    if not offered.credential:
        return None
    asked = "Personal access token: " if offered.token else "Client secret: "
    secret = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline()
    found = {"client_id": offered.client_id, "client_secret": secret.strip()}
    text = json.dumps({"token": secret.strip()} if offered.token else found)
    if not secret.strip():
        raise CannotOperate("Nothing was entered. Type the secret, or send it to standard input.")
    credential_of(text, api)
    return text


def _tell(stack: Stack, name: str, entry: str, *, credential: bool) -> None:
    say(f"\nIts webhook's URL: {stack.webhooks_url}/{name}")
    if name not in stack.sources.sources:
        say(f"\nAdd to {stack.config / FILE}, under `sources`, and deploy:\n\n{entry}")
    if not credential:
        note(f"For sync, put a credential into {stack.secret_name(name, 'api')}: run this again with --client-id.")
    note(f"Then {stack.command(f'source check {name}')}; with mode enforce, sync makes the webhook itself.")
