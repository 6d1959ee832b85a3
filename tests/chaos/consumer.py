"""A consumer that handles the story behind a proxy, undisturbed, with a store broken or killed once."""

from functools import partial
from random import Random

from local.cloud import LocalCloud
from tests.chaos.faults import Kind, broken
from tests.chaos.kill import Boundary, kill_workers, killing
from tests.chaos.mapping import Mapping
from tests.chaos.proxy import Call, FaultProxy
from tests.chaos.story import FIRST_BATCH, records

SLOW_SECONDS = 0.3  # of every call


class Consumer:
    """One consumer behind a proxy."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy, logical_id: str) -> None:
        self.cloud, self.proxy, self.logical_id = cloud, proxy, logical_id
        self.mapping = Mapping(cloud, logical_id)

    def run(self, source: str) -> list[Call]:
        """Handle the story undisturbed; return the first batch's calls."""
        story = records(self.cloud, source)
        with self.proxy.watched() as calls:
            assert self.mapping.deliver(story[:FIRST_BATCH]) == []
        assert self.mapping.deliver(story[FIRST_BATCH:]) == []
        return calls

    def run_broken(self, source: str, service: str, kind: Kind) -> int:
        """Have a store broken during the first batch; return how many of its messages were to come again."""
        story = records(self.cloud, source)
        with self.proxy.watched(broken({service: kind}, SLOW_SECONDS)) as calls:
            left = self.mapping.deliver(story[:FIRST_BATCH])
        assert service in {call.service for call in calls}
        self.mapping.redeliver(left + story[FIRST_BATCH:], Random(source))
        return len(left)

    def run_killed(self, source: str, boundary: Boundary) -> None:
        """Die once in the first batch, whose messages then come again in other batches, with others among them."""
        story = records(self.cloud, source)
        kill = partial(kill_workers, self.cloud, self.logical_id)
        with self.proxy.watched(killing(kill, {boundary.call.number: boundary.side})) as calls:
            left = self.mapping.deliver(story[:FIRST_BATCH])
        assert (left, calls[-1]) == (story[:FIRST_BATCH], boundary.call), f"not {boundary}: {calls[-1:]}"
        self.mapping.redeliver(left + story[FIRST_BATCH:], Random(str(boundary)))
