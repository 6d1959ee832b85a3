"""One module per event group: what to tell people about one of its entities.

Adding a group is a module here, a sample pair in events/ and an entry in NotifySubscription's filter policy.
"""

from collections.abc import Callable

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups import job, process, queue, queue_item, robot, schedule, task

# The event, one of its entities, and the base URL of its Orchestrator where that is known.
Describe = Callable[[Event, Item, str | None], Telling]

DESCRIBE: dict[str, Describe] = {
    "job": job.describe,
    "process": process.describe,
    "queue": queue.describe,
    "queueItem": queue_item.describe,
    "robot": robot.describe,
    "schedule": schedule.describe,
    "task": task.describe,
}
GROUPS = tuple(DESCRIBE)
