"""What our client asks, against UiPath's own definitions, version by version; and the shapes without them."""

import re

import pytest

from relay.sync.apply import apply
from relay.sync.plan import plan
from relay.sync.wanted import Wanted
from tests.contract import swagger
from tests.orchestrators import MemoryTenant, hook

URL = str(hook()["Url"])
WANTED = [Wanted("relay-main", "kept", ("job.*",)), Wanted("second", "kept", ("*",), enabled=False)]
DTO = {"Url", "Enabled", "Secret", "SubscribeToAllEvents", "AllowInsecureSsl", "Events"}


class Watched(MemoryTenant):
    """Remembers what it was asked, by the path of the definitions."""

    def __init__(self, version, hooks):
        self.asked = []
        super().__init__(version, hooks=hooks)

    def answer(self, method, path, query, body):
        if path.endswith(".Ping"):
            self.asked.append((method, re.sub(r"\(\d+\)", "({key})", path), query, None))
            return 202, {"Type": "ping", "EventId": "1"}
        content = body if method in ("POST", "PUT", "PATCH") else None
        self.asked.append((method, re.sub(r"\(\d+\)", "({key})", path), query, content))
        return super().answer(method, path, query, body)


@pytest.fixture(params=swagger.VERSIONS, ids=lambda version: f"v{version}")
def tenant(request):
    """A tenant after everything the client can ask for, each field drifted."""
    named = {"Name": "RELAY-main", "Description": "theirs", "Key": "k"} if request.param >= 16 else {}
    drifted = hook(1, **named, Enabled=False, AllowInsecureSsl=True)
    copies = [hook(number, **(named | ({"Name": f"copy {number}"} if named else {}))) for number in (2, 3)]
    found = Watched(request.param, [drifted, *copies])
    client = found.client()
    for _ in range(2):
        planned = plan(WANTED, client.all(), client.event_types(), client.version, URL)
        apply(planned, client, lambda: "the secret")
        found.hooks.pop(1, None)
    last = max(found.hooks)
    client.by_url(URL)
    client.replace(last, {**client.get(last).fields(client.version), "Secret": "the secret"})
    client.ping(last)
    return found


def _bodies(tenant):
    return [(method, path, body) for method, path, _, body in tenant.asked if body is not None]


def test_the_client_asks_for_everything_but_custom_events(tenant):
    called = "/odata/Webhooks/UiPath.Server.Configuration.OData."
    one = "/odata/Webhooks({key})"

    assert {(method, path) for method, path, _, _ in tenant.asked} == {
        ("GET", "/odata/Webhooks"),
        ("POST", "/odata/Webhooks"),
        *((method, one) for method in ("GET", "PUT", "PATCH", "DELETE")),
        ("POST", f"{one}/UiPath.Server.Configuration.OData.Ping"),
        ("GET", f"{called}GetEventTypes"),
    }


@swagger.needs_swagger
def test_every_request_is_defined_and_its_body_as_defined(tenant):
    defined = swagger.requests("webhooks", tenant.version)

    assert {(method, path) for method, path, _, _ in tenant.asked} <= defined
    for method, path, body in _bodies(tenant):
        name = swagger.body_schema(tenant.version, method, path)
        found = swagger.complaints("webhooks", tenant.version, name, body) if name else []
        # A PATCH is partial: that the definitions want all required members of it, no client obeys.
        assert [one for one in found if method != "PATCH" or "required property" not in one] == [], (method, body)


def test_bodies_hold_what_the_version_knows_and_nothing_else(tenant):
    named = {"Name", "Description"} if tenant.version >= 16 else set()

    for method, _, body in _bodies(tenant):
        assert body.keys() <= DTO | named
        if method != "PATCH":
            assert body.keys() == DTO | named
        if body.get("SubscribeToAllEvents") is True:
            assert body["Events"] == []
        assert all(event.keys() == {"EventType"} for event in body.get("Events", ()))
        assert method != "PATCH" or "Secret" not in body


def test_queries_are_those_every_version_takes(tenant):
    asked = [query for _, _, query, _ in tenant.asked]

    assert set().union(*asked) == {"$filter", "$orderby", "$top", "$skip"}
    assert all(int(query.get("$top", 1)) <= 100 for query in asked)
