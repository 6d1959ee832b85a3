"""What the simulated Orchestrator says against UiPath's own definitions, version by version; without any socket."""

import json

import pytest

from local.loopback import Request
from local.orchestrator import Life, Orchestrator, Profile
from local.orchestrator.api.versions import offered
from local.orchestrator.server import front_of
from tests.contract import swagger

CALLED = "UiPath.Server.Configuration.OData"
ENTITIES = {
    "Jobs": "Robot,Release,Machine",
    "QueueItems": "Robot",
    "Sessions": "Robot",
    f"Sessions/{CALLED}.GetGlobalSessions": "Robot",
    f"Tasks/{CALLED}.GetTasksAcrossFolders": "",
    "Releases": "",
    "QueueDefinitions": "",
    "Robots": "",
    "ProcessSchedules": "",
    "Folders": "",
}
EACH_VERSION = pytest.mark.parametrize("version", swagger.VERSIONS)


class Tenant:
    """Asks one simulated tenant in this process."""

    def __init__(self, version):
        self.orchestrator = Orchestrator(Profile(api_version=version, ping_on_change=False), workers=1)
        self.life = Life(7, api_version=version)
        self.orchestrator.begin(self.life)
        self.events = [json.loads(body) for body in self.life.day()]
        self._front = front_of(self.orchestrator)
        self._headers = {"Authorization": f"Bearer {self.orchestrator.identity.personal_token()}"}

    def __call__(self, method, path, body=None, folder=None, **query):
        headers = self._headers | ({"X-UIPATH-OrganizationUnitId": str(folder)} if folder else {})
        text = b"" if body is None else json.dumps(body).encode()
        parts = (*self.orchestrator.profile.base, "odata", *path.split("/"))
        options = {f"${name}": str(value) for name, value in query.items() if value != ""}
        answer = self._front(Request(method, parts, options, headers, text))
        assert answer
        return answer.status, json.loads(answer.body) if answer.body else None

    def webhook(self):
        named = {"Name": "relay", "Description": "d"} if self.orchestrator.profile.has_names else {}
        events = [{"EventType": name} for name in offered(self.orchestrator.profile.api_version)[:3]]
        flags = {"Enabled": False, "SubscribeToAllEvents": False, "AllowInsecureSsl": False}
        return {**named, "Url": "https://example.com/hook", "Secret": "s3cret", "Events": events, **flags}


@pytest.fixture(scope="module", params=swagger.VERSIONS, ids=lambda version: f"v{version}")
def tenant(request):
    started = Tenant(request.param)
    yield started
    started.orchestrator.stop()


def webhook_requests(tenant):
    """Every webhook request there is, in an order in which each succeeds: path of the definition, call, status."""
    one, key = "/odata/Webhooks({key})", tenant("POST", "Webhooks", tenant.webhook())[1]["Id"]
    other = tenant.webhook() | ({"Name": "other"} if tenant.orchestrator.profile.has_names else {})
    called = f"/odata/Webhooks/{CALLED}"
    return [
        ("POST", "/odata/Webhooks", 201, tenant("POST", "Webhooks", other)),
        ("GET", "/odata/Webhooks", 200, tenant("GET", "Webhooks", count="true")),
        ("GET", one, 200, tenant("GET", f"Webhooks({key})")),
        ("PUT", one, 200, tenant("PUT", f"Webhooks({key})", tenant.webhook())),
        ("PATCH", one, 200, tenant("PATCH", f"Webhooks({key})", {"AllowInsecureSsl": True})),
        ("POST", f"{one}/{CALLED}.Ping", 202, tenant("POST", f"Webhooks({key})/{CALLED}.Ping")),
        ("GET", f"{called}.GetEventTypes", 200, tenant("GET", f"Webhooks/{CALLED}.GetEventTypes")),
        ("POST", f"{called}.TriggerCustom", 202, tenant("POST", f"Webhooks/{CALLED}.TriggerCustom", {"a": {}})),
        ("DELETE", one, 204, tenant("DELETE", f"Webhooks({key})")),
    ]


@swagger.needs_swagger
def test_webhook_answers_are_as_defined(tenant):
    version = tenant.orchestrator.profile.api_version

    for method, path, status, (answered, body) in webhook_requests(tenant):
        assert answered == status, (method, path, body)
        name = swagger.answer_schema("webhooks", version, method, path, status)
        assert (name is None) == (body is None)
        assert name is None or swagger.complaints("webhooks", version, name, body) == [], (method, path)


