"""kill -9 of archive and state at each of their AWS calls changes nothing of what is archived and held in the end."""

from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.chaos.conftest import ThroughProxy
from tests.chaos.consumer import Consumer
from tests.chaos.kill import boundaries
from tests.chaos.outcome import archived, held
from tests.chaos.proxy import Call
from tests.chaos.story import CURRENT_ITEMS, EVENTS, RECEIPTS, TIMELINE_ITEMS
from tests.chaos.tally import TALLY

pytestmark = pytest.mark.chaos


def test_archive_killed_at_any_call_archives_the_same(cloud: LocalCloud, through_proxy: ThroughProxy) -> None:
    with through_proxy("ArchiveFunction") as proxy:
        archive = Consumer(cloud, proxy, "ArchiveFunction")
        calls = archive.run("undisturbed")
        expected = archived(cloud, "undisturbed")

        wrong = different(archive, calls, expected, archived)

    assert (len(expected.texts), len(expected.identities)) == (RECEIPTS, EVENTS)
    assert [call.operation for call in calls] == ["PutObject"] * 3
    assert not wrong, "\n".join(wrong)


def test_state_killed_at_any_call_holds_the_same(cloud: LocalCloud, through_proxy: ThroughProxy) -> None:
    with through_proxy("StateFunction") as proxy:
        state = Consumer(cloud, proxy, "StateFunction")
        calls = state.run("undisturbed")
        expected = held(cloud, "undisturbed")

        wrong = different(state, calls, expected, held)

    assert sum(item["sk"]["S"] == "current" for item in expected) == CURRENT_ITEMS
    assert len(expected) == CURRENT_ITEMS + TIMELINE_ITEMS
    assert {call.operation for call in calls} == {"GetObject", "GetItem", "PutItem"}
    assert not wrong, "\n".join(wrong)


def different(consumer: Consumer, calls: list[Call], expected: object, outcome: Any) -> list[str]:
    """Kill at every boundary of the calls and print what came of it; return those that ended otherwise."""
    wrong = []
    for boundary in boundaries(calls):
        source, name = f"{boundary.side}-{boundary.call.number}", f"{consumer.logical_id} {boundary}"
        consumer.run_killed(source, boundary)
        same = outcome(consumer.cloud, source) == expected
        TALLY.compared(name, same=same)
        wrong += [] if same else [name]
    return wrong
