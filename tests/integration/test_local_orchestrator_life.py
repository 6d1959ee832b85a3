"""The simulated life over real HTTP: what is delivered, what the lists say, what the control API tells."""

import base64
import json
import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit

import pytest

from local.inbox import Inbox
from local.orchestrator import DAY, Life, Orchestrator, OrchestratorServer, Profile

SINCE = "2026-03-02T12:00:00Z"
CALLED = "UiPath.Server.Configuration.OData"


class Caller:
    def __init__(self, server):
        self.server, self.tenant = server, server.orchestrator
        self.headers = {"Authorization": f"Bearer {self.tenant.identity.personal_token()}"}

    def raw(self, method, path, value=None):
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method, path, None if value is None else json.dumps(value), self.headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, dict(answer.getheaders()), json.loads(text) if text else None
        finally:
            connection.close()

    def __call__(self, path, **query):
        options = urlencode({f"${name}": text for name, text in query.items()}, quote_via=quote)
        return self.raw("GET", f"{urlsplit(self.server.api_url).path}/odata/{path}?{options}")

    def rows(self, path, **query):
        status, _, answer = self(path, **query)
        assert status == 200, answer
        return answer["value"]

    def pages(self, path, top, **query):
        """Read on by Id until a page is empty, as a reconciler does."""
        last = 0
        while page := self.rows(path, filter=f"Id gt {last}", orderby="Id", top=top, **query):
            last = page[-1]["Id"]
            yield from page


def serve(version, flavour="cloud", **options):
    return OrchestratorServer(Orchestrator(Profile(flavour, version, lists_per_minute=None, **options)))


@pytest.fixture(scope="module", params=[11, 17, 20], ids=lambda version: f"v{version}")
def call(request):
    with serve(request.param) as server:
        server.orchestrator.begin(Life(7, api_version=request.param))
        server.orchestrator.live(DAY)
        yield Caller(server)


def told(call, kind):
    return {key: entity for (found, key), entity in call.tenant.truth().items() if found == kind}


@pytest.mark.parametrize(
    ("kind", "path", "key", "status"),
    [
        ("job", "Jobs", "Key", "State"),
        ("queueItem", "QueueItems", "Key", "Status"),
        ("task", f"Tasks/{CALLED}.GetTasksAcrossFolders", "Id", "Status"),
        ("process", "Releases", "Key", None),
        ("queue", "QueueDefinitions", "Id", None),
        ("robot", "Robots", "Id", None),
    ],
)
def test_lists_say_what_the_truth_says(call, kind, path, key, status):
    rows = {str(row[key]): row for row in call.pages(path, 100)}
    truth = told(call, kind)

    hidden = {name for name, entity in truth.items() if entity.status == "Deleted"} - rows.keys()
    assert rows.keys() | hidden >= truth.keys()
    assert kind == "queueItem" or len(hidden) == sum(entity.status == "Deleted" for entity in truth.values())
    for name in truth.keys() & rows.keys():
        assert status is None or rows[name][status] == truth[name].status
        same = {member for member in rows[name] if member in truth[name].fields and member != "StartStrategy"}
        assert {member: rows[name][member] for member in same} == {
            member: truth[name].fields[member] for member in same
        }


def test_changes_since_a_time_are_found_by_the_filter_of_the_version(call):
    version, names = call.tenant.profile.api_version, ("EndTime", "StartTime", "CreationTime")
    modified, union = f"LastModificationTime ge {SINCE}", " or ".join(f"({name} ge {SINCE})" for name in names)
    rows = call.rows("Jobs", top=1000)

    found = {row["Id"] for row in call.rows("Jobs", filter=modified if version >= 17 else union, top=1000)}

    changed = {row["Id"] for row in rows if any(row[name] and row[name] >= SINCE[:19] for name in names)}
    assert len(changed) > 50
    assert found >= changed if version >= 17 else found == changed
    assert version >= 17 or call("Jobs", filter=modified)[0] == 400


def test_pages_of_queue_items_are_small_since_2024(call):
    small = call.tenant.profile.api_version >= 18

    status, _, answer = call("QueueItems", top=1000)

    assert status == (400 if small else 200)
    assert not small or "limit of '100' for Top query" in answer["message"]
    assert len(call.rows("QueueItems")) == (100 if small else len(call.rows("QueueItems", top=1000)))


def test_count_is_told_unasked_until_2024(call):
    answer = call("Jobs", top=1)[2]

    assert ("@odata.count" in answer) == (call.tenant.profile.api_version < 18)
    assert call("Jobs", top=1, count="true")[2]["@odata.count"] == len(call.tenant.life.world.jobs)


def test_arguments_are_told_of_a_single_job_only(call):
    done = call.rows("Jobs", filter="State eq 'Successful'", top=1)[0]

    assert done["OutputArguments"] is None
    assert "sum" in json.loads(call(f"Jobs({done['Id']})")[2]["OutputArguments"])


def test_robot_release_and_machine_come_when_expanded(call):
    plain = call.rows("Jobs", filter="State eq 'Successful'", top=1)[0]
    wanted = "Robot,Release" if call.tenant.profile.api_version < 12 else "Robot,Release,Machine"

    full = call.rows("Jobs", filter="State eq 'Successful'", top=1, expand=wanted)[0]

    assert not {"Robot", "Release", "Machine"} & plain.keys()
    assert set(wanted.split(",")) <= full.keys()
    assert full["Release"]["ProcessKey"]
    assert call("Jobs", expand="Machine")[0] == (400 if call.tenant.profile.api_version < 12 else 200)


