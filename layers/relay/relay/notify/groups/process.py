"""Processes (releases): which package version was created, changed or deleted."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import title, where
from relay.notify.text import one_line
from relay.orchestrator.links import process_link
from relay.orchestrator.payloads import Process


def describe(event: Event, item: Item, base_url: str | None) -> Telling:
    """Tell of one process; a deleted one has no page any more."""
    process = Process.of(item, event.payload)
    name = one_line(process.name or process.process_key)
    deleted = event.name == "process.deleted"
    return Telling(
        name=name,
        title=title(event.name, name),
        lines=(
            ("Process", name),
            ("Package", one_line(process.process_key)),
            ("Version", one_line(process.process_version)),
            ("Environment", one_line(process.environment.name)),
            *where(event),
            ("Process key", one_line(process.key)),
        ),
        process=name,
        link=None if deleted else process_link(base_url, one_line(process.id), event.folderid),
    )
