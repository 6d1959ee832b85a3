"""`relayctl sync` against the simulated Orchestrator."""

import pytest

from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Client, Fault, Profile
from relay.lease import Lease


def test_plan_shows_what_is_missing_and_changes_nothing(stack, ctl):
    assert ctl("sync", "plan") == 2

    assert ctl.out.startswith('main: 1 change planned\n  + webhook "prod-main" is missing\n')
    assert "/webhooks/1b4f…/main" in ctl.out
    assert stack.tenant.webhooks.all() == []
    assert "\x1b" not in ctl.out


def test_apply_does_what_the_plan_says_and_then_nothing_is_left(stack, ctl):
    assert ctl("sync", "apply", "main") == 0
    assert ctl.out.endswith("main: 1 of 1 change done\n")
    assert ctl("sync", "plan") == 0
    assert ctl.out == "main: nothing to change\n"

    stack.tenant.webhooks.change(1, enabled=False)
    assert ctl("sync", "plan") == 2
    assert "~ webhook 1" in ctl.out
    assert "Enabled: false -> true" in ctl.out
    assert ctl("sync", "apply") == 0

    (webhook,) = stack.tenant.webhooks.all()
    assert (webhook.enabled, webhook.url, stack.secret_of()) == (True, stack.url, "the webhook's secret")


def test_apply_gives_an_address_back_with_the_secret(stack, ctl):
    ctl("sync", "apply")
    stack.tenant.webhooks.change(1, url="https://elsewhere.example/hook", secret="another's")

    assert ctl("sync", "apply") == 0

    assert stack.secret_of() == "the webhook's secret"
    assert ctl("sync", "ping") == 0


def test_apply_waits_for_no_other_writer(stack, ctl):
    Lease(stack.table, "main", "rotate", 300).take()

    assert ctl("sync", "apply") == 1

    assert ctl.err.startswith("main: Another writer is at work on this source. Sync or a rotation")
    assert stack.tenant.webhooks.all() == []


def test_apply_frees_its_lease(stack, ctl):
    ctl("sync", "apply")

    Lease(stack.table, "main", "rotate", 300).take()


def test_a_source_in_report_is_repaired_only_by_its_name(stack, ctl):
    stack.configure("report")

    assert ctl("sync", "apply") == 2
    assert "main is in mode report" in ctl.err
    assert stack.tenant.webhooks.all() == []
    assert ctl("sync", "apply", "main") == 0
    assert len(stack.tenant.webhooks.all()) == 1


def test_a_source_that_is_off_is_planned_by_its_name_and_never_applied(stack, ctl):
    stack.configure("off")

    assert ctl("sync", "plan") == 0
    assert ctl.err.startswith("Every source is off in sources.yaml.")
    assert ctl("sync", "plan", "main") == 2
    assert ctl("sync", "apply", "main") == 1
    assert ctl.err == "main is off in sources.yaml. Set its mode to report or enforce first.\n"


def test_what_orchestrator_refuses_is_said_and_the_rest_done(stack, ctl):
    stack.configure(webhooks=[{"name": "one"}, {"name": "two"}])
    stack.tenant.desk.faults.order(Fault("status", "POST", "/odata/Webhooks", status=400))

    assert ctl("sync", "apply") == 1

    assert ctl.out.endswith("main: 1 of 2 changes done\n")
    assert ctl.err.startswith("main: webhook one stays as it is. Orchestrator could not make a webhook: 400")
    assert [webhook.name for webhook in stack.tenant.webhooks.all()] == ["two"]


def test_a_duplicate_that_is_kept_is_not_counted_as_done(stack, ctl):
    ctl("sync", "apply")
    stack.tenant.webhooks.change(1, enabled=False)
    stack.tenant.webhooks.add(name="copy", url=stack.url, secret="the webhook's secret")
    stack.tenant.desk.faults.order(Fault("status", "PATCH", "/odata/Webhooks", status=400))

    assert ctl("sync", "apply") == 1

    assert ctl.out.endswith("main: 0 of 2 changes done\n")
    assert 'main: webhook 2 "copy" stays as it is. No duplicate is deleted in a run' in ctl.err


def test_one_source_that_fails_does_not_keep_the_others_back(stack, ctl):
    stack.configure(more=f"  second: {{base_url: '{stack.orchestrator.api_url}', mode: report}}\n")

    assert ctl("sync", "plan", "second", "main") == 1

    assert ctl.err.startswith("second: The secret prod/sources/second/api is empty")
    assert "main: 1 change planned" in ctl.out


