"""A stack's queues in moto, and SQS' move tasks, which moto lacks, acted out over them."""

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from relayctl.dlq.consumers import CONSUMERS

REGION = "eu-central-1"


class Stack:
    """Every consumer's pair of queues, filled and emptied past the command."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs
        self.outputs: dict[str, str] = {}
        for consumer in CONSUMERS:
            dead = self._made(consumer.dead_letter_queue)
            arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            self._made(consumer.queue, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))

    def _made(self, name: str, **attributes: str) -> str:
        url: str = self.sqs.create_queue(QueueName=f"prod-{name}", Attributes=attributes)["QueueUrl"]
        self.outputs[f"{name}Url"] = url
        return url

    def put(self, queue: str, *bodies: str, attributes: dict[str, Any] | None = None) -> list[str]:
        """Send messages, return their ids."""
        url, named = self.outputs[f"{queue}Url"], attributes or {}
        answers = [self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=named) for body in bodies]
        return [answer["MessageId"] for answer in answers]

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Receive and delete every visible message."""
        url, taken = self.outputs[f"{queue}Url"], []
        while got := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages"):
            for message in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += got
        return taken

    def bodies(self, queue: str) -> list[str]:
        return sorted(message["Body"] for message in self.take(queue))


def answers(client: Any, operation: str, answer: Any, *, first: bool = False) -> None:
    """Have an operation of a client answered by `answer(parameters)`: (status, parsed), or None to go on to moto."""

    def hook(params: dict[str, Any], **_: Any) -> Any:
        body = params["body"]
        if (given := answer(json.loads(body))) is None:
            return None
        status, parsed = given
        meta = {"HTTPStatusCode": status, "HTTPHeaders": {}}
        return AWSResponse("", status, HTTPHeaders(), None), {"ResponseMetadata": meta, **parsed}

    register = client.meta.events.register_first if first else client.meta.events.register
    register(f"before-call.sqs.{operation}", hook)


def refusal(
    code: str, status: int = 400, text: str = "text of AWS that may quote anything"
) -> tuple[int, dict[str, Any]]:
    return status, {"Error": {"Code": code, "Message": text}}


@dataclass
class MoveTasks:
    """Move tasks as AWS documents them: one at a time, listed late, a handle only while it runs."""

    stack: Stack
    per_look: int = 2
    lag: int = 1
    fails_after: int | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def attach(self, client: Any) -> None:
        answers(client, "StartMessageMoveTask", self.start)
        answers(client, "ListMessageMoveTasks", self.list)
        answers(client, "CancelMessageMoveTask", self.cancel)

    def start(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.tasks and self.tasks[-1]["Status"] == "RUNNING":
            return refusal("InvalidParameterValue", text="There is already a task running.")  # as AWS has been seen to
        self.requests.append(asked)
        names = [asked[end].rpartition(":")[2].removeprefix("prod-") for end in ("SourceArn", "DestinationArn")]
        waiting = self.stack.take(names[0])
        self.tasks.append(
            {
                "Status": "RUNNING",
                "TaskHandle": "handle",
                "StartedTimestamp": 1_000 + len(self.tasks),
                "ApproximateNumberOfMessagesMoved": 0,
                "ApproximateNumberOfMessagesToMove": len(waiting),
                "waiting": waiting,
                "to": names[1],
                "unseen": self.lag,
            }
        )
        return 200, {"TaskHandle": "handle"}

    def list(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert asked["MaxResults"] == 1
        for task in reversed(self.tasks):
            if task["unseen"]:
                task["unseen"] -= 1
                continue
            self._go_on(task)
            shown = {name: value for name, value in task.items() if name[0].isupper()}
            return 200, {"Results": [shown]}
        return 200, {}

    def cancel(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        task = self.tasks[-1]
        if asked != {"TaskHandle": task.get("TaskHandle")}:
            return refusal("ResourceNotFoundException", 404)
        task["Status"] = "CANCELLING"
        return 200, {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}

    def _go_on(self, task: dict[str, Any]) -> None:
        if task["Status"] != "RUNNING":
            return
        if self.fails_after is not None and task["ApproximateNumberOfMessagesMoved"] >= self.fails_after:
            task.update(Status="FAILED", FailureReason="AWS.SimpleQueueService.NonExistentQueue")
            return
        for message in task["waiting"][: self.per_look]:
            self.stack.put(task["to"], message["Body"], attributes=message.get("MessageAttributes"))
            task["ApproximateNumberOfMessagesMoved"] += 1
        del task["waiting"][: self.per_look]
        if not task["waiting"]:
            task["Status"] = "COMPLETED"
            del task["TaskHandle"]
