"""Runs of sync against the simulated Orchestrator: found and repaired in one run, nothing written in the next."""

import json
import logging
import runpy
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from moto import mock_aws

from local.orchestrator import Orchestrator as Simulated
from local.orchestrator import OrchestratorServer
from local.orchestrator.api.faults import Fault
from local.orchestrator.api.identity import CLIENT_ID, CLIENT_SECRET, Client
from local.orchestrator.profile import Profile
from relay.aws.client import client
from relay.aws.table import Table
from relay.lease import Lease
from relay.orchestrator.api import Patience
from relay.orchestrator.api import Webhook as Found
from relay.orchestrator.sources import Source, Sources, Webhook
from relay.sync.run import Sync
from relay.sync.tenant import Surroundings, Tenant
from relay.telemetry import metrics
from tests.orchestrators import Clock
from tests.stores import Vault
from tests.tables import MemoryTable

BASE = "https://relay.example/webhooks/1b4f0e98-0000-4000-8000-000000000000"
URL = f"{BASE}/main"
APPLICATION = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
JOBS = Webhook(events=("job.f*", "job.stopped"))


class Rig:
    """A simulated tenant, and the relay's side of it."""

    def __init__(self, profile: Profile) -> None:
        self.tenant = Simulated(profile)
        self.server = OrchestratorServer(self.tenant)
        self.clock = Clock(time.time())  # Retry-After may be a date by the simulated one's clock
        self.table = MemoryTable()
        self.vault = Vault(
            {
                ("relay/sources/main/api", "AWSCURRENT"): ("v1", APPLICATION),
                ("relay/sources/main/webhook", "AWSCURRENT"): ("v1", "the webhook's secret"),
            }
        )
        self.flown: list[tuple[str, list[int]]] = []

    def source(self, **members: object) -> Source:
        name = self.tenant.profile.tenant if self.tenant.profile.needs_tenant else None
        given = {"mode": "enforce", "webhooks": (JOBS,), "tenant": name, **members}
        return Source.model_validate({"base_url": self.server.api_url, **given})

    def around(self) -> Surroundings:
        patience = Patience(answer_seconds=2.0, sleep=self.clock.sleep, clock=self.clock)
        return Surroundings(self.vault.value, "relay/sources", BASE, patience)

    def run(self, **members: object) -> dict[str, str]:
        sources = Sources(sources={"main": self.source(**members)})
        return dict(Sync(sources, self.around(), self.table, self._fly).run())

    def _fly(self, tenant: Tenant, webhooks: Sequence[Found]) -> None:
        self.flown.append((tenant.name, [webhook.id for webhook in webhooks]))

    def writes(self) -> list[str]:
        """Return what changed configuration since the last time, and forget it."""
        journal = self.tenant.desk.journal
        found = [f"{asked.method} {asked.path}" for asked in journal.writes()]
        journal.clear()
        return found

    def hook(self) -> dict[str, object]:
        """Return the tenant's only webhook, its id and key left out."""
        (one,) = self.tenant.webhooks.all()
        return {name: value for name, value in vars(one).items() if name not in ("id", "key")}


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    profile = getattr(request, "param", Profile(ping_on_change=False))
    made = Rig(profile)
    with made.server:
        yield made


@pytest.fixture(autouse=True)
def own_metrics() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def counted() -> dict[str, float]:
    found = {name: sum(metric["Value"]) for name, metric in metrics.metric_set.items()}
    metrics.clear_metrics()
    return found


def profiles(*flavours: str) -> list[Profile]:
    return [
        Profile(flavour=flavour, api_version=version, mask_secrets=version % 2 == 0, ping_on_change=False)  # type: ignore[arg-type]
        for flavour in flavours
        for version in (11, 15, 16, 18, 20)
    ]


EVERYWHERE = pytest.mark.parametrize(
    "rig", profiles("cloud", "suite", "standalone"), indirect=True, ids=lambda one: f"{one.flavour}-{one.api_version}"
)
VERSIONS = pytest.mark.parametrize("rig", profiles("suite"), indirect=True, ids=lambda one: str(one.api_version))
NAMED = pytest.mark.parametrize("rig", profiles("suite")[2:], indirect=True, ids=lambda one: str(one.api_version))


