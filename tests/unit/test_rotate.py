import logging
import traceback

import pytest

from relay.canary import Arrival
from relay.errors import Refused, RelayError, SettingsError, Unavailable
from relay.lease import Lease
from relay.rotate.ends import KEPT_SECONDS, Ends, NotProven
from tests.rotation import NEW, NEWER, OLD, STEPS, World


def lose_the_new(world: World) -> None:
    """Have every ping vanish that is signed with anything but the old secret."""
    world.lost = lambda ping: ping.webhook.secret(world.clock()) != "the old secret"


def in_the_middle(webhooks: int = 1) -> World:
    """Return a world whose Orchestrator has the new secret, while AWSCURRENT is the old one."""
    world = World(webhooks)
    world.begin(NEW)
    for step in STEPS[:2]:
        world.step(step, NEW)
    return world


@pytest.mark.parametrize("webhooks", [1, 3])
def test_rotation_gives_both_ends_one_new_secret(webhooks: int) -> None:
    world = World(webhooks)

    world.rotate(NEW)

    assert world.is_one(NEW)
    assert world.vault.stages["AWSPREVIOUS"] == OLD
    assert "AWSPENDING" not in world.vault.stages
    assert world.refused == []


def test_rotation_follows_rotation() -> None:
    world = World()

    world.rotate(NEW)
    world.rotate(NEWER)

    assert world.is_one(NEWER)
    assert world.vault.stages["AWSPREVIOUS"] == NEW
    assert OLD not in world.vault.values
    assert world.refused == []


def test_orchestrator_may_take_a_moment_until_it_signs_with_the_new_secret() -> None:
    world = World(slow=20.0)

    world.rotate(NEW, tries=1)

    assert world.is_one(NEW)
    assert world.refused == []


def test_new_secret_is_of_a_form_every_page_takes() -> None:
    world = World()

    world.rotate(NEW)

    (secret,) = world.holds()
    assert len(secret) == 64
    assert secret.isalnum()
    assert secret.isascii()


def test_step_repeated_changes_nothing() -> None:
    world = in_the_middle()
    held, stages = world.holds(), dict(world.vault.stages)

    for step in STEPS[:2]:
        world.step(step, NEW)

    assert (world.holds(), world.vault.stages) == (held, stages)
    for step in STEPS[2:]:
        world.step(step, NEW)
    ended = dict(world.vault.stages)
    for step in STEPS:
        world.step(step, NEW)
    assert world.vault.stages == ended
    assert world.is_one(NEW)


def test_rotation_begun_by_hand_needs_no_schedule() -> None:
    world = World()

    for step in STEPS:
        world.step(step, NEW)

    assert world.is_one(NEW)


def test_secret_that_is_not_proved_is_taken_back() -> None:
    world = in_the_middle()
    lose_the_new(world)

    with pytest.raises(NotProven):
        world.step("testSecret", NEW)

    assert world.holds() == {"the old secret"}
    assert world.vault.stages == {"AWSCURRENT": OLD, "RELAYSENT": OLD, "AWSPENDING": NEW}
    assert world.refused == []


def test_secret_that_cannot_be_proved_taken_back_keeps_its_stages() -> None:
    world = in_the_middle()
    world.lost = lambda _: True

    with pytest.raises(NotProven):
        world.step("testSecret", NEW)

    assert world.vault.stages["RELAYSENT"] == NEW
    assert world.refused == []


def test_secret_that_orchestrator_did_not_take_is_noticed() -> None:
    world = in_the_middle(webhooks=2)
    world.webhooks[1].secrets.append((world.clock(), "the old secret"))

    with pytest.raises(NotProven, match="another secret"):
        world.step("testSecret", NEW)

    assert world.holds() == {"the old secret"}


def test_secret_taken_back_between_test_and_finish_does_not_become_current() -> None:
    world = in_the_middle()
    world.step("testSecret", NEW)
    world.sync(Ends.restore)

    with pytest.raises(Refused, match="taken back"):
        world.step("finishSecret", NEW)

    assert world.vault.stages["AWSCURRENT"] == OLD
    world.rotate(NEW)
    assert world.is_one(NEW)
    assert world.refused == []


def test_secret_overwritten_between_test_and_finish_does_not_become_current() -> None:
    world = in_the_middle()
    world.step("testSecret", NEW)
    world.sync(lambda ends: ends.send("the old secret"))

    with pytest.raises(NotProven):
        world.step("finishSecret", NEW)

    assert world.vault.stages["AWSCURRENT"] == OLD


