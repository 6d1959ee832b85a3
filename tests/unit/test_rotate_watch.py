import pytest

from relay.errors import Refused
from relay.orchestrator.sources import Sources
from relay.rotate.ends import KEPT_SECONDS, NotProven
from relay.rotate.source import rotatable, source_of
from tests.rotation import NEW, NEWER, OLD, STEPS, World, watch

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay/sources"


def writes(world: World) -> int:
    return sum(name == "patch" or name.startswith("update") for name in world.calls)


def test_first_canary_marks_the_secret_in_use_and_the_next_changes_nothing() -> None:
    world = World(2)

    watch(world)
    first = writes(world)
    watch(world)

    assert world.vault.stages == {"AWSCURRENT": OLD, "RELAYSENT": OLD}
    assert (first, writes(world)) == (1, 1)


def test_canary_signed_with_a_pending_secret_marks_nothing() -> None:
    world = World(2)
    world.secret.put(NEW, "a secret nobody has proved", "AWSPENDING")
    world.sleep(120)
    world.webhooks[1].secrets.append((world.clock(), "a secret nobody has proved"))

    watch(world)

    assert "RELAYSENT" not in world.vault.stages
    assert world.refused == []


def test_drifted_secret_is_written_again() -> None:
    world = World(2)
    world.webhooks[1].secrets.append((world.clock(), "a secret nobody here knows"))

    watch(world)

    assert world.holds() == {"the old secret"}


def test_secret_changed_by_hand_here_is_sent() -> None:
    world = World()
    world.rotate(NEW)
    world.sleep(300)
    world.secret.put(OLD.replace("a", "d"), "a secret put by hand", "AWSCURRENT")

    watch(world)

    assert world.holds() == {"a secret put by hand"}
    assert world.refused == []


def test_secret_changed_twice_by_hand_here_refuses_nothing() -> None:
    world = World()
    watch(world)
    world.secret.put(NEW, "a secret put by hand", "AWSCURRENT")
    world.sleep(120)
    world.secret.put(NEWER, "another put by hand", "AWSCURRENT")
    world.sleep(120)

    watch(world)

    assert world.is_one(NEWER)
    assert world.refused == []


def test_canary_that_is_missed_for_another_reason_fails_the_run() -> None:
    world = World()
    world.lost = lambda _: True

    with pytest.raises(NotProven):
        watch(world)

    assert world.holds() == {"the old secret"}


def test_secret_that_a_rotation_has_sent_is_left_alone() -> None:
    world = World()
    world.begin(NEW)
    for step in STEPS[:2]:
        world.step(step, NEW)
    written = writes(world)

    watch(world)

    assert writes(world) == written


def test_previous_secret_is_dropped_in_passing() -> None:
    world = World()
    world.rotate(NEW)
    world.sleep(KEPT_SECONDS)

    watch(world)

    assert list(world.vault.values) == [NEW]
    assert world.refused == []


def test_source_without_enabled_webhook_flies_no_canary() -> None:
    world = World()
    world.webhooks[0].enabled = False

    watch(world)

    assert "ping" not in world.calls


@pytest.mark.parametrize("secret_id", [f"{ARN}/second-one/webhook", f"{ARN}/second-one/webhook-a1B2c3"])
def test_secret_names_its_source(secret_id: str) -> None:
    assert source_of(secret_id, ARN) == "second-one"


@pytest.mark.parametrize(
    "secret_id",
    [
        f"{ARN}/main/api-a1B2c3",
        f"{ARN}/main/webhook-a1B2c3-more",
        f"{ARN}/main/webhook/more",
        f"{ARN}//webhook",
        f"{ARN}2/main/webhook",
        "relay/receivers/operations",
    ],
)
def test_secret_of_anything_else_is_refused(secret_id: str) -> None:
    with pytest.raises(Refused):
        source_of(secret_id, ARN)


def test_only_a_source_that_sync_may_change_is_rotated() -> None:
    base = "https://cloud.uipath.com/org/tenant/orchestrator_"
    modes = {"kept": "enforce", "told": "report", "left": "off"}
    sources = Sources.model_validate(
        {"sources": {name: {"base_url": base, "mode": mode} for name, mode in modes.items()}}
    )

    assert rotatable(sources, "kept").mode == "enforce"
    for name in ("told", "left", "unknown"):
        with pytest.raises(Refused, match=name):
            rotatable(sources, name)
