"""Queue definitions; their items are in queue_item.py. Source: UiPath, "Types of events"."""

from relay.state.kind import DELETED, Kind, Step

QUEUE = Kind(
    name="queue",
    steps={
        "queue.created": Step(0, "Present"),
        "queue.updated": Step(1, "Present"),
        "queue.deleted": Step(2, "Deleted"),
    },
    fields=(
        "id",
        "key",
        "name",
        "description",
        "max_number_of_retries",
        "accept_automatically_retry",
        "enforce_unique_reference",
        "sla_in_minutes",
        "risk_sla_in_minutes",
    ),
    absorbing={"Deleted": DELETED},
    settled=frozenset(("Deleted",)),
)
