"""The simulated Orchestrator's API over real HTTP, as a client sees it."""

import contextlib
import json
import time
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import quote, urlencode, urlsplit

import pytest

from local.inbox import Inbox
from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Client, Fault, Orchestrator, OrchestratorServer, Profile
from local.receiver import Fault as InboxFault
from tests import guide

CALLED = "UiPath.Server.Configuration.OData"
URL = "http://127.0.0.1:9/hook"
BODY = {
    "Name": "relay",
    "Url": URL,
    "Enabled": True,
    "Secret": "s3cret",
    "SubscribeToAllEvents": False,
    "AllowInsecureSsl": False,
    "Events": [{"EventType": "job.faulted"}, {"EventType": "job.started"}],
}
OLD = {name: value for name, value in BODY.items() if name != "Name"}


class Caller:
    """Speaks to one server with one token."""

    def __init__(self, server, token=None):
        self.server, self.headers = server, {"Content-Type": "application/json"}
        self.token(token or self.ask_token()[1]["access_token"])

    def token(self, token):
        self.headers["Authorization"] = f"Bearer {token}"

    def ask_token(self, path=None, **form):
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form}
        status, _, text = self.raw("POST", path or urlsplit(self.server.token_url).path, urlencode(wanted).encode())
        return status, json.loads(text)

    def raw(self, method, path, body=None):
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body, self.headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def __call__(self, method, path, value=None, **query):
        options = "?" + urlencode({f"${name}": text for name, text in query.items()}, quote_via=quote) if query else ""
        base = urlsplit(self.server.api_url).path
        body = None if value is None else json.dumps(value)
        status, headers, text = self.raw(method, f"{base}/odata/{quote(path, safe='/()')}{options}", body)
        assert "api-supported-versions" in headers
        return status, json.loads(text) if text else None

    def add(self, **members):
        status, webhook = self("POST", "Webhooks", {**BODY, **members})
        assert status == 201
        return webhook


@contextlib.contextmanager
def serving(profile=None, **options):
    with OrchestratorServer(Orchestrator(profile or Profile(ping_on_change=False), **options)) as server:
        yield Caller(server)


@pytest.fixture
def call():
    with serving() as caller:
        yield caller


@pytest.fixture
def inbox():
    with Inbox() as started:
        yield started


def values(answer):
    return answer[1]["value"]


# Tokens, scopes, base paths


@pytest.mark.parametrize(
    ("flavour", "base", "tokens"),
    [
        ("cloud", "/acme/Default/orchestrator_", ["/identity_/connect/token", "/acme/identity_/connect/token"]),
        ("suite", "/acme/Default/orchestrator_", ["/identity_/connect/token"]),
        ("standalone", "", ["/identity/connect/token"]),
    ],
)
def test_each_flavour_has_its_paths(flavour, base, tokens):
    with serving(Profile(flavour)) as call:
        answers = [call.ask_token(path) for path in tokens]

        assert {status for status, _ in answers} == {200}
        assert answers[0][1].keys() == {"access_token", "expires_in", "token_type", "scope"}
        assert urlsplit(call.server.api_url).path == base


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"scope": "OR.Webhooks PM.Group"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_token_endpoint_refuses_in_its_own_form(call, form, error):
    assert call.ask_token(**form) == (400, {"error": error})


def test_requests_without_a_living_token_get_401(call):
    call.token("unknown")

    status, answer = call("GET", "Webhooks")

    assert status == 401
    assert (answer["unAuthorizedRequest"], answer["__abp"], answer["success"]) == (True, True, False)


def test_tokens_end_with_their_time():
    now = 0.0
    with serving(Profile(token_seconds="60"), clock=lambda: now) as call:
        assert call("GET", "Webhooks")[0] == 200
        now = 60.0
        assert call("GET", "Webhooks")[0] == 401


def test_read_scope_reads_and_neither_writes_nor_pings(call):
    webhook = call.add()
    call.token(call.ask_token(scope="OR.Webhooks.Read")[1]["access_token"])

    refused = [
        call("POST", "Webhooks", BODY),
        call("PATCH", f"Webhooks({webhook['Id']})", {"Enabled": False}),
        call("DELETE", f"Webhooks({webhook['Id']})"),
        call("POST", f"Webhooks({webhook['Id']})/{CALLED}.Ping"),
    ]

    assert call("GET", "Webhooks")[0] == 200
    assert {status for status, _ in refused} == {403}
    assert all("Expect to have 'OR.Webhooks' or 'OR.Webhooks.Write'" in answer["errorMessage"] for _, answer in refused)