@swagger.needs_swagger
def test_every_request_defined_for_webhooks_is_answered(tenant):
    version = tenant.orchestrator.profile.api_version
    defined = swagger.requests("webhooks", version)

    assert {(method, path) for method, path, _, _ in webhook_requests(tenant)} == defined


@swagger.needs_swagger
@pytest.mark.parametrize("name", ENTITIES)
def test_entity_answers_are_as_defined(tenant, name):
    version = tenant.orchestrator.profile.api_version
    folder = next(iter(tenant.life.world.sessions.values()))["OrganizationUnitId"]

    status, body = tenant("GET", name, folder=folder if name == "Sessions" else None, top=100, expand=ENTITIES[name])

    assert status == 200
    assert body["value"]
    schema = swagger.answer_schema("entities", version, "GET", f"/odata/{name}", 200)
    assert schema
    assert swagger.complaints("entities", version, schema, body) == []


@swagger.needs_swagger
@pytest.mark.parametrize("name", ["Jobs", "QueueItems", "Releases", "Tasks"])
def test_single_entities_are_as_defined(tenant, name):
    version = tenant.orchestrator.profile.api_version
    records = {"Jobs": "jobs", "QueueItems": "items", "Releases": "releases", "Tasks": "tasks"}[name]
    number = next(iter(getattr(tenant.life.world, records)))

    status, body = tenant("GET", f"{name}({number})")

    assert status == 200
    schema = swagger.answer_schema("entities", version, "GET", f"/odata/{name}({{key}})", 200)
    assert schema
    assert swagger.complaints("entities", version, schema, body) == []


@swagger.needs_swagger
def test_every_event_of_a_day_is_as_defined(tenant):
    version = tenant.orchestrator.profile.api_version
    seen: dict[str, set[str]] = {}
    for event in tenant.events:
        schema = swagger.event_schema(version, event["Type"])
        assert schema, event["Type"]
        seen.setdefault(event["Type"], set()).update(swagger.complaints("webhooks", version, schema, event))

    assert {name: found for name, found in seen.items() if found} == {}


@swagger.needs_swagger
@EACH_VERSION
def test_offered_event_types_are_those_defined(version):
    assert set(offered(version)) == swagger.event_types(version) - {"ping", "custom", "CustomEventDto"}


# The shapes the relay needs, told without the definitions

WEBHOOK = {"Url", "Enabled", "Secret", "SubscribeToAllEvents", "AllowInsecureSsl", "Id", "Events"}
SINCE = {
    "Jobs": {11: {"Id", "Key", "State", "CreationTime", "StartTime", "EndTime", "Info", "ReleaseName"}, 17: {
        "LastModificationTime", "ResumeTime"}, 20: {"JobError", "ErrorCode"}},
    "QueueItems": {11: {"Id", "Key", "QueueDefinitionId", "Status", "ReviewStatus", "Reference", "ProcessingException",
        "RetryNumber", "AncestorId", "OrganizationUnitId"}},
    f"Sessions/{CALLED}.GetGlobalSessions": {11: {"State", "IsUnresponsive", "ReportingTime", "HostMachineName"}},
    f"Tasks/{CALLED}.GetTasksAcrossFolders": {11: {"Status", "AssignedToUserId", "LastModificationTime"},
        15: {"CompletionTime", "Action"}},
}  # fmt: skip


def test_webhooks_have_the_members_of_their_version(tenant):
    named = {"Name": "own"} if tenant.orchestrator.profile.has_names else {}

    _, body = tenant("POST", "Webhooks", tenant.webhook() | named)

    new = {"Key", "Name", "Description"} if tenant.orchestrator.profile.api_version >= 16 else set()
    assert {name for name in body if not name.startswith("@")} == WEBHOOK | new
    tenant("DELETE", f"Webhooks({body['Id']})")


@pytest.mark.parametrize("name", SINCE)
def test_entities_have_the_members_a_reconciler_reads(tenant, name):
    version = tenant.orchestrator.profile.api_version

    row = tenant("GET", name, top=1)[1]["value"][0]

    for since, members in SINCE[name].items():
        assert (members <= row.keys()) == (since <= version)
