from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.errors import RelayError
from relay.rotate.ends import Ends
from tests.rotation import STEPS, Crash, World, watch

TOKENS = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, 30)]

cuts = st.tuples(st.sampled_from(["crash", "fails"]), st.integers(0, 60), st.booleans())
deeds = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("rotation"), st.just(0)),
    st.tuples(st.just("new token"), st.just(0)),
    st.tuples(st.sampled_from(["restore", "revoke", "expire_previous"]), st.just(0)),
    st.tuples(st.just("watch"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([5, 70, 1000, 90_000])),
    st.tuples(st.just("pings"), st.sampled_from([0, 3, 7])),
    st.tuples(st.just("enabled"), st.booleans()),
)


class Operator:
    """Does one deed after the other, each perhaps cut off; the token changes when a rotation is given up."""

    def __init__(self, world: World) -> None:
        self.world, self.tokens = world, iter(TOKENS)
        self.token = ""

    def do(self, deed: str, how: Any) -> None:
        if deed == "wait":
            self.world.sleep(how)
        elif deed == "pings":
            self.world.lost = lambda ping: bool(how) and int(ping.event_id) % how == 0
        elif deed == "enabled":
            self.world.webhooks[-1].enabled = how or len(self.world.webhooks) == 1
        elif deed == "new token":
            self.world.cancel()
            self.token = ""
        elif deed == "watch":
            watch(self.world)
        elif deed in ("step", "rotation"):
            self._rotate([STEPS[how]] if deed == "step" else list(STEPS))
        else:
            self.world.sync(getattr(Ends, deed))

    def _rotate(self, steps: list[str]) -> None:
        if not self.token or self.world.vault.stages["AWSCURRENT"] == self.token:
            self.token = next(self.tokens)
            self.world.begin(self.token)
        for step in steps:
            self.world.step(step, self.token)


@pytest.mark.timeout(600)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 3),
    st.lists(st.floats(0, 59.9), min_size=1, max_size=4),
    st.sampled_from([0.0, 5.0, 20.0]),
    st.lists(st.tuples(deeds, st.none() | cuts), min_size=1, max_size=8),
)
def test_no_order_of_deeds_and_crashes_refuses_an_event_or_parts_the_ends(
    webhooks: int, ages: list[float], slow: float, story: list[tuple[tuple[str, Any], tuple[str, int, bool] | None]]
) -> None:
    world = World(webhooks, ages=tuple(ages), slow=slow)
    operator = Operator(world)

    for (deed, how), cut in story:
        if cut:
            setattr(world, cut[0], (len(world.calls) + cut[1], cut[2]))
        try:
            operator.do(deed, how)
        except (RelayError, Crash):
            world.revive(20)
        world.crash = world.fails = None
    world.dead, world.lost = False, lambda _: False
    world.cancel()
    world.rotate(TOKENS[-1], tries=20)

    assert world.refused == []
    assert world.is_one(TOKENS[-1])
