"""Somebody gives the webhook another secret in Orchestrator: the canary tells, and sync puts ours back."""

import pytest

from local.cloud import WEBHOOK_SECRET, LocalCloud
from local.sync import run_sync
from tests.chaos.mapping import mappings_on
from tests.chaos.tally import TALLY
from tests.local_cloud import without_webhooks

# A canary is waited for a minute, twice.
pytestmark = [pytest.mark.chaos, pytest.mark.exhaustive, pytest.mark.timeout(600)]


def test_a_secret_changed_in_orchestrator_is_put_back(cloud: LocalCloud) -> None:
    webhooks = cloud.orchestrator.webhooks
    with without_webhooks(cloud), mappings_on(cloud):
        assert run_sync(cloud).outcome == "repaired"
        (made,) = webhooks.all()
        webhooks.change(made.id, secret="changed by hand")

        drifted = run_sync(cloud)
        (repaired,) = webhooks.all()
        cloud.orchestrator.engine.breaker(made.name).reset()  # an hour later, for a refused ping has opened it
        after = run_sync(cloud)

    missed = (drifted.metric("CanaryMissed"), after.metric("CanaryMissed"))
    TALLY.line("secret changed in Orchestrator", f"missed {missed}, {drifted.outcome}, then {after.outcome}", kept=0)
    assert repaired.secret == WEBHOOK_SECRET
    assert missed == (1, 0)
    assert (after.outcome, after.troubles) == ("right", [])
