"""What every consumer does with a batch from its queue: each record on its own, failures reported one by one."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relay.event import Event, read
from relay.telemetry import count, logger

Fetch = Callable[[str, str], bytes]  # (dataref, sha256) -> body


class _Consumer(BatchProcessor):
    """Powertools logs failed records at DEBUG only; operators need the reason, by class and text of our own errors."""

    def failure_handler(self, record: SQSRecord, exception: Any) -> Any:
        kind, error = exception[0], exception[1]
        reason = str(error) if kind and kind.__module__ == "relay.errors" else ""
        logger.error(
            "record failed",
            extra={"error": kind.__name__ if kind else "", "reason": reason, "message_id": record.message_id},
        )
        count("RecordsFailed")
        return super().failure_handler(record, exception)


def each_record(batch: dict[str, Any], handle: Callable[[SQSRecord], None]) -> dict[str, Any]:
    """Give each record to `handle`; return Lambda's partial batch response."""

    def each(record: SQSRecord) -> None:  # Powertools passes its argument by this name
        handle(record)

    processor = _Consumer(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=batch, record_handler=each, processor=processor))


def consume(batch: dict[str, Any], handle: Callable[[Event], None], fetch: Fetch) -> dict[str, Any]:
    """Give each record's event, its body claimed, to `handle`; return Lambda's partial batch response."""

    def each(record: SQSRecord) -> None:
        event = read(record.body)
        handle(event.with_body(fetch(event.dataref, event.datasha256)) if event.dataref else event)

    return each_record(batch, each)
