"""The state machine on the whole relay: a few short runs in CI, many long ones in `make chaos`."""

from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from local.cloud import LocalCloud
from tests.chaos.conftest import ThroughProxy
from tests.chaos.machine import STATIONS, Machine, World

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

BUDGETS = [
    pytest.param(5, 15, id="5 runs of 15 steps"),
    pytest.param(25, 30, marks=pytest.mark.exhaustive, id="25 runs of 30 steps"),
]


@pytest.mark.parametrize(("runs", "steps"), BUDGETS)
def test_whatever_happens_in_whatever_order_comes_out_the_same(
    cloud: LocalCloud, through_proxy: ThroughProxy, runs: int, steps: int
) -> None:
    world = World(cloud)
    with ExitStack() as during:
        for name in ("Ingest", *STATIONS):
            proxy = during.enter_context(through_proxy(f"{name}Function"))
            during.enter_context(proxy.watched(world.fault))

        run_state_machine_as_test(
            type("MachineInWorld", (Machine,), {"world": world}),
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                derandomize=runs < 10,  # CI says the same of the same code
                phases=[Phase.generate],  # a run takes seconds; it is told by its steps, unshrunk
                suppress_health_check=list(HealthCheck),
            ),
        )
