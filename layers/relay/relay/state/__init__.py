"""The state of jobs, queue items, robots and their sessions, queues, processes, schedules, tasks and pings."""

from relay.state.index import newest
from relay.state.registry import GROUPS, KINDS
from relay.state.rows import CURRENT, pk
from relay.state.store import keep

__all__ = ["CURRENT", "GROUPS", "KINDS", "keep", "newest", "pk"]
