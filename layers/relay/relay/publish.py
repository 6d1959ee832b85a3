"""Publishing an envelope: ingest and drain do it by this code alone."""

from typing import NamedTuple, Protocol

from relay.errors import Refused
from relay.event import MAX_ENVELOPE_BYTES, Envelope
from relay.telemetry import count


class Topic(Protocol):
    def publish(self, text: str, attributes: dict[str, str]) -> None: ...


class Payloads(Protocol):
    def deposit(self, body: bytes, sha256: str) -> str: ...
    def put(self, key: str, content: bytes, content_type: str) -> None: ...


class Publisher(NamedTuple):
    """Where events are published, and where the data of large ones and the refused ones are kept."""

    topic: Topic
    payloads: Payloads

    def publish(self, envelope: Envelope) -> None:
        """Return once a durable copy exists; raises Unavailable.

        What the topic refuses for good is offered once more with its data in Base64, then put into quarantine.
        """
        try:
            self._offer(envelope)
        except Refused:
            self._offer_encoded(envelope.encoded())

    def _offer_encoded(self, envelope: Envelope) -> None:
        try:
            self._offer(envelope)
            count("EventsRepublished")
        except Refused:
            key = f"quarantine/{envelope.attributes['datasha256']}.json"
            self.payloads.put(key, envelope.text().encode(), "application/json")
            count("EventsQuarantined")

    def _offer(self, envelope: Envelope) -> None:
        self.topic.publish(self._bounded(envelope), envelope.message_attributes)

    def _bounded(self, envelope: Envelope) -> str:
        text = envelope.text()
        if envelope.size(text) <= MAX_ENVELOPE_BYTES:
            return text
        return envelope.text(self.payloads.deposit(envelope.body, str(envelope.attributes["datasha256"])))
