"""The delivery queue's mapping, played one message at a time, and the clock of leases and waits, put on by hand."""

import json
from collections.abc import Iterator
from typing import Any

from local.cloud import LocalCloud
from relay.notify.notices import Delivery, read_delivery
from tests.chaos.mapping import Mapping, Record
from tests.chaos.outcome import ANY_SOURCE
from tests.invocations import record

RECEIVER = "operations"  # the one the template makes
HOUR = 3600


class Courier:
    """Gives deliver its messages out of the real queue, which nobody else reads."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self._mapping = cloud, Mapping(cloud, "DeliverFunction")
        self._queue, self._url = cloud.aws.client("sqs"), cloud.stack.outputs["DeliveryQueueUrl"]

    def put(self, delivery: Delivery) -> Record:
        """Queue a message and receive it."""
        self._queue.send_message(QueueUrl=self._url, MessageBody=delivery.text())
        return self._received(delivery)

    def try_once(self, message: Record) -> bool:
        """Invoke once; whether the message is done, and so deleted."""
        if self._mapping.deliver([message]):
            return False
        self._queue.delete_message(QueueUrl=self._url, ReceiptHandle=message["receiptHandle"])
        return True

    def again(self, message: Record) -> Record:
        """Receive a message again at once, however long it was to stay invisible."""
        self._queue.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["receiptHandle"], VisibilityTimeout=0
        )
        return self._received(read_delivery(message["body"]))

    def queued(self, source: str) -> list[Record]:
        """Receive every message about events of a source."""
        messages = [(message, read_delivery(message["body"])) for message in self._receive()]
        return [message for message, delivery in messages if delivery.notice.event.relaysource == source]

    def let_an_hour_pass(self, notice_id: str) -> None:
        """Age the notice's lease and waits, and the receiver's pause."""
        for pk, sk in ((f"notice#{notice_id}", RECEIVER), (f"receiver#{RECEIVER}", "pause")):
            key = {"pk": {"S": pk}, "sk": {"S": sk}}
            table = {"TableName": self._cloud.stack.outputs["StateTableName"], "Key": key}
            if "Item" in self._cloud.aws.client("dynamodb").get_item(**table):
                self._cloud.aws.client("dynamodb").update_item(
                    **table,
                    UpdateExpression="ADD lease_until :past, not_before :past",
                    ExpressionAttributeValues={":past": {"N": str(-HOUR)}},
                )

    def told(self, notice_id: str) -> int:
        """Return how often the receiver has accepted the notice."""
        return [notice["id"] for notice in self._accepted()].count(notice_id)

    def notices(self, source: str) -> list[dict[str, Any]]:
        """Return every notice of a source that the inbox accepted, as often as it did, and without its id."""
        mine = [notice | {"id": ""} for notice in self._accepted() if notice["event"]["relaysource"] == source]
        texts = sorted(json.dumps(notice, sort_keys=True).replace(source, ANY_SOURCE) for notice in mine)
        return [json.loads(text) for text in texts]

    def _accepted(self) -> list[dict[str, Any]]:
        return [json.loads(message.body) for message in self._cloud.inbox.messages(RECEIVER) if message.accepted]

    def _received(self, delivery: Delivery) -> Record:
        return next(
            message for message in self._receive() if read_delivery(message["body"]).notice.id == delivery.notice.id
        )

    def _receive(self) -> Iterator[Record]:
        """Messages as a mapping gets them; those nobody takes stay invisible."""
        while received := self._queue.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            yield record("DeliveryQueue", 0, received[0]["Body"]) | {
                "messageId": received[0]["MessageId"],
                "receiptHandle": received[0]["ReceiptHandle"],
                "attributes": received[0]["Attributes"],
            }
