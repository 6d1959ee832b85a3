"""How the relay proves itself to an Orchestrator: the JSON in the secret `<stack>/sources/<name>/api`."""

import json
from dataclasses import dataclass, field

from relay.orchestrator.api.errors import NoCredential

# Reads, writes and pings webhooks, where the external application was given that scope.
SCOPE = "OR.Webhooks"
_FORMS = '{"client_id": "...", "client_secret": "..."} of an external application, or {"token": "..."}'
_OPTIONAL = ("scope", "token_url")


@dataclass(frozen=True)
class ClientCredentials:
    """A confidential external application with application scopes."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    scope: str = SCOPE
    token_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class PersonalToken:
    """A personal access token, sent as it is."""

    token: str = field(repr=False)


Credential = ClientCredentials | PersonalToken


def credential_of(text: str | None, secret: str) -> Credential:
    """Read the content of the secret of this name; raises NoCredential, which says what to put there."""
    if not (text or "").strip():
        raise NoCredential(f"the secret {secret} is empty: put {_FORMS} there")
    given = _members(text or "")
    if given.keys() == {"token"}:
        return PersonalToken(given["token"])
    if {"client_id", "client_secret"} <= given.keys() <= {"client_id", "client_secret", *_OPTIONAL}:
        return ClientCredentials(**given)
    raise NoCredential(
        f"the secret {secret} has not the form {_FORMS}; scope and token_url may stand beside a client_id"
    )


def _members(text: str) -> dict[str, str]:
    """Return the members, none where the text is no object of texts that may stand in a header or a form."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) and _usable(value) for value in found.values()):
        return {}
    return {name: value.strip() for name, value in found.items()}


def _usable(value: str) -> bool:
    return bool(value.strip()) and value.strip().isascii() and value.strip().isprintable()
