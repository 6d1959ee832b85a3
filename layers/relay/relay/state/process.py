"""Processes, which the payload calls releases. Source: UiPath, "Types of events"."""

from relay.state.kind import DELETED, Kind, Step

PROCESS = Kind(
    name="process",
    steps={
        "process.created": Step(0, "Present"),
        "process.updated": Step(1, "Present"),
        "process.deleted": Step(2, "Deleted"),
    },
    fields=(
        "id",
        "name",
        "process_key",
        "process_version",
        "description",
        "is_latest_version",
        "environment.name",
    ),
    absorbing={"Deleted": DELETED},
    settled=frozenset(("Deleted",)),
)
