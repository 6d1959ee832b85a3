"""Requests to one Orchestrator, as one credential: authenticated, patient, and understood."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from relay.errors import SettingsError
from relay.exchange import Reply, Request
from relay.orchestrator.api.credential import ClientCredentials, Credential
from relay.orchestrator.api.errors import error_of, is_page, not_orchestrator
from relay.orchestrator.api.patience import Patience
from relay.orchestrator.api.token import Tokens, token_url_of
from relay.orchestrator.sources import Source

PAGE = 100  # every list takes that many; some lists refuse more
_MOST_PAGES = 10_000
_PEER = "Orchestrator"

Query = Mapping[str, str | int]
Document = dict[str, Any]


class Session:
    """Knows the tenant's address, its credential and, from its answers, the version of its API."""

    def __init__(self, source: Source, credential: Credential, patience: Patience) -> None:
        if source.base_url is None:
            raise SettingsError("the source has no base_url in sources.yaml")
        self._base_url = source.base_url
        self._headers = {"X-UIPATH-TenantName": source.tenant} if source.tenant else {}
        self._patience = patience
        stated = credential.token_url if isinstance(credential, ClientCredentials) else None
        token_url = stated or token_url_of(source.base_url, source.kind)
        self._tokens = Tokens(credential, token_url, self._ask_identity, patience.clock)
        self.version: int | None = None

    def get(self, path: str, what: str, query: Query | None = None) -> Document:
        """Return the document at a path under the base URL; `what` names the purpose in errors."""
        return self.send("GET", path, what, query=query)

    def send(
        self, method: str, path: str, what: str, *, query: Query | None = None, body: Document | None = None
    ) -> Document:
        """Return the answer's document, {} for none; raises the errors of relay.orchestrator.api, and Unavailable.

        After OutcomeUnknown a POST may have taken effect: look before you repeat it.
        """
        reply = self._ask(method, path, query, body)
        if reply.status == 401 and self._tokens.forget():
            reply = self._ask(method, path, query, body)
        self._note_version(reply)
        if not 200 <= reply.status < 300:
            raise error_of(reply, what, self._hidden(body), _names(body or {}))
        return _document(reply, what)

    def pages(self, path: str, what: str, query: Query) -> Iterator[Document]:
        """Yield every item of a list, each Id once. A short page ends nothing, since servers cut pages as they like."""
        seen: set[str] = set()
        skipped = 0
        for _ in range(_MOST_PAGES):
            items = values(self.get(path, what, {**query, "$top": PAGE, "$skip": skipped}), what)
            fresh = [item for item in items if str(item.get("Id")) not in seen]
            if not fresh:  # the end, or a server that does not skip
                return
            seen.update(str(item.get("Id")) for item in fresh)
            skipped += len(items)
            yield from fresh
        raise not_orchestrator(what, "a list without an end")

    def pause(self) -> None:
        """Give Orchestrator a moment."""
        self._patience.sleep(max(self._patience.pauses, default=0.0))

    def _ask(self, method: str, path: str, query: Query | None, body: Document | None) -> Reply:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._tokens.bearer()}", **self._headers}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        url = f"{self._base_url}{path}{_encoded(query)}"
        content = None if body is None else json.dumps(body).encode()
        return self._patience.ask(Request(method, url, headers, content), _PEER, repeatable=method != "POST")

    def _ask_identity(self, request: Request) -> Reply:
        """Another token does no harm, so this POST may be repeated."""
        return self._patience.ask(request, "the identity server", repeatable=True)

    def _note_version(self, reply: Reply) -> None:
        """Source: every answer of Orchestrator names its versions in one header (UiPathOrch)."""
        versions = re.findall(r"(?<![\d.])\d{1,3}(?=\.|\b)", reply.headers.get("api-supported-versions", ""), re.ASCII)
        if versions:
            self.version = max(map(int, versions))

    def _hidden(self, body: Document | None) -> list[str]:
        return [*self._tokens.secrets(), str((body or {}).get("Secret") or "")]


def values(document: Document, what: str) -> list[Document]:
    """Return the items of a list's page; raises NotOrchestrator for a document of another kind."""
    items = document.get("value")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise not_orchestrator(what, "JSON of another kind")
    return items


def _names(body: Document) -> list[str]:
    """Return what of a request's body its answer may name, since an operator chose it and it is no secret."""
    return [str(body.get("Name") or ""), *(str(event["EventType"]) for event in body.get("Events", ()))]


def _encoded(query: Query | None) -> str:
    return f"?{urlencode(query, quote_via=quote, safe='$')}" if query else ""


def _document(reply: Reply, what: str) -> Document:
    if is_page(reply):
        raise not_orchestrator(what, "a web page")
    try:
        found = json.loads(reply.body) if reply.body.strip() else {}
    except (ValueError, RecursionError):
        raise not_orchestrator(what, "not JSON") from None
    if not isinstance(found, dict):
        raise not_orchestrator(what, "JSON of another kind")
    return found
