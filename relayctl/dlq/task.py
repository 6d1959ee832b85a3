"""SQS' own message move task: SQS moves a whole dead-letter queue, we start, follow and cancel it."""

import time
from collections.abc import Callable
from typing import Any

from relay.aws.client import Failure
from relayctl.dlq.bar import Advance
from relayctl.dlq.failures import CannotOperate, explained, means_unsupported, short_code
from relayctl.dlq.letters import DeadLetters

POLL_SECONDS = 2.0
_UNSEEN_POLLS = 15  # the list of tasks lags behind their start
_ENDED = ("COMPLETED", "CANCELLED", "FAILED")
# Only a task that runs can be cancelled, says the SQS API reference; AWS forgets the handle of one that has ended.
_NOT_RUNNING = ("ResourceNotFoundException", "UnsupportedOperation")


class NotSupported(CannotOperate):
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
                    raise CannotOperate("The move task was started, but SQS does not list it: see `dlq list`.")
                continue
            moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
            advance(moved, task.get("ApproximateNumberOfMessagesToMove"))
            if task["Status"] in _ENDED:
                return moved, _ending(task)

    def _look(self) -> dict[str, Any]:
        try:
            return _newest(self._letters, self._dead_arn)
        except CannotOperate as error:
            raise _goes_on(error) from None

    def cancel(self) -> int | None:
        """Stop the task and return how many messages it had moved, about, which stay so; None if it had ended."""
        try:
            answer = self._letters.client.cancel_message_move_task(TaskHandle=self._handle)
        except Failure as error:
            if short_code(error) in _NOT_RUNNING:
                return None
            raise _goes_on(explained(error, self._letters.name)) from None
        return int(answer.get("ApproximateNumberOfMessagesMoved", 0))


def start(letters: DeadLetters, rate: int | None) -> Moving:
    """Have SQS move every message, at most `rate` a second; raises NotSupported or CannotOperate."""
    dead_arn, queue_arn = letters.arns()
    before = _newest(letters, dead_arn)
    if before and before["Status"] not in _ENDED:
        raise _busy(letters)
    # The destination is said, since SQS does not know where messages came from that a topic or deliver put there.
    request: dict[str, Any] = {"SourceArn": dead_arn, "DestinationArn": queue_arn}
    if rate:
        request["MaxNumberOfMessagesPerSecond"] = rate
    try:
        answer = letters.client.start_message_move_task(**request)
    except Failure as error:
        if _means_busy(error):
            raise _busy(letters) from None
        raise _failure(error, letters) from None
    return Moving(letters, dead_arn, answer["TaskHandle"], before)


def _newest(letters: DeadLetters, dead_arn: str) -> dict[str, Any]:
    try:
        results = letters.client.list_message_move_tasks(SourceArn=dead_arn, MaxResults=1).get("Results")
    except Failure as error:
        raise _failure(error, letters) from None
    newest: dict[str, Any] = results[0] if results else {}
    return newest


def _ending(task: dict[str, Any]) -> str:
    if task["Status"] == "COMPLETED":
        return ""
    return f"SQS ended the move task as {task['Status']}: {task.get('FailureReason', 'it says no reason')}"


def _means_busy(error: Exception) -> bool:
    """Whether a task runs that was not listed yet, once tasks could be listed: SQS takes one for a queue at a time.

    The SQS API reference has UnsupportedOperation for that; AWS itself has been seen to say it in words.
    """
    return short_code(error) == "UnsupportedOperation" or "already a task running" in str(error)


def _busy(letters: DeadLetters) -> CannotOperate:
    return CannotOperate(f"A move task already runs on {letters.name}. Wait for it, or cancel it in the console.")


def _goes_on(error: CannotOperate) -> CannotOperate:
    text = str(error).removesuffix(".")
    return CannotOperate(f"{text}. The move task goes on in AWS: see `dlq list`.")


def _failure(error: Exception, letters: DeadLetters) -> CannotOperate:
    found = explained(error, letters.name)
    return NotSupported(str(found)) if means_unsupported(error) else found
