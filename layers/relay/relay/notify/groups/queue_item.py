"""Queue items: which queue, which item, and why its transaction failed. Never what the item holds."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import Problem, title, where, whole
from relay.notify.text import block, first_line, moment, one_line
from relay.orchestrator import payloads
from relay.orchestrator.payloads import Part, Text
from relay.times import utc7


class _Exception(payloads.ProcessingException):
    details: Text = None


class _QueueItem(payloads.QueueItem):
    processing_exception: Part[_Exception] = _Exception()
    error: Part[Problem] = Problem()


def describe(event: Event, item: Item, base_url: str | None) -> Telling:  # noqa: ARG001 - no link form is known
    """Tell of one queue item."""
    it = _QueueItem.of(item, event.payload)
    queue, exception = one_line(it.queue.name), it.processing_exception
    reason = block(exception.reason) or block(it.error.title)
    details = block(exception.details) or block(it.error.detail)
    return Telling(
        name=one_line(it.reference) or one_line(it.key),
        title=title(event.name, queue),
        reason=first_line(reason),
        text=whole(reason, details),
        lines=(
            ("Queue", queue or one_line(it.queue_definition_id)),
            ("Reference", one_line(it.reference)),
            ("Exception", one_line(exception.type)),
            ("Robot", one_line(it.robot.name)),
            ("Machine", one_line(it.robot.machine_name)),
            ("Started", moment(it.start_processing)),
            ("Ended", moment(it.end_processing)),
            ("Retry", one_line(it.retry_number) if it.retry_number else None),
            *where(event),
            ("Item", one_line(it.key)),
        ),
        changed=_changed(event, it),
        queue=queue,
    )


def _changed(event: Event, item: _QueueItem) -> str | None:
    times = {
        "queueItem.added": item.creation_time,
        "queueItem.transactionStarted": item.start_processing,
        "queueItem.transactionCompleted": item.end_processing,
        "queueItem.transactionFailed": item.end_processing,
        "queueItem.transactionAbandoned": item.end_processing,
    }
    return utc7(times.get(event.name))
