"""A function and its real queue, whose mapping a test plays: everything that waits, in whatever batches it likes."""

from random import Random

from local.cloud import LocalCloud
from tests.chaos.mapping import Mapping, Record, regrouped
from tests.invocations import record


class Station:
    """Named by the logical ids of function and queue."""

    def __init__(self, cloud: LocalCloud, function: str, queue: str) -> None:
        self.queue, self._mapping = queue, Mapping(cloud, function)
        self._sqs, self._url = cloud.aws.client("sqs"), cloud.stack.outputs[f"{queue}Url"]

    def handle(self, random: Random | None = None) -> list[Record]:
        """Have all that waits handled, shuffled into small batches or as one; return what is to come again, at once."""
        waiting, again = self._received(), list[Record]()
        for batch in regrouped(waiting, random) if random else [waiting] if waiting else []:
            left = self._mapping.deliver(batch)
            again += left
            for message in batch:
                self._dispose(message, is_done=message not in left)
        return again

    def _dispose(self, message: Record, *, is_done: bool) -> None:
        told = {"QueueUrl": self._url, "ReceiptHandle": message["receiptHandle"]}
        if is_done:
            self._sqs.delete_message(**told)
        else:
            self._sqs.change_message_visibility(**told, VisibilityTimeout=0)

    def _received(self) -> list[Record]:
        found: list[Record] = []
        while received := self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            found += received
        return [
            record(self.queue, number, message["Body"])
            | {
                "messageId": message["MessageId"],  # by which archive names its objects
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
            }
            for number, message in enumerate(found)
        ]
