"""Queues: which one was created, changed or deleted."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import title, where
from relay.notify.text import one_line
from relay.orchestrator.payloads import Queue


def describe(event: Event, item: Item, base_url: str | None) -> Telling:  # noqa: ARG001 - no verified link form is known
    """Tell of one queue."""
    queue = Queue.of(item, event.payload)
    name = one_line(queue.name)
    return Telling(
        name=name,
        title=title(event.name, name),
        lines=(
            ("Queue", name),
            ("Retries", one_line(queue.max_number_of_retries)),
            *where(event),
            ("Queue id", one_line(queue.id)),
        ),
        queue=name,
    )