@EVERYWHERE
def test_a_missing_webhook_is_made_and_then_left_alone(rig):
    first, made = rig.run(), rig.writes()
    second, nothing = rig.run(), rig.writes()

    named = rig.tenant.profile.has_names
    hook = rig.hook()
    assert (first, second) == ({"main": "repaired"}, {"main": "right"})
    assert (made, nothing) == (["POST /odata/Webhooks"], [])
    assert hook["name"] == ("relay-main" if named else "webhook-1")
    assert (hook["url"], hook["secret"], hook["enabled"]) == (URL, "the webhook's secret", True)
    assert hook["events"] == {"job.faulted", "job.stopped"}
    assert not hook["subscribe_to_all"]
    assert rig.flown == [("main", [1])] * 2
    assert counted() == {"DriftFound": 1, "DriftRepaired": 1, "SyncFailed": 0}


@VERSIONS
@pytest.mark.parametrize(
    "drift",
    [
        {"enabled": False},
        {"allow_insecure_ssl": True},
        {"subscribe_to_all": True, "events": frozenset()},
        {"events": frozenset(["job.faulted"])},
        {"events": frozenset(["job.faulted", "job.stopped", "job.created"])},
    ],
    ids=lambda drift: next(iter(drift)),
)
def test_every_drift_is_repaired_in_one_run(rig, drift):
    repaired_in_one_run(rig, drift)


@NAMED
@pytest.mark.parametrize(
    "drift",
    [
        {"name": "renamed"},
        {"description": "mine now"},
        {"description": None},
        {"url": "https://elsewhere.example/hook"},
    ],
    ids=lambda drift: next(iter(drift)),
)
def test_every_drift_of_a_webhook_known_by_name_is_repaired_in_one_run(rig, drift):
    repaired_in_one_run(rig, drift)


def repaired_in_one_run(rig: Rig, drift: dict[str, object]) -> None:
    rig.run()
    right = rig.hook()
    rig.writes()

    rig.tenant.webhooks.change(1, **drift, secret="drifted")
    assert rig.run() == {"main": "repaired"}
    repairs = rig.writes()
    assert rig.run() == {"main": "right"}

    assert repairs == ["PATCH /odata/Webhooks(1)"]
    assert rig.writes() == []
    # Never read, and written with the address only: else that is the canary's part.
    assert rig.hook() == {**right, "secret": "the webhook's secret" if "url" in drift else "drifted"}


@VERSIONS
def test_deletion_and_duplication_are_repaired(rig):
    rig.run()
    rig.tenant.webhooks.add(name="copy", url=URL, secret="s", events=frozenset(["job.faulted"]), subscribe_to_all=False)
    rig.tenant.webhooks.add(name="theirs", url="https://theirs.example", secret="s")
    rig.writes()

    rig.run()
    assert [hook.id for hook in rig.tenant.webhooks.all()] == [1, 3]
    assert rig.writes() == ["DELETE /odata/Webhooks(2)"]
    rig.tenant.webhooks.remove(rig.tenant.webhooks.all()[0].name)
    rig.run()
    rig.run()

    assert rig.writes() == ["POST /odata/Webhooks"]
    assert [hook.url for hook in rig.tenant.webhooks.all()] == ["https://theirs.example", URL]


def test_no_duplicate_is_deleted_while_what_is_kept_cannot_be_repaired(rig, caplog):
    rig.run()
    rig.tenant.webhooks.change(1, enabled=False)
    rig.tenant.webhooks.add(name="copy", url=URL, secret="the webhook's secret")
    rig.tenant.desk.faults.order(Fault("status", "PATCH", "/odata/Webhooks", status=400))

    assert rig.run() == {"main": "failed"}
    left = [hook.id for hook in rig.tenant.webhooks.all()]
    assert rig.run() == {"main": "repaired"}

    assert left == [1, 2]
    assert [hook.id for hook in rig.tenant.webhooks.all()] == [1]
    kept_back = [record.webhook for record in caplog.records if record.message == "drift not repaired"]
    assert kept_back == [1, 2]


def test_a_drift_is_told_field_by_field_and_no_secret_with_it(rig, caplog):
    caplog.set_level(logging.DEBUG)
    rig.run()
    rig.tenant.webhooks.change(1, enabled=False, url=f"{URL}?sig=1", secret="drifted s3cret")
    rig.tenant.webhooks.add(name="theirs", url="https://hooks.example/services/abcdefghijklmnopqrstuvwxyz", secret="x")
    caplog.clear()

    rig.run()

    told = {record.field: (record.old, record.new) for record in caplog.records if record.message == "drift found"}
    assert told["Enabled"] == (False, True)
    assert told["Url"] == ("https://relay.example/webhooks/1b4f…/main?…", "https://relay.example/webhooks/1b4f…/main")
    (foreign,) = (record for record in caplog.records if record.message == "webhooks not ours")
    assert foreign.webhooks == ['webhook 2 "theirs" https://hooks.example/services/abcd…']
    everything = "".join(str(vars(record)) for record in caplog.records)
    for hidden in ("s3cret", "the webhook's secret", CLIENT_SECRET, "Bearer", "1b4f0e98", "sig=1", "klmnop"):
        assert hidden not in everything


