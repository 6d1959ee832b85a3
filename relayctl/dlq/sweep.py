"""One pass over a dead-letter queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from relayctl.dlq.letters import BATCH, DeadLetters, Message


@dataclass(frozen=True)
class Choice:
    """Which messages of a queue: those with these ids, else all, and at most `limit` of them."""

    ids: frozenset[str] = frozenset()
    limit: int | None = None

    @property
    def everything(self) -> bool:
        return not self.ids and self.limit is None

    @property
    def most(self) -> int | None:
        """How many these are at most; None where only the queue knows."""
        return min(filter(None, (len(self.ids), self.limit)), default=None)


class Sweep:
    """Meets each chosen message at most once, and in the end gives back what was not deleted. Use it in `with`.

    What comes after the pass began is left alone, once as many were met as there were: deliver refuses some notices at
    once, and redriving those again and again would never end.
    """

    def __init__(self, letters: DeadLetters, choice: Choice) -> None:
        self._letters = letters
        self._choice = choice
        self._receipts: dict[str, str | None] = {}
        self._seen = self._met = 0
        self.missing = set(choice.ids)

    def __enter__(self) -> Self:
        self.standing = self._letters.standing()
        return self

    def __exit__(self, *_: object) -> None:
        self._letters.release([receipt for receipt in self._receipts.values() if receipt])

    def __iter__(self) -> Iterator[Message]:
        """Yield the chosen messages; raises CannotOperate."""
        most = self._choice.most
        in_vain = 0
        while most is None or self._met < most:
            batch = self._letters.receive(BATCH if self._choice.ids or most is None else most - self._met)
            fresh = list(filter(self._is_new, batch))
            self._receipts.update((message.id, message.receipt) for message in batch)
            in_vain = 0 if fresh else in_vain + len(batch)
            if not batch or in_vain > max(self._seen, self.standing.dead):
                return
            for message in fresh:
                if not self._choice.ids or message.id in self._choice.ids:
                    self._met += 1
                    self.missing.discard(message.id)
                    yield message

    def delete(self, message: Message) -> None:
        """Delete a message for good; raises OneFailed or CannotOperate, then it will be given back."""
        self._letters.delete(message)
        self._receipts[message.id] = None

    def _is_new(self, message: Message) -> bool:
        """Count and accept what is met for the first time: in a long pass, what we keep comes round again."""
        old_enough = message.sent < self.standing.at or self._seen < self.standing.dead
        is_new = old_enough and message.id not in self._receipts
        self._seen += is_new
        return is_new
