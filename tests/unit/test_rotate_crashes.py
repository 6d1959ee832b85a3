"""A rotation cut off between any two calls, as its process ends or a peer fails, and then called again."""

from collections.abc import Callable

import pytest

from relay.errors import RelayError, Unavailable
from relay.rotate.ends import Ends
from tests.rotation import NEW, NEWER, Crash, World

CUTS = [("crash", False), ("crash", True), ("fails", False), ("fails", True)]


def cut_world(cut: str, number: int, after: bool, webhooks: int = 2) -> World:
    world = World(webhooks)
    setattr(world, cut, (number, after))
    return world


def lose_the_new(world: World) -> None:
    world.lost = lambda ping: ping.webhook.secret(world.clock()) != "the old secret"


def meanwhile(number: int, deed: Callable[[World], None]) -> World:
    world = World(2)
    world.at = {number: lambda: deed(world)}
    return world


def calls_of_a_rotation() -> int:
    world = World()
    world.rotate(NEW)
    return len(world.calls)


def sync(world: World) -> None:
    """Another writer finds its canary missed, at the worst moment; it is put off while the lease is another's."""
    try:
        world.sync(Ends.restore)
    except RelayError:
        return


def begin(world: World) -> None:
    """A rotation begins meanwhile; its steps are put off likewise."""
    try:
        for name in ("createSecret", "setSecret"):
            world.step(name, NEW)
    except Unavailable:
        return


@pytest.mark.parametrize(("cut", "after"), CUTS)
def test_rotation_cut_off_anywhere_is_completed(cut: str, after: bool) -> None:
    for number in range(calls_of_a_rotation()):
        world = cut_world(cut, number, after)

        world.rotate(NEW)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"


@pytest.mark.parametrize(("cut", "after"), CUTS)
def test_rotation_cut_off_anywhere_and_given_up_is_followed_by_another(cut: str, after: bool) -> None:
    for number in range(calls_of_a_rotation()):
        world = cut_world(cut, number, after)
        try:
            world.rotate(NEW, tries=1)
        except AssertionError:
            world.cancel()

        world.rotate(NEWER)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEWER), f"call {number}"


@pytest.mark.parametrize(("cut", "after"), CUTS)
def test_rollback_cut_off_anywhere_is_completed(cut: str, after: bool) -> None:
    """The new secret is not proved; the way back is cut off; the rotation is called again when pings come through."""
    for number in range(40, 75):
        world = cut_world(cut, number, after, webhooks=1)
        lose_the_new(world)
        try:
            world.rotate(NEW, tries=1)
        except AssertionError:
            world.lost = lambda _: False

        world.rotate(NEW)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"


@pytest.mark.parametrize("after", [False, True])
def test_revocation_cut_off_anywhere_is_completed(after: bool) -> None:
    for number in range(30):
        world = World()
        world.rotate(NEW)
        world.sleep(60)
        world.crash = (len(world.calls) + number, after)
        try:
            world.sync(Ends.revoke)
        except Crash:
            world.revive(2000)
        world.crash = None

        world.sync(Ends.revoke)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"
        assert "AWSPREVIOUS" not in world.vault.stages


def test_sync_at_any_moment_of_a_rotation_does_no_harm() -> None:
    for number in range(calls_of_a_rotation()):
        world = meanwhile(number, sync)

        world.rotate(NEW)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"


def test_sync_cut_off_at_any_moment_between_test_and_finish_does_no_harm() -> None:
    for number in range(25):
        world = World(2)
        world.begin(NEW)
        for step in ("createSecret", "setSecret", "testSecret"):
            world.step(step, NEW)
        world.crash = (len(world.calls) + number, True)
        try:
            world.sync(Ends.restore)
        except Crash:
            world.revive(2000)

        world.rotate(NEW)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"


def test_rotation_at_any_moment_of_a_sync_run_does_no_harm() -> None:
    for number in range(25):
        world = meanwhile(number, begin)
        world.begin(NEW)

        sync(world)

        world.rotate(NEW)

        assert world.refused == [], f"call {number}"
        assert world.is_one(NEW), f"call {number}"