def test_report_changes_nothing_and_sends_no_canary(rig):
    rig.tenant.identity.register(CLIENT_ID, Client(CLIENT_SECRET, ("OR.Webhooks.Read",)))
    credential = {**json.loads(APPLICATION), "scope": "OR.Webhooks.Read"}
    rig.vault.values["relay/sources/main/api", "AWSCURRENT"] = ("v2", json.dumps(credential))

    assert rig.run(mode="report") == {"main": "reported"}

    assert rig.writes() == []
    assert (rig.flown, rig.table.items) == ([], {})
    assert counted() == {"DriftFound": 1, "SyncFailed": 0}


def test_off_asks_nothing(rig):
    assert rig.run(mode="off") == {}

    assert rig.tenant.desk.journal.all() == []
    assert rig.vault.reads == 0
    assert counted() == {"SyncFailed": 0}


def test_while_another_writer_is_at_work_nothing_is_done(rig):
    Lease(rig.table, "main", "rotate", 300).take()

    assert rig.run() == {"main": "busy"}
    assert rig.tenant.desk.journal.all() == []
    assert counted() == {"SyncFailed": 0}


@pytest.mark.parametrize(
    ("secret", "text", "reason"),
    [
        ("api", "", "the secret relay/sources/main/api is empty: put "),
        ("api", "{}", "the secret relay/sources/main/api has not the form"),
        ("api", '{"token": "rt_wrong"}', "Orchestrator could not list webhooks: 401"),
        ("api", '{"client_id": "relay", "client_secret": "no"}', "give a token for the credential: 4"),
        ("webhook", "", "the secret relay/sources/main/webhook is missing or empty"),
    ],
)
def test_a_wrong_credential_is_named_and_counted(rig, caplog, secret, text, reason):
    rig.vault.values[f"relay/sources/main/{secret}", "AWSCURRENT"] = ("v2", text)

    assert rig.run() == {"main": "failed"}

    (failure,) = (record for record in caplog.records if record.message == "source not synchronised")
    assert reason in failure.reason
    assert counted()["SyncFailed"] == 1
    assert rig.writes() == []


def test_one_source_that_fails_does_not_keep_the_others_back(rig):
    rig.vault.values["relay/sources/second/api", "AWSCURRENT"] = ("v1", APPLICATION)
    rig.vault.values["relay/sources/second/webhook", "AWSCURRENT"] = ("v1", "the second's")
    wrong = rig.source(base_url=f"{rig.server.url}/acme/elsewhere/orchestrator_")
    sources = Sources(sources={"main": wrong, "second": rig.source()})

    outcomes = Sync(sources, rig.around(), rig.table).run()

    assert outcomes == {"main": "failed", "second": "repaired"}
    assert rig.hook()["url"] == f"{BASE}/second"
    assert counted()["SyncFailed"] == 1


@pytest.mark.parametrize("host", ["foo..bar", f"{'a' * 64}.example"])
def test_a_host_that_cannot_be_does_not_keep_other_sources_back(rig, host, caplog):
    credential = {**json.loads(APPLICATION), "token_url": f"https://{host}/connect/token"}
    rig.vault.values["relay/sources/first/api", "AWSCURRENT"] = ("v1", json.dumps(credential))

    outcomes = Sync(Sources(sources={"first": rig.source(), "main": rig.source()}), rig.around(), rig.table).run()

    assert outcomes == {"first": "failed", "main": "repaired"}
    (failure,) = (record for record in caplog.records if record.message == "source not synchronised")
    assert failure.reason == "the identity server's address is malformed"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", "POST", "/odata/Webhooks", when="after"),
        Fault("reset", "POST", "/odata/Webhooks", when="before"),
        Fault("status", "POST", "/odata/Webhooks", status=503, when="after"),
        Fault("status", "POST", "/odata/Webhooks", status=504, when="before"),
        Fault("status", "POST", "/odata/Webhooks", status=500, when="after"),
        Fault("status", "POST", "/odata/Webhooks", status=429, retry_after=7, when="before"),
        Fault("status", "GET", "/odata/Webhooks", status=429, retry_after=7, retry_as="date"),
        Fault("status", "GET", "/odata/Webhooks", status=401),
        Fault("status", "POST", "/connect/token", status=503),
    ],
    ids=lambda fault: f"{fault.method}-{fault.kind}-{fault.status}-{fault.when}",
)
@pytest.mark.parametrize("version", [15, 20])
def test_whatever_happens_on_the_way_there_is_one_webhook(fault, version):
    rig = Rig(Profile(flavour="suite", api_version=version, ping_on_change=False))
    with rig.server:
        rig.tenant.desk.faults.order(fault)

        assert rig.run() == {"main": "repaired"}
        assert rig.run() == {"main": "right"}

        assert rig.hook()["url"] == URL


