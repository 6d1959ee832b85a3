"""Requests in the spool, and drain taking them out again one invocation at a time."""

from collections.abc import Sequence

from local.cloud import LocalCloud
from local.runtime import Answer
from tests.chaos.faults import Kind, broken
from tests.chaos.healing import SWEEP
from tests.chaos.ledger import Sender, Sent
from tests.chaos.proxy import FaultProxy
from tests.chaos.rule import SERVICES, Size, Store
from tests.chaos.station import Station


class Spooler:
    """Has ingest spool: what it cannot publish or cannot verify."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy) -> None:
        self._cloud, self._proxy, self._sender = cloud, proxy, Sender(cloud)
        self._verifies: bool | None = None

    def spool(self, name: str, because: Sequence[Store], size: Size = "small") -> Sent:
        """Send an event while these stores refuse; only a new worker needs the secrets."""
        verifies = "secrets" not in because
        if verifies != self._verifies:
            self._restart(verifies)
        kinds: dict[str, Kind] = {SERVICES[store]: "denied" for store in because}
        with self._proxy.watched(broken(kinds)) as calls:
            sent = self._sender.send(name, size)
        assert sent.kept, name
        assert calls[-1].service == ("s3" if "queue" in because or size == "dense" else "sqs"), calls
        return sent

    def _restart(self, verifies: bool) -> None:
        """Start a new worker, and have it read the secrets if it is to verify."""
        self._cloud.host.restart(self._cloud.stack.functions["IngestFunction"])
        if verifies:
            assert self._sender.send("has the secrets read").kept
        self._verifies = verifies


class Drainer:
    """Plays the mapping of the spool's queue, and drain's schedule."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._station = Station(cloud, "DrainFunction", "SpoolQueue")
        self._host, self._function = cloud.host, cloud.stack.functions["DrainFunction"]

    def drain(self) -> int:
        """Invoke with everything that waits; return how many are to come again, which they will at once."""
        return len(self._station.handle())

    def sweep(self) -> Answer:
        """Invoke as the schedule does."""
        return self._host.invoke(self._function, SWEEP)
