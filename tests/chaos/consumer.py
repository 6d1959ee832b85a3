"""A consumer that handles the story behind a proxy, undisturbed or killed once and given everything again."""

from functools import partial
from random import Random

from local.cloud import LocalCloud
from tests.chaos.kill import Boundary, kill_workers, killing
from tests.chaos.mapping import Mapping
from tests.chaos.proxy import Call, FaultProxy
from tests.chaos.story import FIRST_BATCH, records


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

    def run_killed(self, source: str, boundary: Boundary) -> None:
        """Die once in the first batch, whose messages then come again in other batches, with others among them."""
        story = records(self.cloud, source)
        kill = partial(kill_workers, self.cloud, self.logical_id)
        with self.proxy.watched(killing(kill, {boundary.call.number: boundary.side})) as calls:
            left = self.mapping.deliver(story[:FIRST_BATCH])
        assert (left, calls[-1]) == (story[:FIRST_BATCH], boundary.call), f"not {boundary}: {calls[-1:]}"
        self.mapping.redeliver(left + story[FIRST_BATCH:], Random(str(boundary)))
