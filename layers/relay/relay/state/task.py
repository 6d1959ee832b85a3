"""Tasks, which wait for people. Their status is their own word, by time, until they are deleted.

Source: UiPath, "Types of events"; the numbers are the API's order (Unassigned, Pending, Completed).
"""

from operator import attrgetter

from relay.orchestrator.payloads import Task
from relay.state.kind import DELETED, Kind, Step

_NUMBERED = {"0": "Unassigned", "1": "Pending", "2": "Completed"}


def _status(task: Task) -> str | None:
    return _NUMBERED.get(task.status, task.status) if task.status else None


TASK = Kind(
    name="task",
    steps={
        "task.created": Step(0),
        "task.assignmentChanged": Step(1, clears=("assigned_to_user_id",)),
        "task.forwarded": Step(2),
        "task.updated": Step(3),
        "task.saved": Step(4),
        "task.completed": Step(5, "Completed"),
        "task.deleted": Step(6, "Deleted"),
    },
    fields=(
        "id",
        "key",
        "title",
        "type",
        "priority",
        "action",
        "task_catalog_name",
        "organization_unit_id",
        "assigned_to_user_id",
        "forwarded_by_user_id",
        "deleter_user_id",
        "creation_time",
        "deletion_time",
    ),
    absorbing={"Deleted": DELETED},
    settled=frozenset(("Completed", "Deleted")),
    asked_for=frozenset(("Unassigned", "Pending")),
    reported=attrgetter("status"),
    status=_status,
)