def test_app_without_roles_is_forbidden_and_a_personal_token_is_not(call):
    call.server.orchestrator.identity.register("guest", Client("secret", roles=False))
    call.token(call.ask_token(client_id="guest", client_secret="secret")[1]["access_token"])
    assert call("GET", "Webhooks")[1]["error"]["details"] == "You are not allowed to perform this operation."

    call.token(call.server.orchestrator.identity.personal_token())
    assert call("GET", "Webhooks")[0] == 200


def test_standalone_wants_its_tenant_named():
    with serving(Profile("standalone")) as call:
        assert call("GET", "Webhooks")[0] == 403
        call.headers["X-UIPATH-TenantName"] = "default"
        assert call("GET", "Webhooks")[0] == 200


@pytest.mark.parametrize("path", ["/acme/other/orchestrator_/odata/Webhooks", "/odata/Webhooks", "/acme"])
def test_wrong_base_path_gets_a_page_with_200(call, path):
    status, headers, text = call.raw("GET", path)

    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert text.startswith(b"<!doctype html>")


# Webhooks


def test_webhook_is_read_back_as_it_was_made(call):
    made = call.add()

    status, read = call("GET", f"Webhooks({made['Id']})")

    assert (status, read) == (200, made)
    assert {**read, "Secret": "s3cret"} == {
        **BODY,
        "@odata.context": f"{call.server.api_url}/odata/$metadata#Webhooks/$entity",
        "Description": None,
        "Id": 1,
        "Key": read["Key"],
    }
    assert read["Secret"] == "**********"


def test_the_five_requests_of_the_guide_are_answered_as_it_shows():
    sent = {name: value for name, value in guide.WEBHOOK.items() if name not in ("Id", "SubscribeToAllEvents")}
    with serving(Profile("standalone", 15, mask_secrets=False, ping_on_change=False)) as call:
        call.headers["X-UIPATH-TenantName"] = "Default"
        metadata = f"{call.server.api_url}/odata/$metadata"
        for _ in range(3):
            call("POST", "Webhooks", OLD)
        call("POST", "Webhooks", guide.WEBHOOK)

        listed = call("GET", "Webhooks", filter=f"Url eq '{guide.URL}'")
        got = call("GET", "Webhooks(4)")
        status, offered = call("GET", f"Webhooks/{CALLED}.GetEventTypes()")
        put = call("PUT", "Webhooks(4)", {**sent, "Enabled": False})
        pinged, ping = call("POST", f"Webhooks(4)/{CALLED}.Ping")

    assert listed == (200, {"@odata.context": f"{metadata}#Webhooks", "@odata.count": 1, "value": [guide.WEBHOOK]})
    assert got == (200, {"@odata.context": f"{metadata}#Webhooks/$entity", **guide.WEBHOOK})
    assert (status, {tuple(one) for one in offered["value"]}) == (200, {("Name", "Group")})
    assert {"Name": "process.created", "Group": "process"} in offered["value"]
    # What is left out of a PUT comes back false.
    assert put == (200, {"@odata.context": f"{metadata}#Webhooks/$entity", **guide.WEBHOOK, "Enabled": False})
    # 202 where the guide has 200: UiPath's own API definitions say so.
    assert (pinged, ping["Type"], ping["OrganizationUnitId"]) == (202, "ping", None)


