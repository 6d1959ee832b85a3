"""Requests in the spool, and drain taking them out again one invocation at a time."""

from collections.abc import Sequence
from typing import Any

from local.cloud import LocalCloud
from local.runtime import Answer
from tests.chaos.faults import Kind, broken
from tests.chaos.healing import SWEEP
from tests.chaos.ledger import Sender, Sent
from tests.chaos.mapping import Mapping, Record
from tests.chaos.proxy import FaultProxy
from tests.chaos.rule import SERVICES, Size, Store
from tests.invocations import record


class Spooler:
    """Has ingest spool: what it cannot publish or cannot verify."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy) -> None:
        self._cloud, self._proxy, self._sender = cloud, proxy, Sender(cloud)

    def spool(self, name: str, because: Sequence[Store], size: Size = "small") -> Sent:
        """Send an event while these stores refuse; secrets are given up by a new worker only."""
        if "secrets" in because:
            self._cloud.host.restart(self._cloud.stack.functions["IngestFunction"])
        kinds: dict[str, Kind] = {SERVICES[store]: "denied" for store in because}
        with self._proxy.watched(broken(kinds)) as calls:
            sent = self._sender.send(name, size)
        assert sent.kept, name
        assert calls[-1].service == ("s3" if "queue" in because or size == "dense" else "sqs"), calls
        return sent


class Drainer:
    """Plays the mapping of the spool's queue, which is real, and drain's schedule."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._mapping, self._host = Mapping(cloud, "DrainFunction"), cloud.host
        self._queue, self._url = cloud.aws.client("sqs"), cloud.stack.outputs["SpoolQueueUrl"]

    def drain(self) -> int:
        """Invoke with everything that waits; return how many are to come again, which they will at once."""
        batch = self._received()
        again = self._mapping.deliver(batch) if batch else []
        for message in batch:
            told = {"QueueUrl": self._url, "ReceiptHandle": message["receiptHandle"]}
            if message in again:
                self._queue.change_message_visibility(**told, VisibilityTimeout=0)
            else:
                self._queue.delete_message(**told)
        return len(again)

    def sweep(self) -> Answer:
        """Invoke as the schedule does."""
        return self._host.invoke(self._mapping.function, SWEEP)

    def _received(self) -> list[Record]:
        found: list[dict[str, Any]] = []
        while received := self._queue.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            found += received
        return [
            record("SpoolQueue", number, message["Body"])
            | {"receiptHandle": message["ReceiptHandle"], "attributes": message["Attributes"]}
            for number, message in enumerate(found)
        ]
