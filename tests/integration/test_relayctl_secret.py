"""`relayctl secret` against the simulated Orchestrator; nobody is waited for but the pings."""

import pytest

from relayctl import secret
from relayctl.secret import followed
from relayctl.stack import CannotOperate
from tests.rotation import NEW, OLD


@pytest.fixture
def stack(stack, monkeypatch):
    for name in ("SETTLE_SECONDS", "GRACE_SECONDS"):
        monkeypatch.setattr(f"relay.rotate.ends.{name}", 0.0)
    return stack


@pytest.fixture
def ctl(ctl):
    ctl("sync", "apply")
    return ctl


def test_rotate_does_the_four_steps_where_secrets_manager_does_not(stack, ctl):
    before = stack.stages()["AWSCURRENT"]

    assert ctl("secret", "rotate", "main") == 0

    told = [line.split()[1] for line in ctl.out.splitlines()[1:]]
    stages = stack.stages()
    assert told == ["createSecret:", "setSecret:", "testSecret:", "finishSecret:"]
    assert stages["AWSPREVIOUS"] == before
    assert stages["AWSCURRENT"] == stages["RELAYSENT"] == ctl.out.splitlines()[0].split()[-1]
    assert stack.secret_of() not in (ctl.out + ctl.err, "the webhook's secret")
    assert ctl("sync", "ping") == 0


def test_rotate_that_is_not_proved_says_so_and_the_next_one_undoes_it(stack, ctl, monkeypatch):
    monkeypatch.setattr("relay.canary.WAIT_SECONDS", 0.5)
    stack.deaf = True
    assert ctl("secret", "rotate", "main") == 1
    assert "✗ testSecret: not done." in ctl.out
    assert "pings of 1 webhooks came into state. Run `relayctl source check`" in ctl.err

    stack.deaf = False
    assert ctl("secret", "revoke", "main") == 1
    assert ctl.err.startswith("A rotation of main is under way, or was cut off.")
    assert ctl("secret", "rotate", "main") == 0
    assert ctl("sync", "ping") == 0


def test_revoke_drops_the_previous_secret(stack, ctl):
    ctl("secret", "rotate", "main")
    previous = stack.stages()["AWSPREVIOUS"]

    assert ctl("secret", "revoke", "main") == 0
    assert f"version {previous} is no longer accepted" in ctl.out
    assert "AWSPREVIOUS" not in stack.stages()
    assert ctl("secret", "revoke", "main") == 0
    assert "nothing to revoke" in ctl.out


def test_revoke_after_a_change_by_hand_gives_orchestrator_the_new_secret_first(stack, ctl):
    ctl("secret", "rotate", "main")
    stack.change("webhook", "a secret put by hand")

    assert ctl("secret", "revoke", "main") == 0

    stages = stack.stages()
    assert stages["RELAYSENT"] == stages["AWSCURRENT"]
    assert "AWSPREVIOUS" not in stages
    assert stack.tenant.webhooks.all()[0].secret == "a secret put by hand"


def test_ping_signed_with_a_secret_that_only_relaysent_keeps_names_that_stage(stack, ctl):
    ctl("secret", "rotate", "main")
    stack.change("webhook", "the next secret")
    stack.change("webhook", "the one after it")

    assert ctl("sync", "ping") == 1

    assert "(RELAYSENT)" in ctl.out


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_source_somebody_else_keeps_is_left_alone(stack, ctl, action):
    stack.configure("report")
    before = stack.stages()

    assert ctl("secret", action, "main") == 1

    assert "is not in mode enforce in sources.yaml, so its secret is entered by hand" in ctl.err
    assert stack.stages() == before


class Told:
    """Stages as a rotation of Secrets Manager's moves them, a look at a time."""

    def __init__(self, *looks):
        self.looks = list(looks)

    def __call__(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


BEGUN = {"AWSCURRENT": OLD, "AWSPENDING": NEW}
SENT = {**BEGUN, "RELAYSENT": NEW}
ENDING = {"AWSCURRENT": NEW, "AWSPENDING": NEW, "AWSPREVIOUS": OLD, "RELAYSENT": NEW}
ENDED = {"AWSCURRENT": NEW, "AWSPREVIOUS": OLD, "RELAYSENT": NEW}


def follow(*looks):
    return [told.partition(":")[0] for told in followed(Told(*looks), NEW, "look", lambda _: None)]


def test_secrets_managers_own_rotation_is_followed_to_its_end():
    assert follow(BEGUN, BEGUN, SENT, SENT, ENDING, ENDED) == ["setSecret", "finishSecret"]
    assert follow(BEGUN, ENDED) == ["setSecret", "finishSecret"]


def test_a_rotation_that_was_undone_or_never_ends_is_told():
    with pytest.raises(CannotOperate, match=r"current one was restored: look\."):
        follow(BEGUN, SENT, {**BEGUN, "RELAYSENT": OLD})
    with pytest.raises(CannotOperate, match="has not ended within 20 minutes"):
        follow(BEGUN)


def test_rotate_leaves_it_to_secrets_manager_where_that_rotates(stack, ctl, monkeypatch):
    begun = []
    monkeypatch.setattr("relayctl.vault.Vault.rotates", lambda *_: True)
    monkeypatch.setattr("relayctl.vault.Vault.rotate", lambda _, name, token: begun.append((name, token)))
    monkeypatch.setattr(secret, "followed", lambda _, token, log: [f"{token} {log}"])

    assert ctl("secret", "rotate", "main") == 0

    ((name, token),) = begun
    assert name == "prod/sources/main/webhook"
    assert f"✓ {token} the log of prod-Rotate says why" in ctl.out
