"""Putting off a message that cannot be handled yet."""

from typing import Protocol

from relay.errors import RelayError
from relay.telemetry import logger


class Queue(Protocol):
    def delay(self, receipt_handle: str, seconds: int, /) -> None: ...


def put_off(queue: Queue, receipt_handle: str, seconds: int) -> None:
    """Let a received message come again after so many seconds, or after its queue's own timeout where that fails."""
    try:
        queue.delay(receipt_handle, seconds)
    except RelayError as error:
        logger.warning("message not delayed", extra={"reason": str(error)})