def test_lists_are_filtered_paged_ordered_and_counted(call):
    for name in ("b", "a'b", "c"):
        call.add(Name=name, Enabled=name != "c")

    def names(**query):
        return [webhook["Name"] for webhook in values(call("GET", "Webhooks", **query))]

    assert names(filter="Name eq 'a''b'") == ["a'b"]
    assert names(filter="Enabled eq true and (Id ge 2 or Name eq 'b')", orderby="Name desc") == ["b", "a'b"]
    assert names(filter="not (Name in ('b','c'))") == ["a'b"]
    assert names(orderby="Name", skip=1, top=1) == ["b"]
    assert "@odata.count" not in call("GET", "Webhooks")[1]
    assert call("GET", "Webhooks", count="true", top=1)[1]["@odata.count"] == 3
    assert values(call("GET", "Webhooks", select="Id,Name", top=1)) == [{"Name": "b", "Id": 1}]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "Url eq"},
        {"filter": "Address eq 'x'"},
        {"filter": "Url like 'x'"},
        {"filter": "Url eq 'x' and"},
        {"filter": "Url eq 'it's'"},
        {"filter": " or ".join(["Id eq 1"] * 101)},
        {"top": "1001"},
        {"top": "all"},
        {"orderby": "Address"},
        {"orderby": ",".join(["Id"] * 6)},
        {"select": "Address"},
        {"expand": "Url"},
        {"search": "x"},
    ],
)
def test_invalid_query_options_are_refused(call, query):
    status, answer = call("GET", "Webhooks", **query)

    assert (status, answer["errorCode"]) == (400, 1000)
    assert answer.keys() == {"message", "errorCode", "traceId"}


def test_put_replaces_and_patch_keeps(call):
    number = call.add(SubscribeToAllEvents=True, Description="all")["Id"]
    stored = call.server.orchestrator.webhooks.get

    patched = call("PATCH", f"Webhooks({number})", {"Url": "https://other"})[1]
    assert (patched["Url"], patched["SubscribeToAllEvents"], stored(number).secret) == ("https://other", True, "s3cret")

    call("PATCH", f"Webhooks({number})", {"Secret": ""})
    assert stored(number).secret is None

    replaced = call("PUT", f"Webhooks({number})", {"Name": "n", "Url": URL, "Events": [{"EventType": "Job.Created"}]})
    assert replaced[0] == 200
    assert (replaced[1]["SubscribeToAllEvents"], replaced[1]["Enabled"], replaced[1]["Description"]) == (
        False,
        False,
        None,
    )
    assert replaced[1]["Events"] == [{"EventType": "job.created"}]


def test_deleted_webhook_is_gone_and_its_name_free(call):
    number = call.add()["Id"]

    assert call("DELETE", f"Webhooks({number})") == (204, None)
    assert call("GET", f"Webhooks({number})")[1]["errorCode"] == 1002
    assert call("DELETE", f"Webhooks({number})")[0] == 404
    assert call.add()["Id"] == number + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Events": [{"EventType": "job.*"}]}, "Unknown webhook event type: job.*"),
        ({"Events": [{"EventType": "custom"}]}, "Unknown webhook event type: custom"),
        ({"Events": []}, "Events collection cannot be empty unless subscribing to all events"),
        ({"Url": "ftp://x"}, "The Url field is not a valid fully-qualified http or https URL."),
        ({"Url": None}, "The Url field is not a valid fully-qualified http or https URL."),
        ({"Secret": "x" * 101}, "The field Secret must be a string with a maximum length of 100."),
        ({"Enabled": "yes"}, "Cannot convert the value of 'Enabled' to the expected type 'Edm.Boolean'."),
        ({"Name": ""}, "The Name field is required."),
        ({"Folder": 1}, "The property 'Folder' does not exist on type 'UiPath.Server.Contracts.WebhookDto'."),
    ],
)
def test_impossible_webhooks_are_refused(call, change, message):
    status, answer = call("POST", "Webhooks", {**BODY, **change})

    assert status == 400
    assert answer["message"].startswith(message)
    assert values(call("GET", "Webhooks")) == []


def test_names_are_unique_and_webhooks_bounded():
    with serving(Profile(quota=2, ping_on_change=False)) as call:
        call.add()
        other = call.add(Name="other")

        taken = [
            call("POST", "Webhooks", {**BODY, "Name": "third"}),
            call("PATCH", f"Webhooks({other['Id']})", {"Name": "RELAY"}),
        ]

        assert [status for status, _ in taken] == [400, 409]
        assert len({answer["errorCode"] for _, answer in taken}) == 2
        assert call("PATCH", f"Webhooks({other['Id']})", {"Name": "Other"})[0] == 200


