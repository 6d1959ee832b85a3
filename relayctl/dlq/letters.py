"""A dead-letter queue and the queue its messages came from, one SQS call at a time."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from relay.aws.client import Failure
from relayctl.dlq.failures import explained

VISIBLE_AGAIN_SECONDS = 120  # how long a crash of ours hides what we received; a pass without one gives it back itself
WAIT_SECONDS = 1  # long polling asks every server of SQS, so that an empty answer means an empty queue
BATCH = 10


@dataclass(frozen=True)
class Message:
    """A dead letter as SQS holds it; `sent` is when it first entered the queue it died in."""

    id: str
    body: str = field(repr=False)
    attributes: dict[str, Any] = field(repr=False)
    receipt: str = field(repr=False)
    receives: int
    sent: datetime

    def attribute(self, name: str) -> str | None:
        """Return a text attribute's value."""
        value: str | None = self.attributes.get(name, {}).get("StringValue")
        return value


@dataclass(frozen=True)
class Standing:
    """How many messages SQS counts, approximately; `at` is SQS' own clock, to the second."""

    dead: int
    dead_in_flight: int
    waiting: int
    in_flight: int
    at: datetime


class DeadLetters:
    """Both queues, each by its name in the template and its URL. Every method raises CannotOperate."""

    def __init__(self, client: Any, dead: tuple[str, str], queue: tuple[str, str]) -> None:
        self.client = client
        self.name, self.url = dead
        self.queue_name, self.queue_url = queue

    def standing(self) -> Standing:
        dead, queue = self._attributes(self.name, self.url), self._attributes(self.queue_name, self.queue_url)
        return Standing(
            dead=_count(dead, ""),
            dead_in_flight=_count(dead, "NotVisible"),
            waiting=_count(queue, "") + _count(queue, "Delayed"),
            in_flight=_count(queue, "NotVisible"),
            at=_server_time(dead),
        )

    def arns(self) -> tuple[str, str]:
        """Return the ARNs of the dead-letter queue and of the queue."""
        dead, queue = self._attributes(self.name, self.url), self._attributes(self.queue_name, self.queue_url)
        return dead["Attributes"]["QueueArn"], queue["Attributes"]["QueueArn"]

    def receive(self, most: int = BATCH) -> list[Message]:
        """Return some messages, invisible to others for VISIBLE_AGAIN_SECONDS; none where there are none."""
        answer = self._ask(
            "receive_message",
            self.name,
            self.url,
            MaxNumberOfMessages=min(most, BATCH),
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            VisibilityTimeout=VISIBLE_AGAIN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
        )
        return [_message(received) for received in answer.get("Messages", ())]

    def send_back(self, message: Message) -> None:
        """Send a message, as it is, to the queue it came from; raises OneFailed where another may be taken."""
        request = {"MessageBody": message.body, "MessageAttributes": message.attributes}
        self._ask("send_message", self.queue_name, self.queue_url, **request)

    def delete(self, message: Message) -> None:
        """Delete a message for good; raises OneFailed where another may be deleted."""
        self._ask("delete_message", self.name, self.url, ReceiptHandle=message.receipt)

    def release(self, receipts: Sequence[str]) -> None:
        """Make received messages visible again, as far as that works: they become so in any case, only later."""
        for start in range(0, len(receipts), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts[start : start + BATCH])
            ]
            with suppress(*Failure):
                self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def _attributes(self, name: str, url: str) -> dict[str, Any]:
        return self._ask("get_queue_attributes", name, url, AttributeNames=["All"])

    def _ask(self, operation: str, name: str, url: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self.client, operation)(QueueUrl=url, **request)
        except Failure as error:
            raise explained(error, name) from None
        return answer


def _message(received: dict[str, Any]) -> Message:
    known = received["Attributes"]
    return Message(
        id=received["MessageId"],
        body=received["Body"],
        attributes=received.get("MessageAttributes", {}),
        receipt=received["ReceiptHandle"],
        receives=int(known["ApproximateReceiveCount"]),
        sent=datetime.fromtimestamp(int(known["SentTimestamp"]) / 1000, UTC),
    )


def _count(answer: dict[str, Any], kind: str) -> int:
    return int(answer["Attributes"].get(f"ApproximateNumberOfMessages{kind}", 0))


def _server_time(answer: dict[str, Any]) -> datetime:
    """SQS stamps messages by its own clock, not by this computer's."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date) if date else datetime.now(UTC)