def test_folder_is_named_in_four_ways(call):
    folder = call.rows("Folders", filter="FullyQualifiedName eq 'Finance/Invoices'")[0]
    path = folder["FullyQualifiedName"]
    headers = {
        "X-UIPATH-OrganizationUnitId": str(folder["Id"]),
        "X-UIPATH-FolderKey": folder["Key"],
        "X-UIPATH-FolderPath": path,
        "X-UIPATH-FolderPath-Encoded": base64.b64encode(path.encode("utf-16-le")).decode(),
    }
    everywhere, found = call.rows(f"Tasks/{CALLED}.GetTasksAcrossFolders"), []
    kept = call.headers
    try:
        for name, value in headers.items():
            call.headers = kept | {name: value}
            found.append([row["Id"] for row in call.rows(f"Tasks/{CALLED}.GetTasksAcrossFolders")])
        call.headers = kept | {"X-UIPATH-FolderPath": "Nowhere"}
        refused = call("Jobs")
    finally:
        call.headers = kept

    assert found == [[row["Id"] for row in everywhere if row["OrganizationUnitId"] == folder["Id"]]] * 4
    assert (refused[0], refused[2]["errorCode"]) == (400, 1100)


def test_sessions_want_a_folder_and_global_sessions_none(call):
    status, _, answer = call("Sessions")
    everywhere = call.rows(f"Sessions/{CALLED}.GetGlobalSessions")

    assert (status, answer["message"]) == (400, "A folder is required for this action.")
    assert {str(row["Id"]) for row in everywhere} == told(call, "session").keys()
    for row in everywhere:
        entity = told(call, "session")[str(row["Id"])]
        assert (row["State"], row["IsUnresponsive"], row["ReportingTime"]) == (
            entity.fields["State"],
            entity.fields["IsUnresponsive"],
            entity.fields["ReportingTime"],
        )


def test_unknown_ids_and_missing_scopes_are_told_apart(call):
    assert call("Jobs(1)")[2]["message"] == "Job does not exist."
    assert call("QueueItems(1)")[2]["errorCode"] == 1002
    kept = call.headers
    call.headers = {"Authorization": f"Bearer {call.tenant.identity.personal_token(('OR.Jobs.Read',))}"}
    try:
        statuses = [call(path)[0] for path in ("Jobs", "ProcessSchedules", "QueueItems", "Releases")]
    finally:
        call.headers = kept

    assert statuses == [200, 200, 403, 403]


def test_lists_are_limited_by_the_minute_and_single_reads_are_not():
    now = 0.0
    profile = Profile(lists_per_minute=3)
    with OrchestratorServer(Orchestrator(profile, clock=lambda: now)) as server:
        call = Caller(server)
        server.orchestrator.begin(Life(7))
        answers = [call("Jobs") for _ in range(4)]
        call.raw("PUT", "/control/limits", {"lists_per_minute": 3, "retry_as": "date"})
        dated = call("Jobs")[1]["Retry-After"]
        others = [call("QueueItems")[0], call("Jobs(1)")[0], call("Releases")[0]]
        now = 60.0
        later = call("Jobs")[0]

    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["Retry-After"] == "60"
    assert dated.endswith(" GMT")
    assert others == [200, 404, 200]
    assert later == 200


# Delivery and control


@pytest.fixture
def inbox():
    with Inbox() as started:
        yield started


def test_control_begins_a_life_lives_on_and_tells_the_truth(inbox):
    with serve(20) as server:
        call = Caller(server)
        server.orchestrator.put_webhook("main", f"{inbox.url}/inbox/relay", events=["job.started", "job.completed"])
        assert call.raw("GET", "/control/life/truth")[0] == 400
        assert call.raw("POST", "/control/life", {"seed": 7, "start": "2026-11-20T00:00:00Z"})[0] == 201

        _, _, done = call.raw("POST", "/control/life/advance", {"hours": 3, "wait": 20})
        _, _, truth = call.raw("GET", "/control/life/truth")

    assert done["events"] > done["deliveries"] == len(inbox.messages()) > 10
    assert truth["now"].startswith("2026-11-20T03:00:00")
    assert {entity["kind"] for entity in truth["entities"]} >= {"job", "queueItem", "session", "task"}
    assert json.loads(inbox.messages()[0].body)["Timestamp"].startswith("2026-11-20T0")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("life", {}),
        ("life", {"seed": "x"}),
        ("life", {"seed": 1, "start": "soon"}),
        ("life", {"seed": 1, "event_ids": "some"}),
        ("life/advance", {"hours": "all"}),
        ("life/advance", {}),
    ],
)
def test_control_refuses_a_life_it_does_not_understand(path, value):
    with serve(20) as server:
        assert Caller(server).raw("POST", f"/control/{path}", value)[0] == 400


def test_command_serves_a_life_that_goes_on(inbox):
    options = ["--life", "7", "--life-speed", "3600", "--api-version", "16", "--flavour", "standalone", "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "local.orchestrator", *options, "--webhook-url", f"{inbox.url}/inbox/relay"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            inbox.wait_for(30)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.stdout
        said = process.stdout.read()

    assert "life 7 goes on, 3600 times as fast as ours" in said
    assert "/identity/connect/token" in said
    assert process.returncode == 0