@pytest.mark.parametrize("version", range(11, 21))
def test_api_versions_differ_in_members_and_events(version):
    with serving(Profile(api_version=version, ping_on_change=False)) as call:
        status, answer = call("POST", "Webhooks", BODY)
        old_status, old = call("POST", "Webhooks", OLD)
        _, headers, _ = call.raw("GET", urlsplit(call.server.api_url).path + "/odata/Webhooks")
        types = {row["Name"] for row in values(call("GET", f"Webhooks/{CALLED}.GetEventTypes()"))}

        assert (status, old_status) == ((201, 400) if version >= 16 else (400, 201))
        if version < 16:
            assert answer["message"].startswith("The property 'Name' does not exist")
            assert not {"Name", "Description", "Key"} & old.keys()
        assert max(int(part.split(".")[0]) for part in headers["api-supported-versions"].split(",")) == version
        assert {"job.faulted", "queueItem.added", "task.saved"} <= types
        assert not types & {"ping", "custom"}
        assert ("task.deleted" in types, "job.resumed" in types, "queueItem.retried" in types) == (
            version >= 15,
            version >= 16,
            version >= 20,
        )


def test_event_types_are_listed_under_both_spellings(call):
    plain, bracketed = (values(call("GET", f"Webhooks/{CALLED}.GetEventTypes{end}")) for end in ("", "()"))

    assert plain == bracketed
    assert {"Name": "queueItem.added", "Group": "queueItem"} in plain


# Ping, custom events, what delivery does to configuration


def test_ping_is_accepted_and_then_delivered_with_the_same_id(call, inbox):
    webhook = call.add(Url=f"{inbox.url}/inbox/relay")

    status, answer = call("POST", f"Webhooks({webhook['Id']})/{CALLED}.Ping", {})

    assert (status, answer["Type"], answer["OrganizationUnitId"]) == (202, "ping", None)
    [message] = inbox.wait_for(1)
    delivered = json.loads(message.body)
    assert delivered["EventId"] == answer["EventId"]
    assert "OrganizationUnitId" not in delivered
    assert message.headers["x-uipath-signature"]


def test_ping_of_a_disabled_webhook_is_accepted_and_never_sent(call, inbox):
    webhook = call.add(Url=f"{inbox.url}/inbox/relay", Enabled=False)

    assert call("POST", f"Webhooks({webhook['Id']})/{CALLED}.Ping")[0] == 202
    assert call.server.orchestrator.deliveries() == []


def test_change_pings_at_once(inbox):
    with serving(Profile(ping_on_change=True)) as call:
        call.add(Url=f"{inbox.url}/inbox/relay")

        assert json.loads(inbox.wait_for(1)[0].body)["Type"] == "ping"


def test_custom_event_reaches_who_subscribes_to_all(call, inbox):
    call.add(Url=f"{inbox.url}/inbox/relay", SubscribeToAllEvents=True, Events=[])

    status, answer = call("POST", f"Webhooks/{CALLED}.TriggerCustom", {"invoice": "ä"})

    assert (status, answer["EventData"]) == (202, {"invoice": "ä"})
    assert json.loads(inbox.wait_for(1)[0].body)["EventData"] == {"invoice": "ä"}


def test_cloud_disables_a_webhook_that_keeps_failing(call, inbox):
    inbox.fault("relay", InboxFault(status=500, times=100))
    webhook = call.add(Url=f"{inbox.url}/inbox/relay", SubscribeToAllEvents=True)
    tenant = call.server.orchestrator
    for _ in range(10):
        assert call("GET", "Webhooks(1)")[1]["Enabled"]
        tenant.engine.breaker("relay").reset()
        [future] = tenant.send(b'{"Type":"job.faulted"}')
        future.result(timeout=10)

    assert call("GET", f"Webhooks({webhook['Id']})")[1]["Enabled"] is False
    assert tenant.send(b"{}") == []
    status, answer = call("PATCH", f"Webhooks({webhook['Id']})", {"Enabled": False})
    assert (status, answer["message"]) == (400, "The webhook is already disabled.")
    assert call("PATCH", f"Webhooks({webhook['Id']})", {"Enabled": True})[1]["Enabled"]