def test_rotation_left_behind_is_rolled_back_before_the_next() -> None:
    world = in_the_middle()
    left = world.vault.values[NEW]
    world.cancel()
    world.begin(NEWER)

    world.step("createSecret", NEWER)

    assert world.holds() == {"the old secret"}
    assert world.vault.stages == {"AWSCURRENT": OLD, "RELAYSENT": OLD, "AWSPENDING": NEWER}
    assert left not in world.vault.values.values()
    assert world.refused == []


def test_rehearsal_of_the_configuration_changes_nothing() -> None:
    world = World()
    world.begin(NEW)

    world.step("testSecret", NEW)

    assert world.vault.stages == {"AWSCURRENT": OLD, "AWSPENDING": NEW}
    assert world.holds() == {"the old secret"}


def test_secret_that_was_never_sent_does_not_become_current() -> None:
    world = World()
    world.begin(NEW)
    world.step("createSecret", NEW)

    for step in STEPS[2:]:
        with pytest.raises(Refused):
            world.step(step, NEW)

    assert world.vault.stages["AWSCURRENT"] == OLD


def test_secret_of_another_rotation_is_not_sent() -> None:
    world = World()
    world.step("createSecret", NEW)
    world.step("createSecret", NEWER)

    with pytest.raises(Refused, match="another rotation"):
        world.step("setSecret", NEW)

    assert world.holds() == {"the old secret"}


def test_source_without_enabled_webhook_is_not_rotated() -> None:
    world = World()
    world.webhooks[0].enabled = False

    with pytest.raises(AssertionError, match="no end"):
        world.rotate(NEW, tries=2)

    assert world.vault.stages["AWSCURRENT"] == OLD


def test_disabled_webhook_gets_the_secret_too() -> None:
    world = World(2)
    world.webhooks[1].enabled = False

    world.rotate(NEW)

    assert world.is_one(NEW)


def test_revocation_is_a_step_of_its_own() -> None:
    world = World()
    world.rotate(NEW)

    world.step("revokeSecret", "")

    assert list(world.vault.values) == [NEW]
    assert world.refused == []


def test_unknown_step_is_refused() -> None:
    with pytest.raises(Refused):
        World().step("dropSecret", NEW)


def hold_the_lease(world: World, seconds: int) -> None:
    Lease(world.table, "main", "sync", seconds, world.clock).take()


def test_step_waits_for_a_sync_run_to_end() -> None:
    world = World()
    hold_the_lease(world, 200)
    world.begin(NEW)
    world.step("createSecret", NEW)

    world.step("setSecret", NEW)

    assert world.holds() != {"the old secret"}


def test_step_gives_up_on_a_lease_that_is_long() -> None:
    world = World()
    hold_the_lease(world, 900)
    world.begin(NEW)
    world.step("createSecret", NEW)

    with pytest.raises(Unavailable):
        world.step("setSecret", NEW)

    assert world.holds() == {"the old secret"}


def test_drifted_secret_is_restored() -> None:
    world = World(2)
    world.webhooks[1].secrets.append((world.clock(), "a secret nobody here knows"))

    world.sync(Ends.restore)

    assert world.holds() == {"the old secret"}
    assert world.vault.stages == {"AWSCURRENT": OLD, "RELAYSENT": OLD}


def test_secret_put_by_hand_is_sent_once_every_warm_ingest_has_read_it() -> None:
    world = World()
    world.rotate(NEW)
    world.sleep(300)
    world.secret.put(NEWER, "a secret put by hand", "AWSCURRENT")

    world.sync(Ends.restore)

    assert world.is_one(NEWER)
    assert world.refused == []


@pytest.mark.parametrize(
    ("arrived", "adrift"),
    [
        ({1: Arrival(900, OLD)}, False),
        ({1: Arrival(900, NEW)}, False),  # a rotation has just sent it
        ({1: Arrival(900, NEWER)}, True),
        ({}, True),
    ],
)
def test_canary_missed_or_signed_with_an_outdated_secret_asks_for_repair(
    arrived: dict[int, Arrival], adrift: bool
) -> None:
    assert in_the_middle().sync(lambda ends: ends.is_adrift([1], arrived)) is adrift


def test_previous_secret_is_dropped_after_a_day() -> None:
    world = World()
    world.rotate(NEW)

    at_once = world.sync(Ends.expire_previous)
    world.sleep(KEPT_SECONDS)
    after_a_day = world.sync(Ends.expire_previous)

    assert (at_once, after_a_day) == (False, True)
    assert OLD not in world.vault.values
    assert world.is_one(NEW)
    assert world.refused == []
    assert world.sync(Ends.expire_previous) is False


