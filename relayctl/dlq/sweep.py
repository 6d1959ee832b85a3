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

    A message that came after the pass began is left alone: deliver refuses some notices at once, and redriving those
    again and again would never end.
    """

    def __init__(self, letters: DeadLetters, choice: Choice) -> None:
        self._letters = letters
        self._choice = choice
        self._receipts: dict[str, str | None] = {}
        self.missing = set(choice.ids)

    def __enter__(self) -> Self:
        self.standing = self._letters.standing()
        return self

    def __exit__(self, *_: object) -> None:
        self._letters.release([receipt for receipt in self._receipts.values() if receipt])

    def __iter__(self) -> Iterator[Message]:
        """Yield the chosen messages; raises CannotOperate."""
        left = self._choice.most
        again = 0
        while left is None or left > 0:
            batch = self._letters.receive(BATCH if self._choice.ids else left or BATCH)
            fresh = [message for message in batch if message.id not in self._receipts]
            self._receipts.update((message.id, message.receipt) for message in batch)
            again = 0 if fresh else again + len(batch)
            if not batch or again > len(self._receipts):  # what we keep comes round again in a long pass
                return
            for message in filter(self._is_chosen, fresh):
                self.missing.discard(message.id)
                left = None if left is None else left - 1
                yield message

    def delete(self, message: Message) -> None:
        """Delete a message for good; raises OneFailed or CannotOperate, then it will be given back."""
        self._letters.delete(message)
        self._receipts[message.id] = None

    def _is_chosen(self, message: Message) -> bool:
        return message.sent <= self.standing.at and (not self._choice.ids or message.id in self._choice.ids)