def test_burst_of_failures_disables_nothing(call, inbox):
    inbox.fault("relay", InboxFault(status=500, times=100, hang=0.05))
    call.add(Url=f"{inbox.url}/inbox/relay", SubscribeToAllEvents=True)

    futures = call.server.orchestrator.send_all([b'{"Type":"job.faulted"}'] * 40)

    outcomes = [future.result(timeout=10).outcome for future in futures]
    assert outcomes.count("failed") >= 10
    assert call("GET", "Webhooks(1)")[1]["Enabled"]


def test_standalone_retries_and_then_opens_its_breaker(inbox):
    inbox.fault("relay", InboxFault(status=503, times=3))
    now = 0.0
    tenant = Orchestrator(Profile("standalone"), retries=[0, 0.01, 0.01, 0.01], clock=lambda: now)
    try:
        tenant.put_webhook("main", f"{inbox.url}/inbox/relay")
        [kept] = [future.result(timeout=10) for future in tenant.send(b'{"EventId":"1"}')]
        inbox.fault("relay", InboxFault(status=503, times=5))
        [lost] = [future.result(timeout=10) for future in tenant.send(b'{"EventId":"2"}')]
        now = 599.0
        [skipped] = [future.result(timeout=10) for future in tenant.send(b'{"EventId":"3"}')]
        now = 600.0
        [later] = [future.result(timeout=10) for future in tenant.send(b'{"EventId":"4"}')]
    finally:
        tenant.stop()

    assert [(one.outcome, one.attempts) for one in (kept, lost, skipped, later)] == [
        ("delivered", 4),
        ("failed", 5),
        ("skipped", 0),
        ("delivered", 1),
    ]
    assert [json.loads(message.body)["EventId"] for message in inbox.messages()] == ["1"] * 4 + ["2"] * 5 + ["4"]


def test_stopping_gives_up_what_waits_for_its_retry(inbox):
    inbox.fault("relay", InboxFault(status=503))
    tenant = Orchestrator(Profile("standalone"), retries=[60])
    tenant.put_webhook("main", f"{inbox.url}/inbox/relay")
    [future] = tenant.send(b"{}")
    until = time.monotonic() + 10
    while not tenant.engine._delays._waiting and time.monotonic() < until:
        time.sleep(0.005)

    tenant.stop()

    assert future.result(timeout=5).outcome == "failed"


# Faults, limits, what was asked


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("kind", ["reset", "hang"])
def test_post_without_an_answer_may_have_had_its_effect(call, kind, when, made):
    call.server.orchestrator.desk.faults.order(Fault(kind, "POST", "/odata/Webhooks", seconds=0.05, when=when))

    with pytest.raises(RemoteDisconnected):
        call("POST", "Webhooks", BODY)

    assert len(values(call("GET", "Webhooks"))) == made
    assert call.server.orchestrator.desk.journal.counts()["POST /odata/Webhooks"] == 1


def test_effect_may_hide_behind_an_error(call):
    call.server.orchestrator.desk.faults.order(Fault(status=504, method="POST", when="after"))

    path = f"{urlsplit(call.server.api_url).path}/odata/Webhooks"

    assert call.raw("POST", path, json.dumps(BODY))[0] == 504
    assert [webhook["Name"] for webhook in values(call("GET", "Webhooks"))] == ["relay"]


@pytest.mark.parametrize(("closes", "outcome"), [(False, "skipped"), (True, "delivered")])
def test_change_may_close_an_open_breaker(inbox, closes, outcome):
    inbox.fault("relay", InboxFault(status=401))
    with serving(Profile(change_closes_breaker=closes, ping_on_change=False)) as call:
        webhook, tenant = call.add(Url=f"{inbox.url}/inbox/relay"), call.server.orchestrator
        tenant.send(b'{"Type":"job.faulted"}')[0].result(timeout=10)

        call("PATCH", f"Webhooks({webhook['Id']})", {"Secret": "other"})
        [future] = tenant.send(b'{"Type":"job.faulted"}')

        assert future.result(timeout=10).outcome == outcome


