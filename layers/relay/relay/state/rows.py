"""The table's items: one for each event of an entity, and one, `current`, for what is known of it now.

Attributes in lower case are the relay's words, those with a capital Orchestrator's. `versions` names under each version
the fields it set; `since` is the time of the last event that told the status, which may have been the same before. A
status that operators ask for puts the item into the index.
"""

import json
import zlib
from collections import defaultdict
from datetime import datetime, timedelta

from relay.event import Event
from relay.state.change import Change
from relay.state.kind import Kind
from relay.state.merge import State, time_of

Item = dict[str, str | int]
CURRENT = "current"
SHARDS = 4  # spreads one status of one source over four partitions of the index, 1,000 writes a second each
# An event may come late: 14 days in the spool, 4 in its queue, 14 in the dead-letter queue, then redriven. What has
# ended must be remembered longer, or such an event would revive it.
_SETTLED_DAYS = 60


def pk(relaysource: str, kind: str, key: str) -> str:
    """Return the partition of one entity."""
    return f"{relaysource}#{kind}#{key}"


def index_pk(relaysource: str, kind: str, status: str, shard: int) -> str:
    """Return one shard of the index of a status."""
    return f"{relaysource}#{kind}#{status}#{shard}"


def event_row(event: Event, change: Change, retention_days: int) -> Item:
    """Return the event's line in the entity's timeline; an event received again has the same keys."""
    envelope = {
        name: getattr(event, name) for name in ("id", "time", "timesource", "receivedat", "severity", "folderid")
    }
    return {
        "pk": pk(event.relaysource, change.kind.name, change.key),
        "sk": f"event#{change.time}#{event.id}",
        "type": event.name,
        **{name: value for name, value in envelope.items() if value},
        **{name: change.state[name][1] for name in ("status", "reported_state") if name in change.state},
        "expires": _days_after(event.receivedat, retention_days),
    }


def current_row(relaysource: str, kind: Kind, key: str, state: State, revision: int, retention_days: int) -> Item:
    """Return the item for what is known of an entity."""
    item: Item = {"pk": pk(relaysource, kind.name, key), "sk": CURRENT, "kind": kind.name, "key": key}
    item |= {name: value for name, (_, value) in state.items()}
    item |= {"versions": _versions(state), "revision": revision}
    if "status" not in state:
        return item
    status, since = str(item["status"]), time_of(state["status"][0])
    if since:
        item["since"] = since
    if status in kind.asked_for:
        shard = zlib.crc32(key.encode()) % SHARDS
        item |= {"index_pk": index_pk(relaysource, kind.name, status, shard), "index_sk": f"{since}#{key}"}
    if status in kind.settled:
        item["expires"] = _days_after(str(item["receivedat"]), max(retention_days, _SETTLED_DAYS))
    return item


def state_of(item: Item) -> State:
    """Return the state a `current` item holds."""
    versions = json.loads(str(item["versions"]))
    return {
        name: (version, item[name]) for version, names in versions.items() for name in names.split() if name in item
    }


def _versions(state: State) -> str:
    fields = defaultdict(list)
    for name, (version, _) in sorted(state.items()):
        fields[version].append(name)
    return json.dumps({version: " ".join(names) for version, names in sorted(fields.items())}, separators=(",", ":"))


def _days_after(time: str, days: int) -> int:
    return int((datetime.fromisoformat(f"{time[:19]}+00:00") + timedelta(days=days)).timestamp())
