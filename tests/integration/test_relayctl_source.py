"""`relayctl source` against moto's Secrets Manager and the simulated Orchestrator."""

import io
import json
import re

import pytest

from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Client, Profile
from tests.deployed import TOKEN, WEBHOOK_SECRET

BASE_URL = "https://cloud.uipath.com/acme/plant/orchestrator_"


@pytest.fixture
def typed(monkeypatch):
    """What comes on standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def value(stack, source, kind):
    return stack.secrets.get_secret_value(SecretId=f"prod/sources/{source}/{kind}")["SecretString"]


def names(stack):
    return sorted(secret["Name"] for secret in stack.secrets.list_secrets()["SecretList"])


def test_add_makes_both_secrets_and_says_what_is_next(stack, ctl):
    assert ctl("source", "add", "plant", "--base-url", BASE_URL, shows_url=True) == 0

    secret = value(stack, "plant", "webhook")
    assert re.fullmatch("[A-Za-z0-9]{64}", secret)
    assert secret not in ctl.out + ctl.err
    assert "prod/sources/plant/api" in names(stack)
    assert f"Its webhook's URL: {stack.edge.url}/webhooks/{TOKEN}/plant\n" in ctl.out
    assert f"  plant:\n    base_url: {BASE_URL}\n    mode: report\n" in ctl.out
    assert "run this again with --client-id" in ctl.err


def test_add_knows_that_a_stand_alone_orchestrator_wants_its_tenants_name(ctl):
    assert ctl("source", "add", "plant", "--base-url", "https://orchestrator.plant.example", shows_url=True) == 0
    assert "    base_url: https://orchestrator.plant.example\n    tenant: Default\n    mode: report\n" in ctl.out


def test_add_stores_a_credential_from_standard_input(stack, ctl, typed):
    typed("5ecr3t of plant\n")

    assert ctl("source", "add", "plant", "--client-id", "an-id", shows_url=True) == 0

    assert json.loads(value(stack, "plant", "api")) == {"client_id": "an-id", "client_secret": "5ecr3t of plant"}
    assert "5ecr3t" not in ctl.out + ctl.err


def test_add_stores_a_personal_access_token(stack, ctl, typed):
    typed("rt_5ecr3t\n")

    assert ctl("source", "add", "plant", "--token", shows_url=True) == 0
    assert json.loads(value(stack, "plant", "api")) == {"token": "rt_5ecr3t"}


@pytest.mark.parametrize("left", [("webhook", "kept"), ("webhook", None), ("api", None)])
def test_add_completes_a_half_made_one(stack, ctl, left):
    stack.put(*left, source="plant")

    assert ctl("source", "add", "plant", shows_url=True) == 0

    assert names(stack)[-2:] == ["prod/sources/plant/api", "prod/sources/plant/webhook"]
    assert (value(stack, "plant", "webhook") == "kept") == (left[1] == "kept")
    assert ctl("source", "add", "plant") == 1
    assert ctl.err.startswith("The source plant exists.")


def test_add_fills_in_the_credential_the_template_left_open(stack, ctl, typed):
    stack.put("webhook", "kept", source="plant")
    stack.put("api", None, source="plant")
    typed("a secret")

    assert ctl("source", "add", "plant", "--client-id", "an-id", shows_url=True) == 0
    assert value(stack, "plant", "webhook") == "kept"
    assert json.loads(value(stack, "plant", "api"))["client_id"] == "an-id"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("main",), "The source main exists."),
        (("main", "--client-id", "other"), "prod/sources/main/api has a value already."),
        (("Plant",), "'Plant' is no name for a source"),
        (("plant/webhook",), "'plant/webhook' is no name"),
        (("a" * 33,), "at most 32"),
        (("plant", "--base-url", "http://orchestrator.example"), "--base-url cannot be used: sources.plant.base_url: "),
        (("plant", "--client-id", "an-id"), "Nothing was entered."),
    ],
)
def test_add_refuses_and_makes_nothing(stack, ctl, typed, arguments, said):
    typed("")
    before = names(stack)

    assert ctl("source", "add", *arguments) == 1

    assert said in ctl.err
    assert names(stack) == before


def test_add_does_not_touch_what_is_being_deleted(stack, ctl):
    stack.put("webhook", "old", source="plant")
    stack.secrets.delete_secret(SecretId="prod/sources/plant/webhook")

    assert ctl("source", "add", "plant") == 1
    assert "prod/sources/plant/webhook is being deleted. Restore it" in ctl.err


def test_list_knows_file_and_secrets(stack, ctl):
    stack.put("webhook", "s", source="orphan")
    stack.configure(more="  plant: {}\n")
    ctl("sync", "apply")
    ctl("sync", "ping")

    assert ctl("source", "list") == 0

    lines = {line.split()[0]: re.split("  +", line) for line in ctl.out.splitlines()}
    assert lines["main"][1:4] == ["enforce", "yes", "application"]
    assert re.fullmatch(r"\d+ ms, 0 min ago", lines["main"][4])
    assert lines["main"][5].endswith("/acme/Default/orchestrator_")
    assert lines["plant"][1:] == ["off", "missing", "missing", "never", "-"]
    assert lines["orphan"][1:4] == ["-", "yes", "missing"]
    assert "orphan has secrets, but is not in sources.yaml." in ctl.err


def verdicts(ctl):
    """What check said of each thing: ✓, ✗ or ·."""
    found = re.findall("^([✓✗·]) (.*)$", ctl.out, re.MULTILINE)
    return {text.partition(":")[0]: verdict for verdict, text in found}


def test_check_finds_everything_right(stack, ctl):
    ctl("sync", "apply")

    assert ctl("source", "check", "main") == 0

    found = verdicts(ctl)
    assert set(found.values()) == {"✓", "·"}
    parts = ("credential", "token", "API", "scope to read", "scope to write", "webhook", "enabled", "ping")
    assert [found[part] for part in parts] == ["✓"] * len(parts)
    assert "API: reachable, version 20\n" in ctl.out
    assert re.search(r"· last canary: \d+ ms, 0 min ago\n", ctl.out)
    assert stack.secret_of() == WEBHOOK_SECRET


@pytest.mark.parametrize("stack", [Profile(api_version=11, flavour="suite", ping_on_change=False)], indirect=True)
def test_check_works_with_old_orchestrators(stack, ctl):
    ctl("sync", "apply")

    assert ctl("source", "check", "main") == 0
    assert "API: reachable, version 11\n" in ctl.out


def failed(ctl):
    """What check found wrong, and whether each has a remedy."""
    return re.findall("^✗ ([^:\n]*).*\n  [A-Z]", ctl.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (lambda stack: stack.change("api", '{"client_id": "relay", "client_secret": "no"}'), "credential"),
        (lambda stack: stack.change("api", '{"token": "rt_no"}'), "API"),
        (lambda stack: stack.configure(base_url=f"{stack.orchestrator.url}/acme/other/orchestrator_"), "API"),
        (lambda stack: stack.configure(webhooks=[{"events": ["job.*"]}]), "webhook"),
        (lambda stack: stack.tenant.webhooks.change(1, secret="drifted"), "ping"),
        (lambda stack: setattr(stack, "deaf", True), "ping"),
    ],
)
def test_check_names_what_is_wrong_with_a_remedy(stack, ctl, monkeypatch, wrong, part):
    monkeypatch.setattr("relay.canary.WAIT_SECONDS", 0.5)
    ctl("sync", "apply")
    wrong(stack)

    assert ctl("source", "check", "main") == 1

    assert failed(ctl) == [part]


def test_check_says_what_of_a_credential_is_missing(stack, ctl):
    stack.change("api", '{"client_id": "an-id-of-5ecr3t"}')

    assert ctl("source", "check", "main") == 1
    assert "✗ credential: the secret prod/sources/main/api has not the form" in ctl.out
    assert "5ecr3t" not in ctl.out


@pytest.mark.parametrize(
    ("scope", "part"), [("OR.Webhooks.Read", "scope to write"), ("OR.Jobs", "scope to read")], ids=["read", "none"]
)
def test_check_names_the_scope_that_is_missing(stack, ctl, scope, part):
    ctl("sync", "apply")
    stack.tenant.identity.register(CLIENT_ID, Client(CLIENT_SECRET, (scope,)))
    stack.change("api", json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": scope}))

    assert ctl("source", "check", "main") == 1

    assert failed(ctl) == [part]
    assert "  Give the application the scope OR.Webhooks" in ctl.out
    if scope == "OR.Webhooks.Read":
        stack.configure("report")
        assert ctl("source", "check", "main") == 0


def test_check_of_a_credential_that_may_only_read_says_where_to_name_its_scope(stack, ctl):
    stack.configure("report")
    stack.tenant.identity.register(CLIENT_ID, Client(CLIENT_SECRET, ("OR.Webhooks.Read",)))

    assert ctl("source", "check", "main") == 1

    assert "invalid_scope" in ctl.out
    assert "or name the one it has as `scope` in the secret." in ctl.out


def test_check_of_a_missing_or_disabled_webhook_names_both(stack, ctl):
    assert ctl("source", "check", "main") == 1
    assert failed(ctl) == ["webhook", "enabled"]


def test_check_of_a_source_that_is_off_needs_only_the_webhooks_secret(stack, ctl):
    stack.put("webhook", "s", source="plant")
    stack.configure(more="  plant: {}\n")

    assert ctl("source", "check", "plant") == 0
    assert "· secret prod/sources/plant/api is absent, which does no harm" in ctl.out


def test_check_goes_on_where_a_secret_is_being_deleted(stack, ctl):
    stack.secrets.delete_secret(SecretId="prod/sources/main/api")

    assert ctl("source", "check", "main") == 1

    assert "✗ secret prod/sources/main/api is deleted\n  Restore it: `aws" in ctl.out
    assert "· last canary: never\n" in ctl.out


def test_check_of_an_unknown_source_says_how_to_add_it(stack, ctl):
    assert ctl("source", "check", "plant") == 1

    assert ctl.out.count("✗") == 2
    assert "`relayctl source add plant --stack prod --region eu-central-1`" in ctl.out
