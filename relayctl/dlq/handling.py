"""What redrive and drop share: one act on each chosen message, told as it goes."""

from collections.abc import Callable

from relayctl.dlq.bar import progress
from relayctl.dlq.failures import OneFailed
from relayctl.dlq.letters import VISIBLE_AGAIN_SECONDS, DeadLetters, Message
from relayctl.dlq.looking import Say, not_found
from relayctl.dlq.sweep import Choice, Sweep

Act = Callable[[Sweep, Message], None]


def handle(
    letters: DeadLetters, choice: Choice, act: Act, summary: Callable[[int], str], *, say: Say, note: Say
) -> int:
    """Do it to each, say in the end to how many, return 1 unless to all; raises CannotOperate."""
    done = failed = 0
    with Sweep(letters, choice) as sweep, progress(letters.name) as advance:
        try:
            for message in sweep:
                try:
                    act(sweep, message)
                except OneFailed as error:
                    failed += 1
                    note(f"{message.id} stays: {error}.")
                else:
                    done += 1
                advance(done + failed, choice.most or sweep.standing.dead)
        finally:
            say(summary(done))
    return 1 if _missed(letters, sweep, choice, note) or failed else 0


def rehearse(letters: DeadLetters, choice: Choice, would: str, *, say: Say, note: Say) -> int:
    """Say which of the chosen messages are there, return 1 if one is not; raises CannotOperate."""
    with Sweep(letters, choice) as sweep:
        for message in sweep:
            say(f"{would} {message.id}.")
    return 1 if _missed(letters, sweep, choice, note) else 0


def _missed(letters: DeadLetters, sweep: Sweep, choice: Choice, note: Say) -> bool:
    if sweep.missing:
        note(not_found(letters, sweep.missing))
    away = sweep.standing.dead_in_flight if choice.everything else 0
    if away:
        note(f"About {away} more are received by someone else now. Do it again in {VISIBLE_AGAIN_SECONDS} s.")
    return bool(sweep.missing or away)
