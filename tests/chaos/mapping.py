"""What Lambda's event source mapping does: gives a function batches, and gives again what was not reported as done."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from local.cloud import LocalCloud
from local.runtime import Answer

ROUNDS = 20
Record = dict[str, Any]


class Mapping:
    """Plays the mapping of one function; the embedded AWS' own is to be switched off."""

    def __init__(self, cloud: LocalCloud, logical_id: str) -> None:
        self._host, self.function = cloud.host, cloud.stack.functions[logical_id]

    def deliver(self, batch: Sequence[Record]) -> list[Record]:
        """Invoke once, and return the records that are to come again."""
        answer = self._host.invoke(self.function, json.dumps({"Records": list(batch)}).encode())
        if answer.function_error:
            return list(batch)
        again = {item["itemIdentifier"] for item in _object(answer)["batchItemFailures"]}
        return [record for record in batch if record["messageId"] in again]

    def redeliver(self, records: Sequence[Record], random: Random) -> None:
        """Deliver all, shuffled into batches of 1 to 4, again and again until none is left."""
        left = list(records)
        for _ in range(ROUNDS):
            left = [record for batch in regrouped(left, random) for record in self.deliver(batch)]
            if not left:
                return
        raise AssertionError(f"{len(left)} records were not done after {ROUNDS} deliveries")


def regrouped(records: Sequence[Record], random: Random) -> Iterator[list[Record]]:
    """Cut a shuffled copy into batches of 1 to 4."""
    left = random.sample(list(records), len(records))
    while left:
        size = random.randint(1, 4)
        yield left[:size]
        left = left[size:]


def _object(answer: Answer) -> dict[str, Any]:
    value = answer.value()
    assert isinstance(value, dict), value
    return value


def switch_mappings(cloud: LocalCloud, on: bool) -> None:
    """Switch the embedded AWS' mappings of all functions on or off."""
    client = cloud.aws.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)


@contextmanager
def mappings_on(cloud: LocalCloud) -> Iterator[None]:
    switch_mappings(cloud, on=True)
    try:
        yield
    finally:
        switch_mappings(cloud, on=False)
