"""A consumer that handles the story behind a proxy, undisturbed or killed once and given everything again."""

from functools import partial
from random import Random

from local.cloud import LocalCloud
from tests.chaos.kill import Boundary, kill_workers, killing
from tests.chaos.mapping import Mapping, Record
from tests.chaos.proxy import Call, FaultProxy
from tests.chaos.story import FIRST_BATCH, envelopes, text_of
from tests.invocations import record


class Consumer:
    """One consumer behind a proxy."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy, logical_id: str) -> None:
        self.cloud, self.proxy, self.logical_id = cloud, proxy, logical_id
        self.mapping = Mapping(cloud, logical_id)

    def run(self, source: str) -> list[Call]:
        """Handle the story undisturbed; return the first batch's calls."""
        records = self.records(source)
        with self.proxy.watched() as calls:
            assert self.mapping.deliver(records[:FIRST_BATCH]) == []
        assert self.mapping.deliver(records[FIRST_BATCH:]) == []
        return calls

    def run_killed(self, source: str, boundary: Boundary) -> None:
        """Die once in the first batch, whose messages then come again in other batches, with others among them."""
        records = self.records(source)
        kill = partial(kill_workers, self.cloud, self.logical_id)
        with self.proxy.watched(killing(kill, {boundary.call.number: boundary.side})) as calls:
            left = self.mapping.deliver(records[:FIRST_BATCH])
        assert (left, calls[-1]) == (records[:FIRST_BATCH], boundary.call), f"not {boundary}: {calls[-1:]}"
        self.mapping.redeliver(left + records[FIRST_BATCH:], Random(str(boundary)))

    def records(self, source: str) -> list[Record]:
        texts = (text_of(self.cloud, envelope) for envelope in envelopes(source))
        return [record(self.logical_id, number, text) for number, text in enumerate(texts)]
