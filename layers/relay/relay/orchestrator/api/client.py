"""What Orchestrator's API does with webhooks: the five requests of UiPath's guide, and those that make and end one."""

from collections.abc import Collection

from relay.exchange import OutcomeUnknown
from relay.orchestrator.api.errors import NameTaken, NotFound, not_orchestrator
from relay.orchestrator.api.session import Session, values
from relay.orchestrator.api.webhook import NAMED_SINCE, Fields, Webhook, document_of, webhook_of

WEBHOOKS = "/odata/Webhooks"
_NAMESPACE = "UiPath.Server.Configuration.OData"


class Orchestrator:
    """One tenant's webhooks. Every call raises the errors of relay.orchestrator.api, or Unavailable."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def version(self) -> int:
        """The highest version the API supports, from its answers; asks for one where there was none yet."""
        if self._session.version is None:
            self._session.get(WEBHOOKS, "tell its version", {"$top": 1})
        if self._session.version is None:
            raise not_orchestrator("tell its version", "without the header api-supported-versions")
        return self._session.version

    def all(self) -> list[Webhook]:
        """Return every webhook of the tenant, by Id."""
        what = "list webhooks"
        return [webhook_of(item, what) for item in self._session.pages(WEBHOOKS, what, {"$orderby": "Id"})]

    def by_url(self, url: str) -> list[Webhook]:
        """Return the webhooks that deliver to an address."""
        what = "find webhooks"
        query = {"$filter": f"Url eq '{url.replace(_QUOTE, _QUOTE * 2)}'"}
        return [webhook_of(item, what) for item in values(self._session.get(WEBHOOKS, what, query), what)]

    def get(self, webhook_id: int) -> Webhook:
        return webhook_of(self._session.get(_path(webhook_id), "give a webhook"), "give a webhook")

    def event_types(self) -> list[str]:
        """Return the event types this Orchestrator offers, as it spells them."""
        what = "list its event types"
        path = f"{WEBHOOKS}/{_NAMESPACE}.GetEventTypes"
        try:
            document = self._session.get(path, what)
        except NotFound:  # up to 2020.4 the name bears parentheses
            document = self._session.get(f"{path}()", what)
        return [str(item["Name"]) for item in values(document, what) if item.get("Name")]

    def create(self, fields: Fields, known: Collection[int]) -> Webhook:
        """Make a webhook; after an unclear answer, look for one beside the `known` ids before repeating."""
        try:
            return self._post(fields)
        except OutcomeUnknown:
            self._session.pause()  # Orchestrator may still be at it
            return self._made(fields, known) or self._post_again(fields, known)

    def patch(self, webhook_id: int, fields: Fields) -> Webhook:
        """Set these fields; all others, the secret too, stay as they are."""
        return self._write("PATCH", webhook_id, fields, "change a webhook")

    def replace(self, webhook_id: int, fields: Fields) -> Webhook:
        """Set these fields and reset all others; whether that keeps a secret left out is not documented, so give it."""
        return self._write("PUT", webhook_id, fields, "replace a webhook")

    def delete(self, webhook_id: int) -> None:
        """End a webhook; it is no error if it has ended already."""
        try:
            self._session.send("DELETE", _path(webhook_id), "delete a webhook")
        except NotFound:
            return

    def ping(self, webhook_id: int) -> str:
        """Have Orchestrator deliver a `ping` soon, and return its EventId."""
        what = "ping a webhook"
        event = self._session.send("POST", f"{_path(webhook_id)}/{_NAMESPACE}.Ping", what)
        if not event.get("EventId"):
            raise not_orchestrator(what, "without an EventId")
        return str(event["EventId"])

    def _post(self, fields: Fields) -> Webhook:
        what = "make a webhook"
        return webhook_of(self._session.send("POST", WEBHOOKS, what, body=document_of(fields, self.version)), what)

    def _post_again(self, fields: Fields, known: Collection[int]) -> Webhook:
        try:
            return self._post(fields)
        except (OutcomeUnknown, NameTaken):  # the first one may only now have taken effect
            if made := self._made(fields, known):
                return made
            raise

    def _made(self, fields: Fields, known: Collection[int]) -> Webhook | None:
        found = (webhook for webhook in self.by_url(str(fields["Url"])) if webhook.id not in known)
        named = self.version >= NAMED_SINCE
        return next((one for one in found if not named or one.name == fields.get("Name")), None)

    def _write(self, method: str, webhook_id: int, fields: Fields, what: str) -> Webhook:
        body = document_of(fields, self.version)
        return webhook_of(self._session.send(method, _path(webhook_id), what, body=body), what)


_QUOTE = "'"  # doubled within an OData text


def _path(webhook_id: int) -> str:
    return f"{WEBHOOKS}({webhook_id})"