def test_previous_secret_is_kept_while_a_rotation_is_under_way() -> None:
    world = World()
    world.rotate(NEW)
    world.begin(NEWER)
    for step in STEPS[:2]:
        world.step(step, NEWER)
    world.sleep(KEPT_SECONDS)

    assert world.sync(Ends.expire_previous) is False
    assert world.vault.stages["AWSPREVIOUS"] == OLD


def test_revoking_drops_the_previous_secret_for_good() -> None:
    world = World()
    world.rotate(NEW)

    world.sync(Ends.revoke)

    assert world.vault.stages == {"AWSCURRENT": NEW, "RELAYSENT": NEW}
    assert list(world.vault.values) == [NEW]
    assert world.refused == []


@pytest.mark.parametrize("secret", ["the old secret", "a secret nobody here knows"])
def test_revoking_first_takes_the_previous_secret_from_orchestrator(secret: str) -> None:
    world = World()
    world.rotate(NEW)
    world.webhooks[0].secrets.append((world.clock(), secret))
    world.refused.clear()

    world.sync(Ends.revoke)

    assert world.is_one(NEW)
    assert OLD not in world.vault.values
    assert world.refused == [] or secret != "the old secret"


def test_revoking_after_a_change_by_hand_leaves_the_old_secret_nowhere() -> None:
    world = World()
    world.rotate(NEW)
    world.sleep(300)
    world.secret.put(NEWER, "a secret put by hand", "AWSCURRENT")

    world.sync(Ends.revoke)

    assert list(world.vault.values) == [NEWER]
    assert world.is_one(NEWER)
    assert world.refused == []


def test_revoking_after_both_ends_were_set_back_by_hand_leaves_the_newer_secret_nowhere() -> None:
    world = World()
    world.rotate(NEW)
    world.sleep(300)
    world.secret.move("AWSCURRENT", to=OLD, away_from=NEW)
    world.sleep(120)
    world.webhooks[0].secrets.append((world.clock(), "the old secret"))

    world.sync(Ends.revoke)

    assert list(world.vault.values) == [OLD]
    assert world.is_one(OLD)
    assert world.refused == []


def test_revoking_without_proof_drops_nothing() -> None:
    world = World()
    world.rotate(NEW)
    world.lost = lambda _: True

    with pytest.raises(NotProven):
        world.sync(Ends.revoke)

    assert world.vault.stages["AWSPREVIOUS"] == OLD


def test_secret_without_value_cannot_be_rotated() -> None:
    world = World()
    world.vault.values[OLD] = None

    with pytest.raises(SettingsError, match="no current value"):
        world.sync(Ends.restore)


@pytest.mark.parametrize("after", [False, True])
def test_no_secret_is_logged_or_stands_in_an_error(capsys: pytest.CaptureFixture[str], after: bool) -> None:
    told = []
    for number in range(0, 60, 5):
        world = World(fails=(number, after))
        lose_the_new(world)
        try:
            for step in STEPS:
                world.step(step, NEW)
        except RelayError as error:
            told.append("".join(traceback.format_exception(error)))
    values = {"the old secret", *(text for _, text in world.webhooks[0].secrets)}

    output = "".join((*capsys.readouterr(), *told))

    assert told
    assert len(values) == 2
    assert not any(value in output for value in values)
    assert "the old secret" not in output
    assert not logging.getLogger("botocore").isEnabledFor(logging.DEBUG)


# ---- the world itself must notice what breaks the promise


@pytest.mark.parametrize(
    ("name", "seconds"), [("relay.rotate.ends.SETTLE_SECONDS", 30.0), ("relay.rotate.ends.GRACE_SECONDS", 0.0)]
)
def test_world_notices_a_wait_too_short(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float) -> None:
    monkeypatch.setattr(name, seconds)
    world = in_the_middle()
    world.cancel()

    world.rotate(NEWER)
    world.sync(Ends.revoke)

    assert world.refused


def test_world_notices_a_stage_moved_under_a_slow_reader() -> None:
    world = in_the_middle()

    world.secret.move("AWSCURRENT", to=NEW, away_from=OLD)
    for stage in ("RELAYSENT", "AWSPENDING"):
        world.secret.move(stage, to=None, away_from=NEW)

    assert world.refused
