"""`relayctl dlq redrive`: take messages back to the queue they died in, losing none."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from relayctl.dlq import task
from relayctl.dlq.bar import progress
from relayctl.dlq.described import counted
from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.handling import handle, rehearse
from relayctl.dlq.letters import DeadLetters, Message
from relayctl.dlq.looking import Say
from relayctl.dlq.sweep import Choice, Sweep


def redrive(letters: DeadLetters, choice: Choice, rate: int | None, *, local: bool, say: Say, note: Say) -> int:
    """Move the chosen messages, return 1 if any could not be moved; raises CannotOperate."""
    if choice.everything and not local:
        try:
            moving = task.start(letters, rate)
        except task.NotSupported:
            note("SQS' own move task is not supported here: moving message by message.")
        else:
            return _followed(moving, letters, say=say)
    return _move_each(letters, choice, Pace(rate), say=say, note=note)


def rehearse_redrive(letters: DeadLetters, choice: Choice, *, local: bool, say: Say, note: Say) -> int:
    """Say what `redrive` would do, return 1 if a message is not found; raises CannotOperate."""
    if choice.ids:
        return rehearse(letters, choice, f"Would move to {letters.queue_name}:", say=say, note=note)
    standing = letters.standing()
    count = standing.dead if choice.limit is None else min(standing.dead, choice.limit)
    how = "message by message" if local or choice.limit else "by SQS' own move task where it is supported"
    say(f"Would move about {counted(count)} from {letters.name} to {letters.queue_name}, {how}. Nothing was moved.")
    return 0


@dataclass
class Pace:
    """At most `rate` messages a second; None means as fast as it goes."""

    rate: int | None
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    _due: float = field(default=0.0, init=False)

    def keep(self) -> None:
        """Wait until the next message may go."""
        if self.rate:
            self.wait(max(0.0, self._due - self.clock()))
            self._due = max(self._due, self.clock()) + 1 / self.rate


def _followed(moving: task.Moving, letters: DeadLetters, *, say: Say) -> int:
    try:
        with progress(f"Moving to {letters.queue_name}") as advance:
            moved, ending = moving.follow(advance)
    except KeyboardInterrupt:
        moved_before = moving.cancel()
        if moved_before is None:
            say("The move task had ended already: see `dlq list` for what is left.")
        else:
            say(f"Cancelled: about {counted(moved_before)} moved to {letters.queue_name}, the rest stays.")
        raise
    say(f"SQS moved about {counted(moved)} from {letters.name} to {letters.queue_name}.")
    if ending:
        raise CannotOperate(f"{ending}. What is left stays in {letters.name}; see `dlq list`.")
    return 0


def _move_each(letters: DeadLetters, choice: Choice, pace: Pace, *, say: Say, note: Say) -> int:
    def move(sweep: Sweep, message: Message) -> None:
        # In this order a crash doubles a message, which every consumer takes, and never loses one.
        pace.keep()
        letters.send_back(message)
        sweep.delete(message)
        if choice.ids:
            say(f"Moved {message.id}.")

    def summary(done: int) -> str:
        return f"{counted(done)} moved from {letters.name} to {letters.queue_name}."

    return handle(letters, choice, move, summary, say=say, note=note)
