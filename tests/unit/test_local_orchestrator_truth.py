"""A day of simulated life, told to the relay's state in any order and more than once, leaves it equal to the truth."""

import random
from datetime import UTC, datetime

import pytest

from local.orchestrator.life import Life
from relay.event import read, wrap
from relay.state.change import changes
from relay.state.merge import State, merge

RECEIVED_AT = datetime(2026, 3, 3, tzinfo=UTC)
OURS = {"status", "reported_state", "receivedat", "tenantid", "folderid"}


def state_after(bodies):
    states: dict[tuple[str, str], State] = {}
    for body in bodies:
        envelope = wrap(body, relaysource="main", received_at=RECEIVED_AT, secret_version="1")
        for change in changes(read(envelope.text())):
            at = change.kind.name, change.key
            states[at] = merge(states.get(at, {}), change.state)
    return {at: {name: value for name, (_, value) in state.items()} for at, state in states.items()}


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("version", [11, 15, 16, 18, 20])
@pytest.mark.parametrize("event_ids", ["equal", "different"])
def test_state_after_a_day_equals_the_truth(version, event_ids):
    life = Life(version, api_version=version, event_ids=event_ids)
    bodies = life.day()
    told = [*bodies, *random.Random(1).sample(bodies, 200)]
    random.Random(2).shuffle(told)

    states = state_after(told)

    truth = life.truth()
    assert states.keys() == truth.keys()
    assert {at: state["status"] for at, state in states.items()} == {at: entity.status for at, entity in truth.items()}
    for at, state in states.items():
        fields = {name: text(value) for name, value in state.items() if name not in OURS}
        assert fields == {name: text(truth[at].fields.get(name, "")) for name in fields}
        assert "folderid" not in state or int(state["folderid"]) in truth[at].folders
