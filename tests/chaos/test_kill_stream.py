"""Workers die in the middle of a stream that comes through the real topic, queues and event source mappings."""

from contextlib import ExitStack
from functools import partial
from random import Random

import pytest

from local.cloud import LocalCloud
from relay.aws.topic import Topic
from tests.chaos.conftest import ThroughProxy
from tests.chaos.courier import Courier
from tests.chaos.healing import all_waiting, await_true, shorter_visibility
from tests.chaos.kill import Side, kill_workers, killing
from tests.chaos.mapping import Mapping, mappings_on
from tests.chaos.outcome import archived, held
from tests.chaos.story import NOTICES, envelopes, records, text_of

pytestmark = pytest.mark.chaos

SOURCES = ("stream-1", "stream-2", "stream-3")
# At these calls every worker of the function dies. Twice, for a message is received five times at most.
DEATHS: dict[str, dict[int, Side]] = {
    "ArchiveFunction": {1: "after", 3: "before"},
    "StateFunction": {7: "after", 40: "before"},
    "NotifyFunction": {2: "after", 5: "before"},
}
VISIBILITY_SECONDS = 6  # how soon a dead worker's messages come again; longer than any handling, as the template's is


def test_a_stream_with_deaths_in_it_ends_as_an_undisturbed_one(cloud: LocalCloud, through_proxy: ThroughProxy) -> None:
    expected = undisturbed(cloud, "calm")
    dead_before = all_waiting(cloud, "DeadLetterQueueUrl")
    with ExitStack() as during:
        during.enter_context(shorter_visibility(cloud, VISIBILITY_SECONDS))
        watched = [
            during.enter_context(
                during.enter_context(through_proxy(name)).watched(killing(partial(kill_workers, cloud, name), deaths))
            )
            for name, deaths in DEATHS.items()
        ]
        during.enter_context(mappings_on(cloud))
        publish(cloud, SOURCES)
        await_true(lambda: not any(all_waiting(cloud, "QueueUrl")), "the queues to be empty")

    for name, calls in zip(DEATHS, watched, strict=True):
        print(f"{name} died at calls {', '.join(map(str, DEATHS[name]))} of {len(calls)}")
        assert len(calls) > max(DEATHS[name])
    assert all_waiting(cloud, "DeadLetterQueueUrl") == dead_before
    for source in SOURCES:
        assert (archived(cloud, source), held(cloud, source)) == expected
        assert len(Courier(cloud).notices(source)) == NOTICES


def undisturbed(cloud: LocalCloud, source: str) -> tuple[object, object]:
    for name in ("ArchiveFunction", "StateFunction"):
        assert Mapping(cloud, name).deliver(records(cloud, source)) == []
    return archived(cloud, source), held(cloud, source)


def publish(cloud: LocalCloud, sources: tuple[str, ...]) -> None:
    """Publish the story of each source as ingest does, all of them mixed."""
    topic = Topic(cloud.aws.client("sns"), cloud.stack.outputs["EventsTopicArn"])
    told = [envelope for source in sources for envelope in envelopes(source)]
    for envelope in Random(1).sample(told, len(told)):
        topic.publish(text_of(cloud, envelope), envelope.message_attributes)
