"""Keeping state: each event's line in the timeline first, then what it changes, written over what was read."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from relay.errors import Unavailable
from relay.event import Event
from relay.state.change import Change, changes
from relay.state.merge import merge
from relay.state.rows import CURRENT, Item, current_row, event_row, pk, state_of

_AT_ONCE = 8  # entities of one event, which may name thousands; a botocore client keeps ten connections
_ATTEMPTS = 10  # each lost race is another writer's success, so more than this means a stuck table


class Table(Protocol):
    """What is asked of the table; relay/aws/table.py is the real one."""

    def get(self, pk: str, sk: str) -> Item | None: ...
    def put_first(self, item: Item) -> bool: ...
    def replace(self, item: Item, revision: int) -> bool: ...


def keep(event: Event, table: Table, retention_days: int) -> int:
    """Keep what an event says and return of how many entities it spoke; the same event again changes nothing.

    Raises Unavailable when the table cannot be used, or others changed an entity too often meanwhile.
    """
    told = changes(event)
    write = partial(_write, event, table, retention_days)
    if len(told) > 1:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(write, told))
    elif told:
        write(told[0])
    return len(told)


def _write(event: Event, table: Table, retention_days: int, change: Change) -> None:
    table.put_first(event_row(event, change, retention_days))
    if change.state:
        _merge(event.relaysource, change, table, retention_days)


def _merge(relaysource: str, change: Change, table: Table, retention_days: int) -> None:
    for _ in range(_ATTEMPTS):
        item = table.get(pk(relaysource, change.kind.name, change.key), CURRENT)
        known, revision = (state_of(item), int(item["revision"])) if item else ({}, 0)
        state = merge(known, change.state)
        if state == known:
            return
        row = current_row(relaysource, change.kind, change.key, state, revision + 1, retention_days)
        if table.replace(row, revision):
            return
    raise Unavailable("an entity changed too often while its state was written")