def test_webhook_made_anew_does_not_inherit_a_breaker(call, inbox):
    inbox.fault("relay", InboxFault(status=401))
    tenant = call.server.orchestrator
    webhook = call.add(Url=f"{inbox.url}/inbox/relay")
    tenant.send(b'{"Type":"job.faulted"}')[0].result(timeout=10)

    call("DELETE", f"Webhooks({webhook['Id']})")
    call.add(Url=f"{inbox.url}/inbox/relay")

    assert tenant.send(b'{"Type":"job.faulted"}')[0].result(timeout=10).outcome == "delivered"


def test_ordered_faults_meet_their_requests_so_often(call):
    faults = call.server.orchestrator.desk.faults
    faults.order(Fault(status=503, method="GET", path="GetEventTypes", retry_after=7, times=2))
    path = f"{urlsplit(call.server.api_url).path}/odata/Webhooks/{CALLED}.GetEventTypes"

    met = [call.raw("GET", path) for _ in range(2)]

    assert [(status, headers["retry-after"]) for status, headers, _ in met] == [(503, "7")] * 2
    assert call.raw("GET", path)[0] == 200
    faults.order(Fault(status=429, retry_after=7, retry_as="date"))
    assert call.raw("GET", path)[1]["retry-after"].endswith(" GMT")
    faults.order(Fault("html"))
    assert call.raw("GET", path)[1]["content-type"].startswith("text/html")
    assert faults.left() == 0


def test_requests_are_counted_by_route_and_writes_apart(call):
    journal = call.server.orchestrator.desk.journal
    call.add()
    before = journal.last

    call("GET", "Webhooks", filter="Id eq 1")
    call("POST", f"Webhooks(1)/{CALLED}.Ping")
    assert journal.writes(before) == []
    call("PATCH", "Webhooks(1)", {"Enabled": False})

    assert journal.counts(before) == {
        "GET /odata/Webhooks": 1,
        f"POST /odata/Webhooks({{id}})/{CALLED}.Ping": 1,
        "PATCH /odata/Webhooks({id})": 1,
    }
    assert [asked.status for asked in journal.writes(before)] == [200]
    assert journal.all(before)[0].query == {"$filter": "Id eq 1"}


# The control API of all that


def test_control_orders_faults_and_tells_what_was_asked(call):
    assert call.raw("POST", "/control/faults", json.dumps({"status": 504, "path": "Webhooks", "times": 2}))[0] == 204
    assert call.raw("GET", urlsplit(call.server.api_url).path + "/odata/Webhooks")[0] == 504

    left = json.loads(call.raw("GET", "/control/faults")[2])
    asked = json.loads(call.raw("GET", "/control/requests")[2])

    assert left == {"left": 1}
    assert asked["counts"]["GET /odata/Webhooks"] == 1
    assert asked["writes"] == 0
    assert call.raw("DELETE", "/control/faults")[0] == 204
    assert call("GET", "Webhooks")[0] == 200


def test_control_makes_clients_and_tokens_and_revokes_them(call):
    client = {"secret": "other", "scopes": ["OR.Webhooks.Read"]}
    assert call.raw("PUT", "/control/clients/reader", json.dumps(client))[0] == 204
    assert call.ask_token(client_id="reader", client_secret="other")[1]["scope"] == "OR.Webhooks.Read"
    call.token(json.loads(call.raw("POST", "/control/tokens", "{}")[2])["token"])
    assert call("GET", "Webhooks")[0] == 200

    call.raw("DELETE", "/control/tokens")

    assert call("GET", "Webhooks")[0] == 401


def test_control_disables_a_webhook_and_tells_the_profile(call):
    call.add()

    assert call.raw("POST", "/control/webhooks/relay/disable")[0] == 204
    assert call.raw("POST", "/control/webhooks/none/disable")[0] == 404
    assert call("GET", "Webhooks(1)")[1]["Enabled"] is False
    assert json.loads(call.raw("GET", "/control/profile")[2])["api_version"] == 20


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("POST", "faults", {"kind": "flood"}),
        ("POST", "faults", {"colour": "red"}),
        ("POST", "faults", {"times": "often"}),
        ("PUT", "clients/x", {}),
        ("PUT", "clients/x", {"secret": "s", "scopes": "all"}),
        ("PUT", "limits", {"lists_per_minute": "many"}),
    ],
)
def test_control_refuses_what_the_api_cannot_be(call, method, path, value):
    assert call.raw(method, f"/control/{path}", json.dumps(value))[0] == 400
