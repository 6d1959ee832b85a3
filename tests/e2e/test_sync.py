"""SyncFunction as deployed, against the simulated Orchestrator: every kind of drift, once, and the canary's way."""

import pytest

from local.cloud import WEBHOOK_SECRET
from local.config import write_config
from local.orchestrator import CLIENT_SECRET
from local.sync import run_sync
from relay.orchestrator import sources
from tests.local_cloud import current, eventually, log, without_webhooks

TALKATIVE = {"POWERTOOLS_LOG_LEVEL": "DEBUG"}


@pytest.fixture(scope="module")
def webhook(cloud):
    """The webhook as sync has made it."""
    cloud.host.set_environment(cloud.stack.functions["SyncFunction"], TALKATIVE)
    with without_webhooks(cloud):
        made = run_sync(cloud)
        assert made.outcome == "repaired", made.troubles
        (webhook,) = cloud.orchestrator.webhooks.all()
        yield webhook
    cloud.host.set_environment(cloud.stack.functions["SyncFunction"], {})


@pytest.fixture
def writes(cloud, webhook):
    """What has been written to Orchestrator since the test began, or since it was asked last."""
    journal = cloud.orchestrator.desk.journal
    last = journal.last

    def since() -> list[str]:
        nonlocal last
        found = [asked.route for asked in journal.writes(last)]
        last = journal.last
        return found

    return since


def right(webhook):
    """What must be so of a webhook, whichever id it bears."""
    return {name: value for name, value in vars(webhook).items() if name not in ("id", "key")}


def test_the_webhook_is_made_with_url_and_secret_of_this_stack(cloud, webhook):
    assert (webhook.name, webhook.url, webhook.secret) == ("relay-main", cloud.outputs()["WebhookUrl"], WEBHOOK_SECRET)
    assert webhook.enabled
    assert webhook.subscribe_to_all


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        ({"enabled": False}, ("Enabled", False, True)),
        ({"url": "https://elsewhere.example/hook"}, ("Url", "https://elsewhere.example/hook", None)),
        ({"subscribe_to_all": False, "events": frozenset(["job.faulted"])}, ("SubscribeToAllEvents", False, True)),
        ({"name": "renamed"}, ("Name", "renamed", "relay-main")),
        ({"allow_insecure_ssl": True}, ("AllowInsecureSsl", True, False)),
        ({"description": "mine now"}, ("Description", "mine now", sources.DESCRIPTION)),
    ],
    ids=lambda case: next(iter(case)) if isinstance(case, dict) else "",
)
def test_a_changed_webhook_is_repaired_and_then_left_alone(cloud, webhook, writes, drift, told):
    (there,) = cloud.orchestrator.webhooks.all()
    cloud.orchestrator.webhooks.change(there.id, **drift)

    first, repairs = run_sync(cloud), writes()
    second, nothing = run_sync(cloud), writes()

    (found,) = ((line["field"], line["old"], line["new"]) for line in first.drifts)
    assert found[:2] == told[:2]
    assert told[2] in (None, found[2])
    assert (first.outcome, repairs) == ("repaired", ["PATCH /odata/Webhooks({id})"])
    assert (first.metric("DriftFound"), first.metric("DriftRepaired")) == (1, 1)
    assert (second.outcome, second.drifts, nothing) == ("right", [], [])
    (repaired,) = cloud.orchestrator.webhooks.all()
    assert right(repaired) == right(webhook)


def test_a_deleted_webhook_is_made_again(cloud, webhook, writes):
    (there,) = cloud.orchestrator.webhooks.all()
    cloud.orchestrator.webhooks.delete(there.id)

    first, repairs = run_sync(cloud), writes()
    second, nothing = run_sync(cloud), writes()

    assert [line["drift"] for line in first.drifts] == ["missing"]
    assert (first.outcome, repairs) == ("repaired", ["POST /odata/Webhooks"])
    assert (second.outcome, nothing) == ("right", [])
    (made,) = cloud.orchestrator.webhooks.all()
    assert right(made) == right(webhook)


def test_a_duplicate_is_deleted_and_a_foreign_webhook_left_alone(cloud, webhook, writes):
    (there,) = cloud.orchestrator.webhooks.all()
    foreign = cloud.orchestrator.webhooks.add(name="theirs", url="https://theirs.example/hook", secret="theirs")
    cloud.orchestrator.webhooks.add(name="copy", url=webhook.url, secret=WEBHOOK_SECRET)

    first, repairs = run_sync(cloud), writes()
    second, nothing = run_sync(cloud), writes()

    assert [line["drift"] for line in first.drifts] == ["duplicate"]
    assert (first.outcome, repairs) == ("repaired", ["DELETE /odata/Webhooks({id})"])
    assert (second.outcome, nothing) == ("right", [])
    assert cloud.orchestrator.webhooks.all() == [there, foreign]
    cloud.orchestrator.webhooks.delete(foreign.id)


def test_the_canary_comes_into_state_and_its_latency_is_a_metric(cloud, webhook):
    before = max((delivery.number for delivery in cloud.orchestrator.deliveries()), default=0)

    run = run_sync(cloud)

    (ping,) = cloud.orchestrator.deliveries(before)
    assert (ping.type, ping.webhook, ping.outcome) == ("ping", webhook.name, "delivered")
    item = eventually(lambda: current(cloud, "ping", ping.event_id), "the ping in state")
    assert item["secretversion"] == version_of_secret(cloud)
    assert 0 < (run.canary_milliseconds or 0) < 60_000
    assert run.metric("CanaryMissed") == 0


def test_report_finds_a_drift_and_changes_nothing(cloud, webhook, writes, tmp_path):
    (there,) = cloud.orchestrator.webhooks.all()
    drifted = cloud.orchestrator.webhooks.change(there.id, description="mine now", enabled=False)
    base_url = sources.load(cloud.config).base_url("main") or ""
    config = write_config(tmp_path, cloud.config, base_url, mode="report")
    function, before = cloud.stack.functions["SyncFunction"], len(cloud.orchestrator.deliveries())
    cloud.host.set_environment(function, {"CONFIG_PATH": str(config), **TALKATIVE})
    try:
        reported = run_sync(cloud)
    finally:
        cloud.host.set_environment(function, TALKATIVE)

    assert (reported.outcome, writes()) == ("reported", [])
    assert {line["field"] for line in reported.drifts} == {"Description", "Enabled"}
    assert (reported.metric("DriftFound"), reported.metric("DriftRepaired")) == (2, None)
    assert cloud.orchestrator.webhooks.all() == [drifted]
    assert len(cloud.orchestrator.deliveries()) == before
    assert run_sync(cloud).outcome == "repaired"


def test_no_secret_and_no_token_is_written_down(cloud, webhook):
    said = log(cloud, "SyncFunction")

    assert "drift found" in said
    assert [text for text in (WEBHOOK_SECRET, CLIENT_SECRET, cloud.stack.token, "Bearer") if text in said] == []


def version_of_secret(cloud):
    secrets = cloud.aws.client("secretsmanager")
    return secrets.get_secret_value(SecretId=cloud.outputs()["MainWebhookSecretArn"])["VersionId"]
