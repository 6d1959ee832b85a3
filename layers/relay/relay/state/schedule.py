"""Schedules. Only failures are told, so the status is that of the last failure. Source: UiPath, "Types of events"."""

from relay.state.kind import Kind, Step

SCHEDULE = Kind(
    name="schedule",
    steps={"schedule.failed": Step(0, "Failed")},
    fields=(
        "id",
        "name",
        "enabled",
        "reason",
        "start_process_cron",
        "time_zone_iana",
        "environment_name",
        "release.name",
        "release.process_key",
    ),
    asked_for=frozenset(("Failed",)),
)
