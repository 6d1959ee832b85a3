"""Asking the index: which entities are in a status, newest first."""

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from relay.state.rows import SHARDS, Item, index_pk


class Index(Protocol):
    """What is asked of the table's index; relay/aws/table.py is the real one."""

    def query(self, index_pk: str, page: int) -> Iterator[Item]: ...


def newest(table: Index, relaysource: str, kind: str, status: str, limit: int) -> list[Item]:
    """Return at most `limit` entities in a status, the one it was last told of first."""
    shards = [table.query(index_pk(relaysource, kind, status, shard), limit) for shard in range(SHARDS)]
    merged = heapq.merge(*shards, key=lambda item: str(item["index_sk"]), reverse=True)
    return list(islice(merged, limit))
