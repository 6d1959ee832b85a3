"""Tasks (actions for people): which one waits, moved on or ended."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import title, where
from relay.notify.text import moment, one_line
from relay.orchestrator import payloads
from relay.orchestrator.payloads import Text
from relay.times import utc7


class _Task(payloads.Task):
    completion_time: Text = None


def describe(event: Event, item: Item, base_url: str | None) -> Telling:  # noqa: ARG001 - no link form is known
    """Tell of one task."""
    task = _Task.of(item, event.payload)
    name = one_line(task.title)
    return Telling(
        name=name,
        title=title(event.name, name),
        lines=(
            ("Task", name),
            ("Kind", one_line(task.type)),
            ("Priority", one_line(task.priority)),
            ("Catalogue", one_line(task.task_catalog_name)),
            ("Action", one_line(task.action)),
            ("Assigned to user", one_line(task.assigned_to_user_id)),
            ("Created", moment(task.creation_time)),
            *where(event),
            ("Task id", one_line(task.id)),
        ),
        changed=_changed(event, task),
    )


def _changed(event: Event, task: _Task) -> str | None:
    times = {
        "task.created": task.creation_time,
        "task.completed": task.completion_time,
        "task.deleted": task.deletion_time,
    }
    return utc7(times.get(event.name))
