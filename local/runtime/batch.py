"""What the SQS poller of Lambda does and the embedded AWS does not: it cuts batches to size and distrusts answers.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from local.runtime.answer import REQUEST_LIMIT, Answer

Record = dict[str, Any]


def is_queue_batch(event: object) -> bool:
    """Whether an event is what an SQS event source mapping sends."""
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and bool(records) and records[0].get("eventSource") == "aws:sqs"


def invoke_queue_batch(records: list[Record], invoke: Callable[[bytes], Answer]) -> Answer:
    """Invoke with as many records at a time as one request may hold; failed items of all parts are told together.

    The first part that fails as a whole is the answer, if no other part succeeded; else its records count as failed.
    """
    parts = [(part, invoke(json.dumps({"Records": part}).encode())) for part in cut(records)]
    if len(parts) == 1 or all(is_failure(part, answer) for part, answer in parts):
        part, answer = parts[0]
        return Answer(answer.payload, "Unhandled" if is_failure(part, answer) else None, answer.request_id)
    failed = [item for part, answer in parts for item in failed_items(part, answer)]
    body = {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}
    return Answer(json.dumps(body).encode(), None, parts[0][1].request_id)


def cut(records: list[Record]) -> Iterator[list[Record]]:
    """Parts, in order, each of which fits one request; a record too large for any comes alone."""
    part: list[Record] = []
    size = room = REQUEST_LIMIT - len('{"Records": []}') - 1
    for record in records:
        length = len(json.dumps(record)) + len(", ")
        if part and length > size:
            yield part
            part, size = [], room
        part.append(record)
        size -= length
    yield part


def is_failure(part: list[Record], answer: Answer) -> bool:
    """Whether a part failed as a whole: the function failed, or named an item that Lambda would not accept."""
    if answer.function_error:
        return True
    known = {record["messageId"] for record in part}
    return any(item not in known for item in named_items(answer))


def failed_items(part: list[Record], answer: Answer) -> list[Any]:
    """Message ids of the part's failed records."""
    return [record["messageId"] for record in part] if is_failure(part, answer) else named_items(answer)


def named_items(answer: Answer) -> list[Any]:
    """The identifiers in a partial batch response; None for one that is missing or misspelt."""
    value = answer.value()
    failures = value.get("batchItemFailures") if isinstance(value, dict) else None
    return [item.get("itemIdentifier") if isinstance(item, dict) else None for item in failures or []]
