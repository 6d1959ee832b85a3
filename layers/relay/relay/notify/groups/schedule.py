"""Schedules (time triggers): which one could not start which process, and why."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import title, where
from relay.notify.text import block, first_line, one_line
from relay.orchestrator.links import process_link
from relay.orchestrator.payloads import Schedule


def describe(event: Event, item: Item, base_url: str | None) -> Telling:
    """Tell of one schedule."""
    schedule = Schedule.of(item, event.payload)
    name, process = one_line(schedule.name), one_line(schedule.release.name or schedule.release.process_key)
    return Telling(
        name=name,
        title=title(event.name, name),
        reason=first_line(schedule.reason),
        text=block(schedule.reason),
        lines=(
            ("Schedule", name),
            ("Process", process),
            ("Environment", one_line(schedule.environment_name)),
            ("Cron", one_line(schedule.start_process_cron)),
            ("Time zone", one_line(schedule.time_zone_iana)),
            *where(event),
            ("Schedule id", one_line(schedule.id)),
        ),
        process=process,
        link=process_link(base_url, one_line(schedule.release.id), event.folderid),
    )
