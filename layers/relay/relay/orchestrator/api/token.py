"""The bearer tokens of one credential: asked for when needed, kept until shortly before they expire."""

import json
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from relay.exchange import Reply, Request
from relay.orchestrator.api.credential import ClientCredentials, Credential, PersonalToken
from relay.orchestrator.api.errors import NotAuthenticated, error_of, not_orchestrator
from relay.orchestrator.sources import Flavour

EARLY_SECONDS = 60  # a token is not used in its last minute
USUAL_SECONDS = 3600  # where the answer does not say
WHAT = "give a token for the credential"
# Source: the API guide, "Authenticating"; stand-alone as UiPathOrch does it.
_PATHS: dict[Flavour, str] = {"standalone": "/identity/connect/token"}
_CLOUD_PATH = "/identity_/connect/token"


class Tokens:
    """One credential's tokens; a personal access token is its own and cannot be renewed."""

    def __init__(
        self, credential: Credential, token_url: str, ask: Callable[[Request], Reply], clock: Callable[[], float]
    ) -> None:
        self._credential = credential
        self._token_url = token_url
        self._ask = ask
        self._clock = clock
        self._token, self._until = "", 0.0

    def __repr__(self) -> str:
        return f"<tokens of a {type(self._credential).__name__}>"

    def bearer(self) -> str:
        """Return a token that is good for a minute at least; raises NotAuthenticated, Unavailable, NotOrchestrator."""
        if isinstance(self._credential, PersonalToken):
            return self._credential.token
        if self._clock() >= self._until:
            self._token, self._until = self._granted(self._credential)
        return self._token

    def forget(self) -> bool:
        """Drop a token that was refused; False where there is no getting another one."""
        self._until = 0.0
        return isinstance(self._credential, ClientCredentials)

    def secrets(self) -> list[str]:
        """Return what must never be told."""
        if isinstance(self._credential, PersonalToken):
            return [self._credential.token]
        return [self._token, self._credential.client_secret, self._credential.client_id]

    def _granted(self, credential: ClientCredentials) -> tuple[str, float]:
        asked_at = self._clock()
        reply = self._ask(_request(credential, self._token_url))
        if reply.status in (400, 401, 403):  # RFC 6749 section 5.2: invalid_client, invalid_scope, ...
            raise NotAuthenticated(str(error_of(reply, WHAT, self.secrets())), reply.status)
        if reply.status != 200:
            raise error_of(reply, WHAT, self.secrets())
        token, seconds = _token_in(reply.body)
        return token, asked_at + max(seconds - EARLY_SECONDS, 0)


def token_url_of(base_url: str, flavour: Flavour) -> str:
    """Return where an Orchestrator's identity server gives tokens."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{_PATHS.get(flavour, _CLOUD_PATH)}"


def _request(credential: ClientCredentials, url: str) -> Request:
    form = {
        "grant_type": "client_credentials",
        "client_id": credential.client_id,
        "client_secret": credential.client_secret,
        "scope": credential.scope,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return Request("POST", url, headers, urlencode(form).encode())


def _token_in(body: bytes) -> tuple[str, int]:
    """`expires_in` is a number, or text of one."""
    try:
        found = json.loads(body)
        token, seconds = found["access_token"], int(found.get("expires_in") or USUAL_SECONDS)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise not_orchestrator(WHAT, "no token") from None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token or not token:
        raise not_orchestrator(WHAT, "no token")
    return token, seconds