def test_a_webhook_gets_the_secret_that_every_warm_ingest_knows(rig):
    rig.vault.values["relay/sources/main/webhook", "RELAYSENT"] = ("v0", "the secret that was sent last")

    rig.run()

    assert rig.hook()["secret"] == "the secret that was sent last"


def test_a_tenant_without_room_is_a_failure_that_is_told():
    rig = Rig(Profile(quota=0, ping_on_change=False, flavour="suite"))
    with rig.server:
        assert rig.run() == {"main": "failed"}
    assert counted() == {"DriftFound": 1, "DriftRepaired": 0, "SyncFailed": 1}


def test_more_webhooks_than_a_page_holds_are_all_seen_and_few_are_listed(rig, caplog):
    caplog.set_level(logging.INFO)
    for number in range(250):
        rig.tenant.webhooks.add(name=f"theirs {number}", url=f"https://theirs.example/{number}", secret="s")
    rig.tenant.webhooks.add(name="relay-main", url="https://old.example", secret="s")

    assert rig.run() == {"main": "repaired"}
    assert rig.writes() == ["PATCH /odata/Webhooks(251)"]
    (foreign,) = (record for record in caplog.records if record.message == "webhooks not ours")
    assert (len(foreign.webhooks), foreign.webhooks[-1]) == (21, "and 230 more")


def test_patterns_without_a_meaning_are_told(rig, caplog):
    caplog.set_level(logging.INFO)

    assert rig.run(webhooks=({"events": ["job.faulted", "agent.*"]},)) == {"main": "repaired"}
    assert rig.run(webhooks=({"events": ["agent.*"]},)) == {"main": "failed"}

    told = [record.patterns for record in caplog.records if record.message == "patterns mean no event type offered"]
    assert told == [("agent.*",)] * 2
    assert rig.hook()["events"] == {"job.faulted"}


@pytest.fixture
def stack(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What template.yaml makes of it, as moto plays it; a webhook that is not enabled is not pinged."""
    prefix = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay/sources"
    environment = {"TABLE_NAME": "state", "SECRETS_PREFIX": prefix, "WEBHOOKS_URL": BASE, "CONFIG_PATH": str(tmp_path)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    source = f"{{base_url: '{rig.server.api_url}', mode: enforce, webhooks: [{{enabled: false}}]}}"
    (tmp_path / "sources.yaml").write_text(f"sources: {{main: {source}}}\n")
    client.cache_clear()
    with mock_aws():
        client("secretsmanager").create_secret(Name="relay/sources/main/webhook", SecretString="the webhook's secret")
        client("secretsmanager").create_secret(Name="relay/sources/main/api", SecretString=APPLICATION)
        client("dynamodb").create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield prefix
    client.cache_clear()


def test_the_function_makes_the_webhook_and_frees_its_lease(rig, stack, capsys):
    handler = runpy.run_path("functions/sync/app.py")["handler"]

    assert handler({}, None) == {"sources": {"main": "repaired"}}
    assert handler({}, None) == {"sources": {"main": "right"}}

    assert (rig.hook()["name"], rig.hook()["secret"]) == ("relay-main", "the webhook's secret")
    item = Table(client("dynamodb"), "state").get("main#lease", "writer")
    assert item
    assert item["until"] == 0
    assert '"DriftRepaired":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["api", "webhook"])
def test_the_function_names_a_secret_that_is_being_deleted(rig, stack, caplog, kind):
    client("secretsmanager").delete_secret(SecretId=f"relay/sources/main/{kind}")

    assert runpy.run_path("functions/sync/app.py")["handler"]({}, None) == {"sources": {"main": "failed"}}

    (failure,) = (record for record in caplog.records if record.message == "source not synchronised")
    assert failure.error == "SettingsError"
    assert failure.reason.startswith(f"the secret relay/sources/main/{kind} is scheduled for deletion: ")


def test_the_handler_is_small():
    assert len(Path("functions/sync/app.py").read_text().splitlines()) <= 40
