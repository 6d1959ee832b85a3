"""SQS' own message move task: SQS moves a whole dead-letter queue, we start, follow and cancel it."""

import time
from collections.abc import Callable
from typing import Any

from relay.aws.client import Failure
from relayctl.dlq.bar import Advance
from relayctl.dlq.failures import CannotOperate, explained, means_unsupported
from relayctl.dlq.letters import DeadLetters

POLL_SECONDS = 2.0
_UNSEEN_POLLS = 15  # the list of tasks lags behind their start
_ENDED = ("COMPLETED", "CANCELLED", "FAILED")


class NotSupported(Exception):
    """This endpoint knows no move tasks."""


class Moving:
    """A move task that runs; raises CannotOperate where it cannot be followed."""

    def __init__(self, letters: DeadLetters, dead_arn: str, handle: str, before: dict[str, Any]) -> None:
        self._letters = letters
        self._dead_arn = dead_arn
        self._handle = handle
        self._before = before

    def follow(self, advance: Advance, wait: Callable[[float], None] = time.sleep) -> tuple[int, str]:
        """Return how many messages were moved, about, and how the task ended: empty where well."""
        unseen = 0
        while True:
            wait(POLL_SECONDS)
            task = self._look()
            if task.get("StartedTimestamp") == self._before.get("StartedTimestamp"):
                unseen += 1
                if unseen == _UNSEEN_POLLS:
                    raise CannotOperate("The move task was started, but SQS does not list it: see `relayctl dlq list`.")
                continue
            moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
            advance(moved, task.get("ApproximateNumberOfMessagesToMove"))
            if task["Status"] in _ENDED:
                return moved, _ending(task)

    def _look(self) -> dict[str, Any]:
        try:
            return _newest(self._letters, self._dead_arn)
        except CannotOperate as error:
            text = str(error).removesuffix(".")
            raise CannotOperate(f"{text}. The move task goes on in AWS: see `relayctl dlq list`.") from None

    def cancel(self) -> int:
        """Stop the task, return how many messages it had moved, about; they stay moved."""
        answer = _ask(self._letters, "cancel_message_move_task", TaskHandle=self._handle)
        return int(answer.get("ApproximateNumberOfMessagesMoved", 0))


def start(letters: DeadLetters, rate: int | None) -> Moving:
    """Have SQS move every message, at most `rate` a second; raises NotSupported or CannotOperate."""
    dead_arn, queue_arn = letters.arns()
    before = _newest(letters, dead_arn)
    if before and before["Status"] not in _ENDED:
        raise CannotOperate(f"A move task already runs on {letters.name}. Wait for it, or cancel it in the console.")
    # The destination is said, since SQS does not know where messages came from that a topic or deliver put there.
    request: dict[str, Any] = {"SourceArn": dead_arn, "DestinationArn": queue_arn}
    if rate:
        request["MaxNumberOfMessagesPerSecond"] = rate
    answer = _ask(letters, "start_message_move_task", **request)
    return Moving(letters, dead_arn, answer["TaskHandle"], before)


def _newest(letters: DeadLetters, dead_arn: str) -> dict[str, Any]:
    results = _ask(letters, "list_message_move_tasks", SourceArn=dead_arn, MaxResults=1).get("Results")
    newest: dict[str, Any] = results[0] if results else {}
    return newest


def _ending(task: dict[str, Any]) -> str:
    if task["Status"] == "COMPLETED":
        return ""
    return f"SQS ended the move task as {task['Status']}: {task.get('FailureReason', 'it says no reason')}"


def _ask(letters: DeadLetters, operation: str, **request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(letters.client, operation)(**request)
    except Failure as error:
        if means_unsupported(error):
            raise NotSupported from None
        raise explained(error, letters.name) from None
    return answer
