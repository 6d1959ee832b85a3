"""/odata/Webhooks (UiPath, "Webhooks requests", and the published API definitions)."""

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

from local.loopback import Answer, BadRequest, Request, json_answer
from local.orchestrator.api.errors import ALREADY_DISABLED, DUPLICATE_NAME, QUOTA_REACHED, Refusal, not_found
from local.orchestrator.api.front import Handler, Route
from local.orchestrator.api.versions import offered
from local.orchestrator.api.webhook_dto import check, partial, shape, shown, whole
from local.orchestrator.odata import Listing, Shape, listed
from local.orchestrator.odata import shown as selected
from local.orchestrator.tenant import Orchestrator
from local.orchestrator.webhooks import Webhook

READ = ("OR.Webhooks", "OR.Webhooks.Read")
WRITE = ("OR.Webhooks", "OR.Webhooks.Write")
_ONE = re.compile(r"Webhooks\((\d{1,19})\)")
_CALLED = "UiPath.Server.Configuration.OData."
_EVENT_TYPE = Shape("WebhookEventTypeDto", frozenset(("Name", "Group")))
USER = {"UserId": 1}


class WebhooksApi:
    """Webhooks as configuration; one change at a time."""

    def __init__(self, tenant: Orchestrator) -> None:
        self._tenant, self._profile = tenant, tenant.profile
        self._lock = threading.Lock()

    def route(self, request: Request) -> Route | None:
        """Return what answers the request; None for what is not about webhooks."""
        match (request.method, *request.path[1:]):
            case ("GET", "Webhooks"):
                return Route(READ, self._list)
            case ("POST", "Webhooks"):
                return Route(WRITE, self._locked(self._post))
            case ("GET", "Webhooks", called) if called.removesuffix("()") == f"{_CALLED}GetEventTypes":
                return Route(READ, self._event_types)
            case ("POST", "Webhooks", called) if called.removesuffix("()") == f"{_CALLED}TriggerCustom":
                return Route(WRITE, self._trigger)
            case ("POST", one, called) if _ONE.fullmatch(one) and called.removesuffix("()") == f"{_CALLED}Ping":
                return Route(WRITE, self._ping)
            case ("GET", one) if _ONE.fullmatch(one):
                return Route(READ, self._get)
            case ("PUT" | "PATCH" | "DELETE" as method, one) if _ONE.fullmatch(one):
                return Route(WRITE, self._locked({"PUT": self._put, "PATCH": self._patch}.get(method, self._delete)))
        return None

    def _locked(self, handler: Handler) -> Handler:
        def alone(request: Request) -> Answer:
            with self._lock:
                return handler(request)

        return alone

    def _list(self, request: Request) -> Answer:
        rows = [shown(webhook, self._profile) for webhook in self._tenant.webhooks.all()]
        return self._page("Webhooks", listed(rows, request.query, shape(self._profile)))

    def _get(self, request: Request) -> Answer:
        row = shown(self._one(request), self._profile)
        return self._entity(200, selected(row, request.query, shape(self._profile)))

    def _post(self, request: Request) -> Answer:
        members = whole(_body(request), self._profile)
        check(members)
        if len(self._tenant.webhooks.all()) >= self._profile.quota:
            raise Refusal(400, f"The maximum number of webhooks ({self._profile.quota}) was reached.", QUOTA_REACHED)
        self._check_name(members.get("name"))
        webhook = self._tenant.webhooks.add(**members)
        self._tenant.engine.renew(webhook.name)
        return self._changed(201, webhook)

    def _put(self, request: Request) -> Answer:
        return self._replaced(self._one(request), whole(_body(request), self._profile))

    def _patch(self, request: Request) -> Answer:
        webhook, body = self._one(request), _body(request)
        if body == {"Enabled": False} and not webhook.enabled and self._profile.api_version >= 18:
            raise Refusal(400, "The webhook is already disabled.", ALREADY_DISABLED)
        return self._replaced(webhook, partial(body, self._profile))

    def _replaced(self, webhook: Webhook, members: dict[str, Any]) -> Answer:
        check({**webhook.__dict__, **members})
        if not members.get("url", webhook.url) or not members.get("name", webhook.name):
            raise Refusal(400, "The Url and Name fields are required.")
        self._check_name(members.get("name"), webhook.id)
        changed = self._tenant.webhooks.change(webhook.id, **members)
        if changed is None:
            raise not_found("Webhook")
        if (changed.enabled and not webhook.enabled) or self._profile.change_closes_breaker:
            self._tenant.engine.renew(changed.name)
        return self._changed(200, changed)

    def _delete(self, request: Request) -> Answer:
        self._tenant.webhooks.delete(self._one(request).id)
        return Answer(204)

    def _ping(self, request: Request) -> Answer:
        """A disabled webhook's ping is accepted too, and never sent."""
        webhook = self._one(request)
        body = self._tenant.ledger.event("ping", **USER)
        if webhook.enabled:
            self._tenant.engine.submit(webhook, body)
        return self._accepted("PingEventDto", json.loads(body))

    def _trigger(self, request: Request) -> Answer:
        body = self._tenant.ledger.event("custom", EventData=_body(request), **USER)
        self._tenant.send(body)
        return self._accepted("CustomEventDto", json.loads(body))

    def _event_types(self, request: Request) -> Answer:
        rows = [{"Name": name, "Group": name.partition(".")[0]} for name in offered(self._profile.api_version)]
        return self._page(f"Collection({_CALLED}WebhookEventTypeDto)", listed(rows, request.query, _EVENT_TYPE))

    def _page(self, of: str, page: Listing) -> Answer:
        counted = {} if page.count is None else {"@odata.count": page.count}
        return json_answer(200, {**self._context(of), **counted, "value": page.rows})

    def _accepted(self, kind: str, event: Mapping[str, object]) -> Answer:
        context = self._context(f"{_CALLED}{kind}")
        return json_answer(202, {**context, **event, "OrganizationUnitId": None})

    def _changed(self, status: int, webhook: Webhook) -> Answer:
        if self._profile.ping_on_change and self._profile.api_version >= 15 and webhook.enabled:
            self._tenant.engine.submit(webhook, self._tenant.ledger.event("ping", **USER))
        return self._entity(status, shown(webhook, self._profile))

    def _entity(self, status: int, row: Mapping[str, object]) -> Answer:
        return json_answer(status, {**self._context("Webhooks/$entity"), **row})

    def _context(self, of: str) -> dict[str, str]:
        return {"@odata.context": f"{self._tenant.address}/odata/$metadata#{of}"}

    def _one(self, request: Request) -> Webhook:
        found = _ONE.fullmatch(request.path[1])
        webhook = self._tenant.webhooks.get(int(found[1])) if found else None
        if webhook is None:
            raise not_found("Webhook")
        return webhook

    def _check_name(self, name: str | None, but: int | None = None) -> None:
        """Names are unique among the webhooks there are; a deleted one's is free again."""
        taken = {webhook.name.lower() for webhook in self._tenant.webhooks.all() if webhook.id != but}
        if name and name.lower() in taken:
            raise Refusal(409, f"A webhook named '{name}' already exists.", DUPLICATE_NAME)


def _body(request: Request) -> dict[str, Any]:
    try:
        return request.json_object()
    except BadRequest as error:
        raise Refusal(400, f"The request is invalid: {error}.") from error
