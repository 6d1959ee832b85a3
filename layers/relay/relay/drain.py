"""Drain: verify what could not be verified, publish what could not be published, and only then forget it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relay.consumer import each_record
from relay.errors import MalformedEnvelope, RelayError, Unauthorized, Unavailable, UnknownSource
from relay.event import wrap
from relay.keyring import Keyring
from relay.later import Queue, put_off
from relay.publish import Publisher
from relay.request import verified
from relay.spool import PREFIX, unpack
from relay.telemetry import count, logger

_MOST_FAILURES = 10  # objects in a row, of as many sources perhaps: then the topic itself must be down
_SHORTEST, _LONGEST = 5, 900  # seconds until a request that cannot be published yet is tried again


class Objects(Protocol):
    def keys(self, prefix: str) -> Iterator[str]: ...
    def get(self, key: str) -> bytes: ...
    def put(self, key: str, content: bytes, content_type: str) -> None: ...
    def delete(self, key: str) -> None: ...


class Drain(NamedTuple):
    """Puts spooled requests through to the topic, from the queue and from the bucket."""

    keyring: Keyring
    publisher: Publisher
    queue: Queue
    objects: Objects

    def records(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Put through a batch of the spool queue; what fails comes again, later each time."""
        return each_record(batch, self._record)

    def sweep(self, has_time: Callable[[], bool]) -> int:
        """Put through the objects under spool/, oldest first, while there is time; return how many.

        One that cannot be put through now does not hold up the others; after many in a row the sweep ends.
        """
        swept, in_a_row = 0, 0
        for key in self.objects.keys(PREFIX):
            if in_a_row == _MOST_FAILURES or not has_time():
                break
            in_a_row = 0 if self._swept(key) else in_a_row + 1
            swept += not in_a_row
        return swept

    def _record(self, record: SQSRecord) -> None:
        try:
            self._put_through(record.body)
        except RelayError:
            received = int(record.attributes.approximate_receive_count)
            put_off(self.queue, record.receipt_handle, min(_LONGEST, _SHORTEST << min(received, 10)))
            raise

    def _swept(self, key: str) -> bool:
        try:
            self._object(key)
        except Unavailable as error:
            logger.error("spooled object not put through", extra={"reason": str(error)})
            count("ObjectsNotSwept")
            return False
        return True

    def _object(self, key: str) -> None:
        content = self.objects.get(key)
        try:
            self._put_through(content.decode("utf-8", "replace"))
        except MalformedEnvelope as error:
            logger.error("spooled object cannot be read", extra={"reason": str(error)})
            self.objects.put(f"quarantine/{key.removeprefix(PREFIX)}", content, "application/octet-stream")
            count("EventsQuarantined")
        self.objects.delete(key)

    def _put_through(self, text: str) -> None:
        request, version = unpack(text)
        try:
            version = version or verified(request, self.keyring)
        except (Unauthorized, UnknownSource):
            count("SpooledForgeries")
            return
        envelope = wrap(
            request.body, relaysource=request.source, received_at=request.received_at, secret_version=version
        )
        self.publisher.publish(envelope)
        count("EventsDrained")