def test_patterns_without_a_meaning_are_an_error(stack, ctl):
    stack.configure(webhooks=[{"events": ["agent.*"]}])

    assert ctl("sync", "plan") == 1
    assert "! agent.* means no event type offered here" in ctl.out


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        ('{"client_id": "relay", "client_secret": "no-5ecr3t"}', "The credential is wrong, expired or revoked"),
        ('{"token": "rt_wrong-5ecr3t"}', "The credential is wrong, expired or revoked"),
        ("no-5ecr3t", "has not the form"),
    ],
)
def test_a_wrong_credential_is_said_with_its_remedy(stack, ctl, credential, said):
    stack.change("api", credential)

    assert ctl("sync", "plan") == 1

    assert said in ctl.err
    assert "5ecr3t" not in ctl.err


@pytest.mark.parametrize("command", [("sync", "plan"), ("sync", "apply"), ("secret", "rotate", "main")])
def test_a_deleted_credential_is_named_with_its_remedy(stack, ctl, command):
    stack.secrets.delete_secret(SecretId="prod/sources/main/api")

    assert ctl(*command) == 1

    assert "The secret prod/sources/main/api is scheduled for deletion: restore it" in ctl.err
    assert "Nothing is known to be wrong" not in ctl.err


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_missing_secret_is_named_with_its_remedy(stack, ctl, action):
    stack.secrets.delete_secret(SecretId="prod/sources/main/webhook", ForceDeleteWithoutRecovery=True)

    assert ctl("secret", action, "main") == 1

    assert ctl.err.endswith("The secret prod/sources/main/webhook does not exist: `relayctl source add` makes it.\n")


def test_a_wrong_name_or_file_is_a_sentence(stack, ctl):
    assert ctl("sync", "plan", "mian") == 1
    assert ctl.err.startswith("There is no source mian in ")
    assert ctl.err.endswith("Sources there: main.\n")

    (stack.directory / "sources.yaml").write_text("sources: {main: {mode: enforced}}")
    assert ctl("sync", "plan") == 1
    assert ctl.err.startswith("sources.yaml:1: sources.main.mode")

    (stack.directory / "sources.yaml").unlink()
    assert ctl("sync", "plan") == 1
    assert ctl.err.startswith("There is no file ")


@pytest.mark.parametrize("stack", [Profile(api_version=11), Profile(ping_on_change=False)], indirect=True)
def test_events_are_marked(stack, ctl):
    stack.configure(webhooks=[{"events": ["job.faulted"]}])
    ctl("sync", "apply")

    assert ctl("sync", "events") == 0

    said = dict(line.split(maxsplit=1) for line in ctl.out.splitlines()[1:] if line.startswith("  "))
    assert said["job.faulted"].split() == ["documented", "subscribed"]
    assert said["job.created"].split() == ["documented"]
    assert ctl.out.splitlines()[0].endswith("offered, 1 subscribed")


def test_ping_tells_latency_and_version(stack, ctl):
    ctl("sync", "apply")

    assert ctl("sync", "ping") == 0

    version = stack.stages()["AWSCURRENT"]
    assert ctl.out.startswith('✓ main: webhook 1 "prod-main": arrived after ')
    assert f"ms, signed with version {version} (AWSCURRENT)" in ctl.out


def test_ping_that_is_missed_says_what_to_check(stack, ctl, monkeypatch):
    monkeypatch.setattr("relay.canary.WAIT_SECONDS", 1.0)
    ctl("sync", "apply")
    stack.tenant.webhooks.change(1, secret="drifted")

    assert ctl("sync", "ping", "main") == 1

    assert ctl.out.startswith('✗ main: webhook 1 "prod-main": the ping did not arrive within ')
    assert "401" in ctl.err


def test_ping_signed_with_the_previous_secret_is_no_good_one(stack, ctl):
    ctl("sync", "apply")
    stack.change("webhook", "the next secret")

    assert ctl("sync", "ping") == 1

    assert "(AWSPREVIOUS)" in ctl.out
    assert "outdated" in ctl.err


def test_ping_without_a_webhook_says_so(ctl):
    assert ctl("sync", "ping") == 1
    assert ctl.err.startswith("main has no enabled webhook to ping.")


def test_ping_without_the_scope_to_write_names_it(stack, ctl):
    ctl("sync", "apply")
    stack.tenant.identity.register(CLIENT_ID, Client(CLIENT_SECRET, ("OR.Webhooks.Read",)))
    stack.change(
        "api", f'{{"client_id": "{CLIENT_ID}", "client_secret": "{CLIENT_SECRET}", "scope": "OR.Webhooks.Read"}}'
    )

    assert ctl("sync", "ping") == 1
    assert "Give the application the scope OR.Webhooks, and a role" in ctl.err
