"""An SQS queue: messages sent in batches, and a received message put off."""

from collections.abc import Iterable, Iterator
from typing import Any

from relay.aws.client import Failure, confirmed, translated
from relay.errors import Unavailable

MAX_DELAY_SECONDS = 42_000  # a message may stay invisible for 12 h from its receipt; the rest is what handling may take
_MAX_BATCH_MESSAGES = 10
_MAX_BATCH_BYTES = 240_000  # SQS took 256 KiB for a whole batch before it took 1 MiB; attributes count as well


class Queue:
    """One queue, named by its URL."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, attributes: dict[str, str] | None = None) -> None:
        """Send one message; raises Unavailable, or Refused for what SQS never takes."""
        named = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
        try:
            answer = self._client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=named)
            confirmed(answer, "MessageId")
        except Failure as error:
            raise translated(error, "the queue did not take a message") from None

    def send_batch(self, bodies: Iterable[str]) -> None:
        """Send messages, as many a call as SQS takes; raises Unavailable unless every one was taken."""
        for batch in _batches(bodies):
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except Failure as error:
                raise translated(error, "the queue did not take a batch") from None
            if missing := len(entries) - len(answer.get("Successful", ())):
                codes = ", ".join(sorted({str(entry.get("Code", "")) for entry in answer.get("Failed", ())}))
                raise Unavailable(f"the queue did not take {missing} of {len(entries)} messages: {codes}")

    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Keep a received message invisible for so long, at most MAX_DELAY_SECONDS; raises Unavailable or Refused."""
        bounded = max(0, min(seconds, MAX_DELAY_SECONDS))
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=bounded
            )
        except Failure as error:
            raise translated(error, "the queue did not delay a message") from None


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == _MAX_BATCH_MESSAGES or size + length > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch
