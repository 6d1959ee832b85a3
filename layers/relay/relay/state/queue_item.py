"""Queue items. A processed item is final: a retry is a new item with a key of its own.

Source: UiPath, "Types of events" and "Queue item statuses". What is said of an item by the types UiPath does not
document (retried, updated, deferred, reviewStatusChanged) is told by the item's own Status.
"""

from operator import attrgetter

from relay.state.kind import DELETED, ENDED, Kind, Step

_ENDED = ("Abandoned", "Successful", "Failed", "Retried")

QUEUE_ITEM = Kind(
    name="queueItem",
    steps={
        "queueItem.added": Step(0, "New"),
        "queueItem.deferred": Step(1),
        "queueItem.transactionStarted": Step(2, "InProgress"),
        "queueItem.transactionAbandoned": Step(3, "Abandoned"),
        "queueItem.transactionCompleted": Step(4, "Successful"),
        "queueItem.transactionFailed": Step(5, "Failed"),
        "queueItem.retried": Step(6),
        "queueItem.updated": Step(7),
        "queueItem.reviewStatusChanged": Step(8),
        "queueItem.deleted": Step(9, "Deleted"),
    },
    fields=(
        "id",
        "reference",
        "review_status",
        "priority",
        "queue_definition_id",
        "queue.name",
        "creation_time",
        "start_processing",
        "end_processing",
        "due_date",
        "defer_date",
        "retry_number",
        "ancestor_id",
        "executor_job_key",
        "robot.name",
        "processing_exception.type",
        "processing_exception.reason",
    ),
    absorbing=dict.fromkeys(_ENDED, ENDED) | {"Deleted": DELETED},
    settled=frozenset((*_ENDED, "Deleted")),
    asked_for=frozenset(("Failed", "Abandoned")),
    reported=attrgetter("status"),
    status=attrgetter("status"),
)
