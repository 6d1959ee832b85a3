"""`relayctl dlq drop`: delete messages for good, and say which."""

from relayctl.dlq.consumers import Consumer
from relayctl.dlq.described import counted
from relayctl.dlq.handling import handle, rehearse
from relayctl.dlq.letters import DeadLetters, Message
from relayctl.dlq.looking import Say
from relayctl.dlq.sweep import Choice, Sweep


def drop(letters: DeadLetters, consumer: Consumer, choice: Choice, *, say: Say, note: Say) -> int:
    """Delete the chosen messages, return 1 if any could not be; raises CannotOperate."""

    def delete(sweep: Sweep, message: Message) -> None:
        sweep.delete(message)
        say(f"Dropped {message.id}.")

    def summary(done: int) -> str:
        said = f"{counted(done)} dropped from {letters.name} for good."
        return f"{said} {consumer.remains}" if done else said

    return handle(letters, choice, delete, summary, say=say, note=note)


def rehearse_drop(letters: DeadLetters, choice: Choice, *, say: Say, note: Say) -> int:
    """Say what `drop` would delete, return 1 if a message is not found; raises CannotOperate."""
    if choice.ids:
        return rehearse(letters, choice, "Would drop", say=say, note=note)
    say(f"Would drop about {counted(letters.standing().dead)} from {letters.name}. Nothing was dropped.")
    return 0
