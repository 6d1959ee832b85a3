"""Who may ask: the token endpoint for confidential applications, and personal access tokens."""

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote_plus

from local.loopback import Answer, Request, json_answer
from local.orchestrator.api.errors import oauth
from local.orchestrator.profile import Profile

CLIENT_ID = "relay"
CLIENT_SECRET = "local-client-secret-not-for-production"  # noqa: S105
READ_ONLY = ("OR.Webhooks.Read", "OR.Jobs.Read", "OR.Queues.Read", "OR.Robots.Read", "OR.Execution.Read")
SCOPES = (
    *("OR.Default", "OR.Webhooks", "OR.Webhooks.Write", "OR.Jobs", "OR.Queues", "OR.Robots", "OR.Execution"),
    *(*READ_ONLY, "OR.Tasks", "OR.Tasks.Read", "OR.Folders", "OR.Folders.Read", "OR.Audit", "OR.Audit.Read"),
    *("OR.Monitoring", "OR.Monitoring.Read"),
)


@dataclass(frozen=True)
class Client:
    """A confidential external application; `roles` False means that no role was given to it."""

    secret: str = field(repr=False)
    scopes: tuple[str, ...] = SCOPES
    roles: bool = True


@dataclass(frozen=True)
class Grant:
    """What a token allows, until when."""

    scopes: tuple[str, ...]
    until: float
    roles: bool = True


class Identity:
    """Gives tokens to the clients it knows, and tells what a token allows."""

    def __init__(self, profile: Profile, clock: Callable[[], float] = time.monotonic) -> None:
        self._profile, self._clock = profile, clock
        self._lock = threading.Lock()
        self._clients = {CLIENT_ID: Client(CLIENT_SECRET)}
        self._grants: dict[str, Grant] = {}

    def register(self, client_id: str, client: Client) -> None:
        """Add an application, or replace it."""
        with self._lock:
            self._clients[client_id] = client

    def personal_token(self, scopes: tuple[str, ...] = SCOPES) -> str:
        """Make a personal access token."""
        return self._granted(Grant(scopes, float("inf")), "rt_")

    def revoke_all(self) -> None:
        """Every token given so far stops working; personal ones too."""
        with self._lock:
            self._grants.clear()

    def grant_of(self, authorization: str) -> Grant | None:
        """Return what an Authorization header allows; None for no, an unknown or an expired token."""
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            grant = self._grants.get(token.strip())
        return grant if scheme.lower() == "bearer" and grant and self._clock() < grant.until else None

    def token(self, request: Request) -> Answer:
        """Answer a token request (RFC 6749, 4.4); there is no refresh token."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
        if request.method != "POST":
            return oauth("invalid_request", status=405)
        if form.get("grant_type") != "client_credentials":
            return oauth("unsupported_grant_type")
        client_id, secret = _credentials(request.headers, form)
        with self._lock:
            client = self._clients.get(client_id)
        if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
            return oauth("invalid_client")
        wanted = tuple(form.get("scope", "").split()) or client.scopes
        if not set(wanted) <= set(client.scopes):
            return oauth("invalid_scope")
        seconds = self._profile.token_seconds
        token = self._granted(Grant(wanted, self._clock() + float(seconds), client.roles))
        said = {"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": " ".join(wanted)}
        return json_answer(200, said)

    def _granted(self, grant: Grant, prefix: str = "") -> str:
        token = prefix + secrets.token_urlsafe(24)
        with self._lock:
            self._grants[token] = grant
        return token


def _credentials(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str]:
    """Read them from the form, or from HTTP Basic (RFC 6749, 2.3.1)."""
    given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    if not given.lower().startswith("basic "):
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(given[6:]).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
